//! Losing sight is said: a source that went away or fell silent, and alerts that could not be kept, are themselves
//! alerts, of lanner's own, and are analysed as such.

use super::intake::now;
use crate::alert::{Alert, AlertBuilder, Context, Priority};
use crate::journal::{Journal, Received};
use crate::source::{SourceState, StatusReader};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How often sources are looked at.
const TICK: Duration = Duration::from_secs(5);
/// lanner's own alerts name this source.
const OWN_SOURCE: &str = "lanner";

/// What is watched, and from when on it is worth an alert.
pub(super) struct Watched {
    /// The source's name (`falco`).
    pub(super) name: &'static str,
    /// Where it comes from.
    pub(super) address: String,
    /// How it is.
    pub(super) status: StatusReader,
    /// Unreachable for longer than this, after it had been connected. Zero: never said.
    pub(super) gone_after: Duration,
    /// Connected and without an alert for longer than this. Zero: never said; a quiet node is a good node.
    pub(super) silent_after: Duration,
}

/// Looks at the sources until it is told to stop.
pub(super) async fn watch(sources: Vec<Watched>, journal: Journal, context: Arc<Context>, stop: CancellationToken) {
    let mut seen: Vec<Seen> = sources.iter().map(|_| Seen::default()).collect();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TICK) => {}
        }
        let time = SystemTime::now();
        let found = sources.iter().zip(&mut seen).flat_map(|(source, seen)| look(source, seen, time));
        let alerts: Vec<Received> =
            found.map(|alert| Received { alert, context: Arc::clone(&context), received: now() }).collect();
        if !alerts.is_empty() {
            // A journal that takes nothing has been reported by its health already.
            let _ = journal.append(alerts).await;
        }
    }
}

/// What was seen of a source so far.
#[derive(Default)]
struct Seen {
    connected: bool,
    said_gone: bool,
    said_silent: bool,
    quiet_since: Option<SystemTime>,
    discarded: u64,
}

fn look(source: &Watched, seen: &mut Seen, time: SystemTime) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let state = source.status.state.borrow().clone();
    match &state {
        SourceState::Connected { .. } => {
            let last = source.status.counters.last_received();
            let since = *seen.quiet_since.get_or_insert(time);
            let quiet = time.duration_since(last.map_or(since, |last| last.max(since))).unwrap_or_default();
            let silent = !source.silent_after.is_zero() && quiet >= source.silent_after;
            if silent && !seen.said_silent {
                let text = format!("{} has been silent for {} s", source.address, quiet.as_secs());
                alerts.extend(notice(
                    "lanner: source silent",
                    source,
                    &text,
                    ("lanner.silent_seconds", quiet.as_secs()),
                ));
            }
            *seen = Seen { connected: true, said_silent: silent, discarded: seen.discarded, ..Seen::default() };
            seen.quiet_since = Some(since);
        }
        SourceState::Unreachable { why, since } => {
            seen.quiet_since = None;
            let gone = time.duration_since(*since).unwrap_or_default();
            let due = seen.connected && !source.gone_after.is_zero() && gone >= source.gone_after;
            if due && !seen.said_gone {
                seen.said_gone = true;
                let text = format!("{} has been unreachable for {} s: {why}", source.address, gone.as_secs());
                alerts.extend(notice("lanner: source silent", source, &text, ("lanner.gone_seconds", gone.as_secs())));
            }
        }
        _ => {}
    }
    let discarded = source.status.counters.discarded();
    if discarded > seen.discarded {
        let lost = discarded - seen.discarded;
        seen.discarded = discarded;
        let text = format!("{lost} alerts of {} could not be kept: the journal's storage was full", source.address);
        alerts.extend(notice("lanner: alerts lost", source, &text, ("lanner.lost", lost)));
    }
    alerts
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
    use crate::source::Status;

    fn watched(status: StatusReader) -> Watched {
        Watched {
            name: "falco",
            address: "unix:///f.sock".to_owned(),
            status,
            gone_after: Duration::from_mins(1),
            silent_after: Duration::from_mins(10),
        }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn gone(since: u64) -> SourceState {
        SourceState::Unreachable { why: "refused".to_owned(), since: at(since) }
    }

    #[test]
    fn a_source_that_went_away_is_said_once_and_one_that_never_came_is_not() {
        let (status, reader) = Status::new();
        let (source, mut seen) = (watched(reader), Seen::default());
        status.enter(gone(0));
        assert!(look(&source, &mut seen, at(1000)).is_empty(), "it was never there");
        status.enter(SourceState::Connected { version: "0.43.1".to_owned() });
        assert!(look(&source, &mut seen, at(1001)).is_empty());
        status.enter(gone(1002));
        assert!(look(&source, &mut seen, at(1030)).is_empty(), "a restart is no loss of sight");
        let said = look(&source, &mut seen, at(1070));
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].rule(), "lanner: source silent");
        assert!(look(&source, &mut seen, at(1080)).is_empty(), "once is enough");
    }

    #[test]
    fn a_silent_source_is_said_where_silence_is_configured() {
        let (status, reader) = Status::new();
        let (source, mut seen) = (watched(reader), Seen::default());
        status.enter(SourceState::Connected { version: "0.43.1".to_owned() });
        assert!(look(&source, &mut seen, at(0)).is_empty());
        assert_eq!(look(&source, &mut seen, at(700)).len(), 1);
        assert!(look(&source, &mut seen, at(800)).is_empty());
    }
}
