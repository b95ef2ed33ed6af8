//! The newest analyses, ready to be sent: converted and encoded once, by whoever sends one first.
//!
//! One task follows the journal's tail and publishes the ring through a `watch`. Watchers that keep up live off it and
//! read nothing; the others read the journal.

use crate::analysis::Analysis;
use crate::journal::{Journal, Seq, StoredAnalysis};
use crate::serve::convert;
use bytes::Bytes;
use prost::Message as _;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// An analysis and its bytes.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: Seq,
    pub(super) analysis: Arc<Analysis>,
    encoded: OnceLock<Bytes>,
    size: usize,
}

impl Entry {
    pub(super) fn new(stored: StoredAnalysis) -> Self {
        let size = stored.size();
        Self { seq: stored.seq, analysis: stored.analysis, encoded: OnceLock::new(), size }
    }

    /// `lanner.v1.Analysis`.
    pub(super) fn encoded(&self) -> Bytes {
        let encode = || Bytes::from(convert::analysis(&self.analysis).encode_to_vec());
        self.encoded.get_or_init(encode).clone()
    }

    /// About how much the encoded form takes, without making it.
    pub(super) fn size(&self) -> usize {
        self.encoded.get().map_or(self.size, Bytes::len)
    }
}

/// The newest analyses, without a gap up to `newest`; empty where the tail could not be followed.
#[derive(Debug, Default)]
pub(super) struct Ring {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    newest: Seq,
}

/// What the ring holds, by [`Entry::size`] before it is encoded.
const MAX_BYTES: usize = 3 * 512 * 1024;

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
            size += entry.size();
            if size > bytes && !found.is_empty() {
                break;
            }
            found.push(Arc::clone(entry));
        }
        Some(found)
    }

    /// Takes what came after the newest so far. Where it does not join on, the ring begins anew behind `newest`.
    fn take(&mut self, news: Option<Vec<StoredAnalysis>>, newest: Seq) {
        let news = news.unwrap_or_default();
        let joins = news.first().is_some_and(|first| first.seq == self.newest.next());
        let whole = news.last().is_some_and(|last| last.seq >= newest);
        if !joins || !whole {
            self.entries.clear();
            self.bytes = 0;
            self.newest = newest.max(self.newest);
            return;
        }
        for stored in news {
            let entry = Entry::new(stored);
            self.newest = entry.seq;
            self.bytes += entry.size;
            self.entries.push_back(Arc::new(entry));
        }
        while self.bytes > MAX_BYTES {
            let Some(entry) = self.entries.pop_front() else { break };
            self.bytes -= entry.size;
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
