//! The newest analyses, in memory: readers that keep up need no SQL.

use super::{Encoded, Seq};
use std::collections::VecDeque;
use std::sync::Arc;

/// An analysis that was just written.
#[derive(Debug, Clone, PartialEq)]
pub struct Recent {
    /// Its place in the order of analyses.
    pub seq: Seq,
    /// The analysis.
    pub encoded: Arc<Encoded>,
}

/// The newest analyses, bounded by bytes. The writer owns it; others look at it through a `watch`.
#[derive(Debug, Default)]
pub struct Tail {
    entries: VecDeque<Recent>,
    bytes: usize,
}

/// What the tail holds at most, by [`Encoded::size`]: some ten milliseconds of a backlog.
const MAX_BYTES: usize = 4 << 20;

impl Tail {
    /// The analyses after `after`, at most `count`; `None` where the tail does not reach back that far and the journal
    /// must be read. Empty at the end.
    pub fn after(&self, after: Seq, count: usize) -> Option<Vec<Recent>> {
        let first = self.entries.front()?.seq;
        // Sequences have no gaps, so the place follows from the number.
        let skip = after.next().get().checked_sub(first.get())?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(self.entries.len());
        Some(self.entries.range(skip..).take(count).cloned().collect())
    }

    pub(super) fn push(&mut self, entry: Recent) {
        self.bytes += entry.encoded.size();
        self.entries.push_back(entry);
        while self.bytes > MAX_BYTES {
            let Some(entry) = self.entries.pop_front() else { break };
            self.bytes -= entry.encoded.size();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::analysis;

    #[test]
    fn the_tail_serves_those_who_keep_up_and_sends_the_others_to_the_journal() {
        let mut tail = Tail::default();
        assert!(tail.after(Seq::START, 10).is_none());
        let shared = Arc::new(Encoded::new(&analysis(&"r".repeat(8192), 1, 1), &mut Vec::new()).unwrap());
        for n in 1..=1000 {
            tail.push(Recent { seq: Seq::new(n), encoded: Arc::clone(&shared) });
        }
        assert!(tail.after(Seq::new(100), 10).is_none());
        let found = tail.after(Seq::new(990), 3).unwrap();
        assert_eq!(found.iter().map(|entry| entry.seq.get()).collect::<Vec<_>>(), [991, 992, 993]);
        assert!(tail.after(Seq::new(1000 - 256), 256).is_some(), "a whole commit of the pipeline fits");
        assert_eq!(tail.after(Seq::new(1000), 10), Some(Vec::new()));
        assert_eq!(tail.after(Seq::new(5000), 10), Some(Vec::new()));
    }
}
