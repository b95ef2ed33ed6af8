//! Losing sight is said: a source that went away or fell silent, and alerts that could not be kept, are themselves
//! alerts, of lanner's own, and are analysed as such.
//!
//! How long something lasts is told by the monotonic clock: a wall clock that is set makes no source silent. What finds
//! no room in a full journal is offered again until it does: nobody else says it.

use super::intake::now;
use crate::alert::{Alert, AlertBuilder, Context, Priority};
use crate::journal::{Journal, Received};
use crate::source::{SourceState, StatusReader, http};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often sources are looked at.
const TICK: Duration = Duration::from_secs(1);
/// lanner's own alerts name this source.
const OWN_SOURCE: &str = "lanner";

/// A source that is watched.
pub(super) struct Watched {
    /// The source's name (`falco`).
    pub(super) name: &'static str,
    /// Where it comes from.
    pub(super) address: String,
    /// What can be seen of it.
    pub(super) signs: Signs,
}

/// What can be seen of a source, and from when on it is worth an alert.
pub(super) enum Signs {
    /// One that we connect to.
    Stream {
        /// How it is.
        status: StatusReader,
        /// Unreachable for longer than this, after it had been connected. Zero: never said.
        gone_after: Duration,
        /// Connected and without an alert for longer than this. Zero: never said; a quiet node is a good node.
        silent_after: Duration,
    },
    /// One that posts to us: nothing tells its silence from quiet.
    Posts(Arc<http::Counters>),
}

/// Looks at the sources until it is told to stop.
pub(super) async fn watch(sources: Vec<Watched>, journal: Journal, context: Arc<Context>, stop: CancellationToken) {
    let mut seen: Vec<Seen> = sources.iter().map(|_| Seen::default()).collect();
    let mut unsaid: Vec<Received> = Vec::new();
    let mut look_at_all = |unsaid: &mut Vec<Received>| {
        let (time, received) = (Instant::now(), journal.now());
        // What waited is received when it finds room, as any alert.
        for waiting in unsaid.iter_mut() {
            waiting.received = received;
        }
        // While something waits to be said, what happens meanwhile adds up and is said next.
        if unsaid.is_empty() {
            let found = sources.iter().zip(&mut seen).flat_map(|(source, seen)| look(source, seen, time));
            unsaid.extend(found.map(|alert| Received { alert, context: Arc::clone(&context), received }));
        }
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(TICK) => {}
        }
        look_at_all(&mut unsaid);
        tokio::select! {
            () = stop.cancelled() => break,
            // What is refused for want of room stays, and the journal's health has said so.
            _ = journal.offer(&mut unsaid) => {}
        }
    }
    // The counts end with the process: what was lost since the last look is said now or never.
    look_at_all(&mut unsaid);
    if !unsaid.is_empty() {
        let _ = tokio::time::timeout(TICK, journal.offer(&mut unsaid)).await;
    }
}

/// What was seen of a source so far.
#[derive(Default)]
struct Seen {
    connected: bool,
    said_gone: bool,
    said_silent: bool,
    /// Unreachable, by the number of sessions.
    gone: Option<Since>,
    /// Without an alert, by their number.
    quiet: Option<Since>,
    lost: u64,
}

fn look(source: &Watched, seen: &mut Seen, time: Instant) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let lost = match &source.signs {
        Signs::Stream { status, gone_after, silent_after } => {
            alerts.extend(look_at_stream(source, status, (*gone_after, *silent_after), seen, time));
            status.counters.discarded()
        }
        Signs::Posts(counters) => counters.refused(),
    };
    if lost > seen.lost {
        let news = lost - seen.lost;
        seen.lost = lost;
        let text = format!("{news} alerts of {} could not be kept", source.address);
        alerts.extend(notice("lanner: alerts lost", source, &text, ("lanner.lost", news)));
    }
    alerts
}

fn look_at_stream(
    source: &Watched,
    status: &StatusReader,
    (gone_after, silent_after): (Duration, Duration),
    seen: &mut Seen,
    time: Instant,
) -> Option<Alert> {
    let (state, counters) = (status.state.borrow().clone(), &status.counters);
    match &state {
        SourceState::Connected { .. } => {
            let quiet = Since::renew(&mut seen.quiet, counters.received(), time);
            let silent = !silent_after.is_zero() && quiet >= silent_after;
            let news = silent && !seen.said_silent;
            (seen.connected, seen.said_gone, seen.said_silent, seen.gone) = (true, false, silent, None);
            if !news {
                return None;
            }
            let text = format!("{} has been silent for {} s", source.address, quiet.as_secs());
            notice("lanner: source silent", source, &text, ("lanner.silent_seconds", quiet.as_secs()))
        }
        SourceState::Unreachable { why, .. } => {
            seen.quiet = None;
            let gone = Since::renew(&mut seen.gone, counters.sessions(), time);
            if seen.said_gone || !seen.connected || gone_after.is_zero() || gone < gone_after {
                return None;
            }
            seen.said_gone = true;
            let text = format!("{} has been unreachable for {} s: {why}", source.address, gone.as_secs());
            notice("lanner: source silent", source, &text, ("lanner.gone_seconds", gone.as_secs()))
        }
        SourceState::Paused { .. } | SourceState::Discarding { .. } => {
            seen.quiet = None;
            None
        }
        SourceState::Connecting => None,
    }
}

/// Since when a count has not changed.
struct Since {
    time: Instant,
    count: u64,
}

impl Since {
    /// How long it has not changed now.
    fn renew(since: &mut Option<Self>, count: u64, time: Instant) -> Duration {
        match since {
            Some(since) if since.count == count => time.duration_since(since.time),
            _ => {
                *since = Some(Self { time, count });
                Duration::ZERO
            }
        }
    }
}

fn notice(rule: &'static str, source: &Watched, text: &str, number: (&'static str, u64)) -> Option<Alert> {
    let built = AlertBuilder::new()
        .rule(rule)
        .time(now())
        .priority(Priority::Warning)
        .source(OWN_SOURCE)
        .output(text.to_owned())
        .field("lanner.source", source.name)
        .field("lanner.address", source.address.as_str())
        .field(number.0, number.1.to_string())
        .build();
    built.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Limits, Seq};
    use crate::source::Status;
    use std::time::SystemTime;

    fn watched(status: StatusReader) -> Watched {
        let (gone_after, silent_after) = (Duration::from_mins(1), Duration::from_mins(10));
        let signs = Signs::Stream { status, gone_after, silent_after };
        Watched { name: "falco", address: "unix:///f.sock".to_owned(), signs }
    }

    /// The wall clock is set back by a year with every state: it decides nothing.
    fn gone(times: u32) -> SourceState {
        let since = SystemTime::now() - times * Duration::from_hours(365 * 24);
        SourceState::Unreachable { why: "refused".to_owned(), since }
    }

    #[test]
    fn a_source_that_went_away_is_said_once_and_one_that_never_came_is_not() {
        let (status, reader) = Status::new();
        let (source, mut seen, start) = (watched(reader), Seen::default(), Instant::now());
        let mut at = |seconds| look(&source, &mut seen, start + Duration::from_secs(seconds));
        status.enter(gone(1));
        assert!(at(0).is_empty() && at(1000).is_empty(), "it was never there");
        status.enter(SourceState::Connected { version: "0.43.1".to_owned() });
        assert!(at(1001).is_empty());
        status.enter(gone(2));
        assert!(at(1002).is_empty() && at(1030).is_empty(), "a restart is no loss of sight");
        let said = at(1070);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].rule(), "lanner: source silent");
        assert!(at(1080).is_empty(), "once is enough");
    }

    #[test]
    fn a_silent_source_is_said_where_silence_is_configured() {
        let (status, reader) = Status::new();
        let (source, mut seen, start) = (watched(reader), Seen::default(), Instant::now());
        let mut at = |seconds| look(&source, &mut seen, start + Duration::from_secs(seconds));
        status.enter(SourceState::Connected { version: "0.43.1".to_owned() });
        assert!(at(0).is_empty());
        status.counters().count_received(1, SystemTime::UNIX_EPOCH);
        assert!(at(500).is_empty() && at(1000).is_empty(), "an alert has come meanwhile");
        assert_eq!(at(1100).len(), 1);
        assert!(at(1200).is_empty());
        status.counters().count_received(1, SystemTime::UNIX_EPOCH);
        assert!(at(1300).is_empty());
        assert_eq!(at(1900).len(), 1, "silent again");
    }

    #[tokio::test]
    async fn what_was_lost_just_before_the_end_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let settings = crate::journal::Settings::new(folder.path().join("journal.db"));
        let (journal, thread) = Journal::open(settings).unwrap();
        let (status, reader) = Status::new();
        status.counters().count_discarded(7, SystemTime::UNIX_EPOCH);
        let stop = CancellationToken::new();
        stop.cancel();
        watch(vec![watched(reader)], journal.clone(), Arc::default(), stop).await;
        let kept = journal.reader().unwrap().alerts_after(Seq::START, Limits::default()).unwrap();
        assert_eq!(kept.items[0].alert.field("lanner.lost"), Some("7"));
        thread.stop();
    }

    #[test]
    fn every_lost_alert_is_said_once() {
        let (status, reader) = Status::new();
        let (source, mut seen, time) = (watched(reader), Seen::default(), Instant::now());
        for lost in [3, 4] {
            status.counters().count_discarded(lost, SystemTime::UNIX_EPOCH);
            let said = look(&source, &mut seen, time);
            assert_eq!((said.len(), said[0].rule()), (1, "lanner: alerts lost"));
            assert_eq!(said[0].field("lanner.lost"), Some(lost.to_string().as_str()));
            assert!(look(&source, &mut seen, time).is_empty());
        }
    }
}
