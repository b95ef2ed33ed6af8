//! The newest analyses, ready to be sent: encoded once, where they are made or else by whoever sends one first.
//!
//! One task follows the journal's tail and publishes the ring through a `watch`. Watchers that keep up live off it and
//! read nothing; the others read the journal.

use super::frame::encode;
use crate::analysis::Analysis;
use crate::journal::{Encoded, Floor, Journal, Recent, Seq};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// An analysis, and its message and itself once somebody has asked.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: Seq,
    encoded: Arc<Encoded>,
    analysis: OnceLock<Option<Box<Analysis>>>,
    message: OnceLock<Option<Bytes>>,
}

impl Entry {
    fn new(Recent { seq, encoded }: Recent) -> Self {
        Self { seq, encoded, analysis: OnceLock::new(), message: OnceLock::new() }
    }

    /// Whether it is not below what a filter wants at least: known without decoding.
    pub(super) fn is_above(&self, floor: Floor) -> bool {
        floor.admits(self.encoded.level(), self.encoded.priority())
    }

    /// The analysis, decoded once for all filters; `None` where it cannot be read.
    pub(super) fn analysis(&self) -> Option<&Analysis> {
        self.analysis.get_or_init(|| self.encoded.decode().map(Box::new)).as_deref()
    }

    /// `lanner.v1.Analysis`, encoded; `None` where the analysis cannot be read.
    pub(super) fn message(&self) -> Option<Bytes> {
        if let Some(message) = self.encoded.message() {
            return Some(message.clone());
        }
        let made = || match self.analysis.get() {
            Some(analysis) => analysis.as_deref().cloned().map(encode),
            None => self.encoded.decode().map(encode),
        };
        self.message.get_or_init(made).clone()
    }

    /// About how much the message takes, without making it.
    fn message_size(&self) -> usize {
        const WITHOUT_ALERT: usize = 4 * 1024;
        let made = self.encoded.message().or_else(|| self.message.get()?.as_ref());
        made.map_or(WITHOUT_ALERT, Bytes::len)
    }

    /// Bytes in memory, with what has been made of it since it came.
    fn size(&self) -> usize {
        let decoded = self.analysis.get().and_then(Option::as_deref).map_or(0, analysis_size);
        let message = self.message.get().and_then(Option::as_ref).map_or(0, Bytes::len);
        self.encoded.size() + decoded + message
    }
}

/// About how many bytes an analysis takes in memory, without looking at each of its texts.
fn analysis_size(analysis: &Analysis) -> usize {
    6 * 1024 + 2 * analysis.opening.size()
}

/// The newest analyses, without a gap up to `newest`; empty where the tail could not be followed.
#[derive(Debug, Default)]
pub(super) struct Ring {
    entries: VecDeque<Arc<Entry>>,
    newest: Seq,
}

/// What the ring holds, by [`Entry::size`]: where nobody filters, bytes that it shares with the journal's tail.
const MAX_BYTES: usize = 4 << 20;

impl Ring {
    pub(super) fn newest(&self) -> Seq {
        self.newest
    }

    /// Entries after `after` up to the limits, at least one where there is one. `None` where the ring does not reach
    /// back that far.
    pub(super) fn after(&self, after: Seq, count: usize, bytes: usize) -> Option<Vec<Arc<Entry>>> {
        if after >= self.newest {
            return Some(Vec::new());
        }
        let first = self.entries.front()?.seq;
        let skip = usize::try_from(after.next().get().checked_sub(first.get())?).ok()?;
        let mut found = Vec::new();
        let mut size = 0;
        for entry in self.entries.range(skip.min(self.entries.len())..).take(count) {
            size += entry.message_size();
            if size > bytes && !found.is_empty() {
                break;
            }
            found.push(Arc::clone(entry));
        }
        Some(found)
    }

    /// Takes what came after the newest so far. Where it does not join on, the ring begins anew behind `newest`.
    fn take(&mut self, news: Option<Vec<Recent>>, newest: Seq) {
        let news = news.unwrap_or_default();
        let joins = news.first().is_some_and(|first| first.seq == self.newest.next());
        let whole = news.last().is_some_and(|last| last.seq >= newest);
        if !joins || !whole {
            self.entries.clear();
            self.newest = newest.max(self.newest);
            return;
        }
        for one in news {
            self.newest = one.seq;
            self.entries.push_back(Arc::new(Entry::new(one)));
        }
        // Summed up anew: entries grow when they are asked for.
        let mut bytes: usize = self.entries.iter().map(|entry| entry.size()).sum();
        while bytes > MAX_BYTES {
            let Some(entry) = self.entries.pop_front() else { break };
            bytes -= entry.size().min(bytes);
        }
    }
}

/// Follows the journal until `shutdown` and publishes the ring.
pub(super) fn follow(journal: &Journal, shutdown: CancellationToken) -> watch::Receiver<Ring> {
    let mut newest = journal.newest_analysis();
    let tail = journal.tail();
    let start = *newest.borrow_and_update();
    let (sender, receiver) = watch::channel(Ring { newest: start, ..Ring::default() });
    tokio::spawn(async move {
        let mut last = start;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                changed = newest.changed() => if changed.is_err() { return },
            }
            let now = *newest.borrow_and_update();
            let news = tail.borrow().after(last, usize::MAX);
            sender.send_modify(|ring| {
                ring.take(news, now);
                last = ring.newest;
            });
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::NewRevision;
    use crate::serve::testing::sample;

    #[test]
    fn what_the_ring_holds_is_bounded_together_with_what_filters_have_decoded() {
        const MANY: u64 = 20_000;
        let analysis = sample("Detect Shell in Container", 1);
        let made = NewRevision::new(analysis.clone().into(), |one, _| Some(encode(one)), &mut Vec::new()).unwrap();
        let NewRevision::Encoded(encoded) = made else { panic!("{made:?}") };
        let recent = |seq| Recent { seq: Seq::new(seq), encoded: Arc::clone(&encoded) };
        let mut ring = Ring::default();
        ring.take(Some((1..=MANY).map(recent).collect()), Seq::new(MANY));
        let before = ring.entries.len();
        assert!((100..MANY as usize).contains(&before), "{before}");
        for entry in &ring.entries {
            assert_eq!(entry.analysis(), Some(&analysis));
        }
        ring.take(Some(vec![recent(MANY + 1)]), Seq::new(MANY + 1));
        assert!(ring.entries.len() < before, "{} of {before}", ring.entries.len());
        assert!(ring.entries.iter().map(|entry| entry.size()).sum::<usize>() <= MAX_BYTES);
        assert_eq!(ring.newest(), Seq::new(MANY + 1));
    }
}
