//! When to ask Falco again.
//!
//! `sub` answers each request with what is queued at that moment, and does not say when it has come to the end. So the
//! next request goes out a millisecond after the last alert came, while they come; after a quiet second the interval
//! doubles up to the idle one. It never ends: a `sub` client that does not ask hangs Falco's own shutdown.

use std::time::Duration;
use tokio::time::Instant;

const EAGER: Duration = Duration::from_millis(1);
const ACTIVE: Duration = Duration::from_secs(1);
/// More alerts than this within one eager interval are more than Falco can produce (24 thousand a second measured): an
/// answer to an earlier request is still under way, and another request would be used up for nothing.
const DRAINING: usize = 32;

/// The state of the asking.
#[derive(Debug)]
pub(super) struct Polling {
    idle: Duration,
    interval: Duration,
    last_alert: Option<Instant>,
    since_last_tick: usize,
    due: Instant,
}

impl Polling {
    /// Begins to ask: at once, and at most `idle` apart.
    pub(super) fn new(idle: Duration, now: Instant) -> Self {
        Self { idle: idle.max(EAGER), interval: EAGER, last_alert: None, since_last_tick: 0, due: now }
    }

    /// When [`tick`](Self::tick) is due.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Alerts have come.
    pub(super) fn received(&mut self, alerts: usize, now: Instant) {
        self.last_alert = Some(now);
        self.since_last_tick += alerts;
        self.interval = EAGER;
        self.due = self.due.min(now + EAGER);
    }

    /// The time has come: true where a request is to be sent now. Sets when to come again.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        let active = self.last_alert.is_some_and(|last| now.saturating_duration_since(last) < ACTIVE);
        self.interval = if active { EAGER } else { (self.interval * 2).min(self.idle) };
        self.due = now + self.interval;
        std::mem::take(&mut self.since_last_tick) < DRAINING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_millis(250);

    /// The intervals of `count` ticks, each on time.
    fn intervals(polling: &mut Polling, count: usize) -> Vec<u128> {
        (0..count)
            .map(|_| {
                let now = polling.due();
                polling.tick(now);
                (polling.due() - now).as_millis()
            })
            .collect()
    }

    #[test]
    fn asks_at_once_then_backs_off_to_the_idle_interval() {
        let start = Instant::now();
        let mut polling = Polling::new(IDLE, start);
        assert_eq!(polling.due(), start);
        assert!(polling.tick(start));
        assert_eq!(intervals(&mut polling, 9), [4, 8, 16, 32, 64, 128, 250, 250, 250]);
    }

    #[test]
    fn asks_every_millisecond_for_a_second_after_an_alert() {
        let start = Instant::now();
        let mut polling = Polling::new(IDLE, start);
        intervals(&mut polling, 20);
        let now = polling.due() - Duration::from_millis(200);
        polling.received(1, now);
        assert_eq!(polling.due(), now + EAGER, "an alert ends the idle interval at once");
        assert_eq!(intervals(&mut polling, 999), vec![1; 999]);
        assert_eq!(intervals(&mut polling, 3), [2, 4, 8]);
    }

    #[test]
    fn does_not_ask_while_an_answer_is_under_way_and_asks_right_after() {
        let start = Instant::now();
        let mut polling = Polling::new(IDLE, start);
        assert!(polling.tick(start));
        for _ in 0..3 {
            polling.received(100, polling.due());
            assert!(!polling.tick(polling.due()));
        }
        assert!(polling.tick(polling.due()), "nothing came since: it may have ended");
        polling.received(DRAINING - 1, polling.due());
        assert!(polling.tick(polling.due()), "live alerts are not a backlog");
    }
}
