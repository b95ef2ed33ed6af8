//! How long to wait before the next attempt: exponential, with jitter, so that a fleet of sidecars does not knock at
//! the same moment. Pure: the caller brings the randomness and says how long a session lasted.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
const STABLE: Duration = Duration::from_mins(1);

/// The state of the waiting.
#[derive(Debug, Clone, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The next wait: 100 ms, doubled with each attempt up to 30 s, of which `random` (0 to 1) takes off up to half.
    pub(super) fn next(&mut self, random: f64) -> Duration {
        let full = FIRST.saturating_mul(1 << self.attempts.min(16)).min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        full.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0)
    }

    /// Starts over, if the session that has ended was stable: a minute at least.
    pub(super) fn session_lasted(&mut self, duration: Duration) {
        if duration >= STABLE {
            self.attempts = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_100_ms_to_30_s() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..11).map(|_| backoff.next(0.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
        backoff.attempts = u32::MAX;
        assert_eq!(backoff.next(0.0), LONGEST);
    }

    #[test]
    fn jitter_takes_off_half_at_the_most() {
        assert_eq!(Backoff::default().next(1.0), FIRST / 2);
        assert_eq!(Backoff::default().next(0.5), FIRST * 3 / 4);
        assert_eq!(Backoff::default().next(f64::INFINITY), FIRST / 2);
    }

    #[test]
    fn only_a_stable_minute_starts_over() {
        let mut backoff = Backoff { attempts: 5 };
        backoff.session_lasted(Duration::from_secs(59));
        assert_eq!(backoff.attempts, 5);
        backoff.session_lasted(STABLE);
        assert_eq!(backoff.next(0.0), FIRST);
    }
}
