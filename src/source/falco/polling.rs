//! When to ask Falco again.
//!
//! `sub` answers each request with what is queued at that moment, and does not say when it has come to the end. So the
//! next request goes out a millisecond after the last alert came, while they come. The longer it is quiet, the longer
//! the interval: an eighth of the silence, so that waiting costs little beside what has passed anyway, and at most
//! 16 ms for a second; then it doubles up to the idle one. At one alert a second, asking every millisecond would cost
//! 3.3 % of a core, this costs 0.8 % (measured when two threads shared the work).
//!
//! It never ends: a `sub` client that does not ask hangs Falco's own shutdown.

use std::time::Duration;
use tokio::time::Instant;

const EAGER: Duration = Duration::from_millis(1);
const ACTIVE: Duration = Duration::from_secs(1);
const LONGEST_ACTIVE: Duration = Duration::from_millis(16);
/// More alerts than this within one eager interval are far more than Falco can produce (24 thousand a second measured): an
/// answer to an earlier request is still under way, and another request would be used up for nothing.
const DRAINING: usize = 64;

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
        let silence = self.last_alert.map(|last| now.saturating_duration_since(last));
        self.interval = match silence {
            Some(silence) if silence < ACTIVE => (silence / 8).clamp(EAGER, LONGEST_ACTIVE),
            _ => self.interval * 2,
        };
        self.interval = self.interval.min(self.idle);
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
    fn an_alert_ends_the_idle_interval_and_silence_brings_it_back() {
        let start = Instant::now();
        let mut polling = Polling::new(IDLE, start);
        intervals(&mut polling, 20);
        let now = polling.due() - Duration::from_millis(200);
        polling.received(1, now);
        assert_eq!(polling.due(), now + EAGER);
        assert_eq!(intervals(&mut polling, 8), [1; 8]);
        let mut requests = 8;
        while polling.due() < now + ACTIVE {
            let before = polling.due();
            polling.tick(before);
            let (silence, interval) = (before - now, polling.due() - before);
            assert!(interval <= (silence / 8).max(EAGER) && interval <= LONGEST_ACTIVE);
            requests += 1;
        }
        assert!((60..120).contains(&requests), "{requests}");
        assert_eq!(intervals(&mut polling, 5), [32, 64, 128, 250, 250]);
    }

    #[test]
    fn while_alerts_flow_it_asks_every_millisecond() {
        let start = Instant::now();
        let mut polling = Polling::new(IDLE, start);
        for _ in 0..100 {
            polling.received(5, polling.due());
            assert_eq!(intervals(&mut polling, 1), [1]);
        }
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
