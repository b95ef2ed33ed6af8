//! Where a watcher is, and what comes next: a bounded batch, once there is one.

use super::frame::{Event, Frame, encode};
use super::ring::{Entry, Ring};
use crate::analysis::Analysis;
use crate::journal::{Floor, JournalId, Limits, Revisions, Seq, StoredAnalysis};
use crate::serve::cursor::watch_cursor;
use crate::serve::filter::Filter;
use crate::serve::proto;
use crate::serve::readers::{PoolError, Readers};
use bytes::Bytes;
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

/// An analysis that comes next.
enum Found {
    /// In the ring, shared with other watchers.
    Recent(Arc<Entry>),
    /// In the journal, read for this one.
    Stored(StoredAnalysis),
}

impl Found {
    fn seq(&self) -> Seq {
        match self {
            Self::Recent(entry) => entry.seq,
            Self::Stored(stored) => stored.seq,
        }
    }

    /// Whether it is not below what a filter wants at least: known without decoding.
    fn is_above(&self, floor: Floor) -> bool {
        match self {
            Self::Recent(entry) => entry.is_above(floor),
            Self::Stored(StoredAnalysis { analysis, .. }) => {
                floor.admits(analysis.verdict.level, analysis.opening.priority())
            }
        }
    }

    /// The analysis; `None` where it cannot be read.
    fn analysis(&self) -> Option<&Analysis> {
        match self {
            Self::Recent(entry) => entry.analysis(),
            Self::Stored(stored) => Some(&stored.analysis),
        }
    }

    /// `lanner.v1.Analysis`, encoded; `None` where the analysis cannot be read.
    fn into_message(self) -> Option<Bytes> {
        match self {
            Self::Recent(entry) => entry.message(),
            Self::Stored(stored) => Some(encode(Arc::unwrap_or_clone(stored.analysis))),
        }
    }
}

/// What one read gave.
struct News {
    found: Vec<Found>,
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
            let entries = self.ring.borrow().after(self.place, BATCH.count, BATCH.bytes);
            if let Some(entries) = entries {
                let next = entries.last().map_or(self.place, |entry| entry.seq);
                let found = entries.into_iter().map(Found::Recent).collect();
                return Ok(News { found, next, missed: 0 });
            }
        }
        let (place, floor) = (self.place, self.filter.floor());
        let revisions = Revisions::LatestUntil(self.latest_until);
        let batch = self.readers.read(move |reader| reader.analyses_after(place, BATCH, revisions, floor)).await?;
        let found = batch.items.into_iter().map(Found::Stored).collect();
        // What is damaged was there and cannot be had any more either.
        Ok(News { found, next: batch.next, missed: batch.passed + batch.damaged })
    }

    fn frames(&mut self, news: News) -> Vec<Frame> {
        let mut frames = Vec::new();
        let floor = self.filter.floor();
        if news.missed > 0 {
            // Behind the gap: a reconnect with this cursor does not announce it again.
            let behind = news.found.first().map_or(news.next, |found| found.seq().previous());
            frames.push(self.frame(behind, Event::Gap(proto::Gap { missed: news.missed })));
        }
        for found in news.found {
            // What the filter need not look at is not decoded.
            let wanted = found.is_above(floor)
                && (self.filter.is_empty() || found.analysis().is_none_or(|one| self.filter.matches(one)));
            if wanted {
                // It was there and cannot be read: as where the journal's row is damaged.
                let lost = || Event::Gap(proto::Gap { missed: 1 });
                let seq = found.seq();
                frames.push(self.frame(seq, found.into_message().map_or_else(lost, Event::Analysis)));
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
