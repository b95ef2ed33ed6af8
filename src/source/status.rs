//! How a source is, for metrics, `GetStatus` and the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::SystemTime;
use tokio::sync::watch;

/// Where a source stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SourceState {
    /// On the way to its first answer, or back from a stream that the other side has ended in order.
    #[default]
    Connecting,
    /// Receiving.
    Connected {
        /// What the other side says that it is (`0.43.1`), or `unknown`.
        version: String,
    },
    /// Not there, or it does not answer; tried again for ever.
    Unreachable {
        /// What is wrong, and where.
        why: String,
        /// Since when.
        since: SystemTime,
    },
    /// We have left, since alerts cannot be taken in. The other side queues.
    Paused {
        /// Since when.
        since: SystemTime,
    },
    /// Alerts have not been taken in for so long that they are now received and dropped, to spare the other side's
    /// memory. Each is counted in [`Counters::discarded`].
    Discarding {
        /// Since when.
        since: SystemTime,
    },
}

impl SourceState {
    /// A word for the state (`connected`), as metrics have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected { .. } => "connected",
            Self::Unreachable { .. } => "unreachable",
            Self::Paused { .. } => "paused",
            Self::Discarding { .. } => "discarding",
        }
    }
}

/// What a source counts, and who takes its alerts. Readable at any time.
#[derive(Debug, Default)]
pub struct Counters {
    received: AtomicU64,
    duplicates: AtomicU64,
    malformed: AtomicU64,
    discarded: AtomicU64,
    sessions: AtomicU64,
    last_received: AtomicI64,
}

impl Counters {
    /// Alerts received and understood.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Alerts that were taken before, be it from another source.
    pub fn duplicates(&self) -> u64 {
        self.duplicates.load(Ordering::Relaxed)
    }

    /// Messages that were no alert; skipped.
    pub fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    /// Alerts received and dropped, since they could not be taken in for too long, or not before the end.
    pub fn discarded(&self) -> u64 {
        self.discarded.load(Ordering::Relaxed)
    }

    /// How often a connection was made.
    pub fn sessions(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// When the last alert came, on our clock; `None` before the first.
    pub fn last_received(&self) -> Option<SystemTime> {
        let micros = self.last_received.load(Ordering::Relaxed);
        let since = std::time::Duration::from_micros(u64::try_from(micros).ok()?);
        (micros > 0).then(|| SystemTime::UNIX_EPOCH + since)
    }

    pub(crate) fn count_received(&self, alerts: usize, now: SystemTime) {
        self.received.fetch_add(alerts as u64, Ordering::Relaxed);
        self.touch(now);
    }

    pub(crate) fn count_duplicates(&self, alerts: u64) {
        self.duplicates.fetch_add(alerts, Ordering::Relaxed);
    }

    pub(crate) fn count_discarded(&self, alerts: usize, now: SystemTime) {
        self.discarded.fetch_add(alerts as u64, Ordering::Relaxed);
        self.touch(now);
    }

    /// Counts one, and gives how many there are now.
    pub(super) fn count_malformed(&self) -> u64 {
        self.malformed.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn count_session(&self) {
        self.sessions.fetch_add(1, Ordering::Relaxed);
    }

    fn touch(&self, now: SystemTime) {
        let micros = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros());
        self.last_received.store(i64::try_from(micros).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// The source's side: says how it is.
#[derive(Debug)]
pub struct Status {
    state: watch::Sender<SourceState>,
    counters: Arc<Counters>,
}

/// The reader's side. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StatusReader {
    /// The state, and its changes.
    pub state: watch::Receiver<SourceState>,
    /// The counters.
    pub counters: Arc<Counters>,
}

impl Status {
    /// A source that has not begun, and who may look at it.
    pub fn new() -> (Self, StatusReader) {
        let (sender, state) = watch::channel(SourceState::default());
        let counters = Arc::new(Counters::default());
        (Self { state: sender, counters: Arc::clone(&counters) }, StatusReader { state, counters })
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Enters a state. True where it is another one than before, which is when the log should hear of it: a source
    /// that is tried again and again is unreachable once.
    pub(crate) fn enter(&self, state: SourceState) -> bool {
        let mut other = false;
        self.state.send_if_modified(|current| {
            other = std::mem::discriminant(current) != std::mem::discriminant(&state);
            let same = match (&*current, &state) {
                (SourceState::Unreachable { why: old, .. }, SourceState::Unreachable { why, .. }) => old == why,
                _ => !other && *current == state,
            };
            if same {
                return false;
            }
            let since = match &*current {
                SourceState::Unreachable { since, .. } => Some(*since),
                _ => None,
            };
            *current = state;
            if let (SourceState::Unreachable { since, .. }, Some(earlier)) = (current, since) {
                *since = earlier;
            }
            true
        });
        other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_state_is_entered_once_however_often_it_is_tried() {
        let (status, reader) = Status::new();
        let unreachable = |why: &str, at: u64| SourceState::Unreachable {
            why: why.to_owned(),
            since: SystemTime::UNIX_EPOCH + Duration::from_secs(at),
        };
        assert!(status.enter(unreachable("refused", 1)));
        assert!(!status.enter(unreachable("refused", 2)));
        assert_eq!(*reader.state.borrow(), unreachable("refused", 1));
        assert!(!status.enter(unreachable("no socket", 3)));
        assert_eq!(*reader.state.borrow(), unreachable("no socket", 1), "the reason is new, the time is not");
        assert!(status.enter(SourceState::Connected { version: "0.43.1".to_owned() }));
        assert!(status.enter(unreachable("refused", 4)));
        assert_eq!(*reader.state.borrow(), unreachable("refused", 4));
    }

    #[test]
    fn there_is_no_last_alert_before_the_first() {
        let (status, reader) = Status::new();
        assert_eq!(reader.counters.last_received(), None);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
        status.counters().count_received(2, now);
        assert_eq!((reader.counters.received(), reader.counters.last_received()), (2, Some(now)));
    }
}
