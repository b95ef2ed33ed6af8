//! Where a watcher is, and what comes next: a bounded batch, once there is one.

use super::frame::{Event, Frame};
use super::ring::{Entry, Ring};
use crate::journal::{Form, JournalId, Limits, Seq, StoredAnalysis};
use crate::serve::cursor::watch_cursor;
use crate::serve::filter::Filter;
use crate::serve::proto;
use crate::serve::readers::{PoolError, Readers};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Messages of one batch, and about their bytes: what a slow watcher holds.
const BATCH: Limits = Limits { count: 64, bytes: 20 * 1024 };

/// Where a watcher is and what it wants.
pub(super) struct Follower {
    pub(super) journal: JournalId,
    pub(super) readers: Readers,
    pub(super) ring: watch::Receiver<Ring>,
    /// Everything up to here has been sent, or is not wanted.
    pub(super) place: Seq,
    pub(super) filter: Filter,
    /// Up to here only the newest revision of each group is wanted.
    pub(super) latest_until: Seq,
    pub(super) heartbeat: Duration,
    /// Say at once that all is well: a watch that starts at the end has a cursor from the start.
    pub(super) greet: bool,
}

/// The next messages; `None` where the journal has ended.
pub(super) type Next = Option<Result<Vec<Frame>, PoolError>>;

/// What one read gave.
struct News {
    entries: Vec<Arc<Entry>>,
    next: Seq,
    missed: u64,
}

impl Follower {
    /// The next messages, once there are some, and the follower behind them. To be asked when the last ones are taken:
    /// heartbeats count from then.
    pub(super) async fn next(mut self) -> (Self, Next) {
        let next = self.wait().await.transpose();
        (self, next)
    }

    async fn wait(&mut self) -> Result<Option<Vec<Frame>>, PoolError> {
        if std::mem::take(&mut self.greet) {
            return Ok(Some(vec![self.heartbeat_frame()]));
        }
        let deadline = Instant::now() + self.heartbeat;
        loop {
            let news = self.news().await?;
            let progress = news.next > self.place;
            let frames = self.frames(news);
            if !frames.is_empty() {
                return Ok(Some(frames));
            }
            if Instant::now() >= deadline {
                return Ok(Some(vec![self.heartbeat_frame()]));
            }
            if progress {
                continue;
            }
            let (ring, place) = (&mut self.ring, self.place);
            tokio::select! {
                more = ring.wait_for(|ring| ring.newest() > place) => if more.is_err() { return Ok(None) },
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
    }

    /// The next entries: from the ring where it reaches back to our place, else from the journal.
    async fn news(&self) -> Result<News, PoolError> {
        if self.place >= self.latest_until {
            let found = self.ring.borrow().after(self.place, BATCH.count, BATCH.bytes);
            if let Some(entries) = found {
                let next = entries.last().map_or(self.place, |entry| entry.seq);
                return Ok(News { entries, next, missed: 0 });
            }
        }
        let (place, latest_until, floor) = (self.place, self.latest_until, self.filter.floor());
        let batch = self.readers.read(move |reader| super::read(reader, place, latest_until, floor, BATCH)).await?;
        let entry = |stored: StoredAnalysis| Arc::new(Entry::new(stored.seq, Form::Decoded(stored.analysis)));
        let entries = batch.items.into_iter().map(entry).collect();
        // What is damaged was there and cannot be had any more either.
        Ok(News { entries, next: batch.next, missed: batch.passed + batch.damaged })
    }

    fn frames(&mut self, news: News) -> Vec<Frame> {
        let mut frames = Vec::new();
        let floor = self.filter.floor();
        if news.missed > 0 {
            // Behind the gap: a reconnect with this cursor does not announce it again.
            let behind = news.entries.first().map_or(news.next, |entry| entry.seq.previous());
            frames.push(self.frame(behind, Event::Gap(proto::Gap { missed: news.missed })));
        }
        for entry in news.entries {
            // What the filter need not look at is not decoded.
            let wanted = entry.is_above(floor)
                && (self.filter.is_empty() || entry.analysis().is_none_or(|one| self.filter.matches(one)));
            if wanted {
                // It was there and cannot be read: as where the journal's row is damaged.
                let lost = || Event::Gap(proto::Gap { missed: 1 });
                frames.push(self.frame(entry.seq, entry.message().map_or_else(lost, Event::Analysis)));
            }
        }
        self.place = news.next;
        frames
    }

    fn heartbeat_frame(&self) -> Frame {
        let now = jiff::Timestamp::now();
        let nanos = i64::try_from(now.as_nanosecond()).unwrap_or_default();
        let time = Some(crate::alert::Time::from_nanos(nanos).into());
        self.frame(self.place, Event::Heartbeat(proto::Heartbeat { time }))
    }

    fn frame(&self, seq: Seq, event: Event) -> Frame {
        Frame { cursor: watch_cursor(self.journal, seq), event }
    }
}
