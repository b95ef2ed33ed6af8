//! The clock that receipts are stamped with, and that ages and silences are measured by.
//!
//! A wall clock is set, by people and by NTP, forward and back, by years where a machine starts without a battery. What
//! is young must not be removed for that, nor a live group be closed, nor anything wait for years. So the wall clock is
//! read once, when the journal is opened; from there on time passes by the monotonic clock. What the wall clock says
//! then is believed where it follows upon the newest receipt within a [`leap`]; a clock that is behind it or far beyond
//! it tells a jump from a long stop no better than we can, and time goes on from the newest receipt. Thus what arrives
//! later is never received earlier. Nobody is shown it: what is shown has the wall clock's time, or the alert's.

use crate::alert::Time;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Never goes back, never leaps while it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Time,
    begun: Instant,
}

/// How long a stop is believed: so that a jump never ages what is kept by more than a quarter of its time.
pub(super) fn leap(max_age: Duration) -> Duration {
    max_age / 4
}

impl Clock {
    /// Goes on behind the newest receipt, where there is one. `wall` is what the wall clock says.
    pub(super) fn resume(wall: Time, newest: Option<Time>, max_age: Duration) -> Self {
        let leap = i64::try_from(leap(max_age).as_nanos()).unwrap_or(i64::MAX);
        let start = match newest {
            Some(newest) if wall < newest || wall.since(newest) > leap => newest,
            _ => wall,
        };
        Self { start, begun: Instant::now() }
    }

    pub(super) fn now(&self) -> Time {
        let elapsed = i64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(i64::MAX);
        Time::from_nanos(self.start.nanos().saturating_add(elapsed))
    }
}

/// The wall clock.
pub(super) fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_hours(7 * 24);

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn start(wall: &str, newest: Option<&str>) -> Time {
        Clock::resume(at(wall), newest.map(at), WEEK).start
    }

    #[test]
    fn a_stop_counts_and_a_jump_does_not() {
        let newest = Some("2026-03-10T12:00:00Z");
        for (wall, then) in [
            ("2026-03-10T12:00:01Z", "2026-03-10T12:00:01Z"),
            ("2026-03-12T05:59:00Z", "2026-03-12T05:59:00Z"),
            ("2026-03-12T06:01:00Z", "2026-03-10T12:00:00Z"),
            ("2036-03-10T12:00:00Z", "2026-03-10T12:00:00Z"),
            ("2026-03-10T11:59:59Z", "2026-03-10T12:00:00Z"),
            ("1970-01-01T00:00:00Z", "2026-03-10T12:00:00Z"),
        ] {
            assert_eq!(start(wall, newest), at(then), "{wall}");
        }
        assert_eq!(start("1970-01-01T00:00:00Z", None), at("1970-01-01T00:00:00Z"));
        assert_eq!(start("2262-01-01T00:00:00Z", Some("1700-01-01T00:00:00Z")), at("1700-01-01T00:00:00Z"));
    }

    #[test]
    fn it_passes() {
        let clock = Clock::resume(at("2026-03-10T12:00:00Z"), None, WEEK);
        let one = clock.now();
        while clock.now() == one {}
        assert!(clock.now() > one && one >= clock.start);
    }
}
