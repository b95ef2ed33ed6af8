//! The newest analyses, in memory: readers that keep up need no SQL.

use super::{Seq, StoredAnalysis};
use std::collections::VecDeque;

/// The newest analyses, bounded by bytes. The writer owns it; others look at it through a `watch`.
#[derive(Debug, Default)]
pub struct Tail {
    entries: VecDeque<(StoredAnalysis, usize)>,
    bytes: usize,
}

/// Encoded bytes that the tail holds at most.
const MAX_BYTES: usize = 1024 * 1024;

impl Tail {
    /// The analyses after `after`, at most `count`; `None` where the tail does not reach back that far and the journal
    /// must be read. Empty at the end.
    pub fn after(&self, after: Seq, count: usize) -> Option<Vec<StoredAnalysis>> {
        let first = self.entries.front()?.0.seq;
        // Sequences have no gaps, so the place follows from the number.
        let skip = after.next().get().checked_sub(first.get())?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(self.entries.len());
        Some(self.entries.range(skip..).take(count).map(|(entry, _)| entry.clone()).collect())
    }

    pub(super) fn push(&mut self, entry: StoredAnalysis, bytes: usize) {
        self.bytes += bytes;
        self.entries.push_back((entry, bytes));
        while self.bytes > MAX_BYTES {
            let Some((_, bytes)) = self.entries.pop_front() else { break };
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::analysis;
    use std::sync::Arc;

    #[test]
    fn the_tail_serves_those_who_keep_up_and_sends_the_others_to_the_journal() {
        let mut tail = Tail::default();
        assert!(tail.after(Seq::START, 10).is_none());
        let shared = Arc::new(analysis("rule", 1, 1));
        for n in 1..=100 {
            let entry = StoredAnalysis { seq: Seq::new(n), group: Seq::new(n), analysis: Arc::clone(&shared) };
            tail.push(entry, MAX_BYTES / 50);
        }
        assert!(tail.after(Seq::new(10), 10).is_none());
        let found = tail.after(Seq::new(90), 3).unwrap();
        assert_eq!(found.iter().map(|entry| entry.seq.get()).collect::<Vec<_>>(), [91, 92, 93]);
        assert_eq!(tail.after(Seq::new(100), 10), Some(Vec::new()));
        assert_eq!(tail.after(Seq::new(500), 10), Some(Vec::new()));
    }
}
