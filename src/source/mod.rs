//! Where alerts come from.
//!
//! A source decodes what it receives and hands it over in [`Batch`]es through a bounded channel; what is done with an
//! alert afterwards is none of its business. Whoever reads the channel makes the alerts durable and says through
//! [`Intake`] when it cannot take more for a while.

pub mod falco;
pub mod http;
mod status;

pub use status::{Counters, SourceState, Status, StatusReader};

use crate::alert::Alert;

/// Alerts that were received together, in the order of their arrival. Never empty; bounded in number and bytes by the
/// source ([`Batch::MAX_ALERTS`], [`Batch::MAX_BYTES`] and one alert more at the most).
#[derive(Debug, Default)]
pub struct Batch {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// About how much memory they take.
    pub bytes: usize,
}

impl Batch {
    /// A batch with this many alerts is full.
    pub const MAX_ALERTS: usize = 1024;
    /// A batch with this many bytes is full.
    pub const MAX_BYTES: usize = 1024 * 1024;
    /// What an alert takes beside its text.
    const ALERT_OVERHEAD: usize = 256;

    /// Adds an alert.
    pub fn push(&mut self, alert: Alert) {
        self.bytes += alert.size() + Self::ALERT_OVERHEAD;
        self.alerts.push(alert);
    }

    /// True where the next alert belongs into the next batch.
    pub fn is_full(&self) -> bool {
        self.alerts.len() >= Self::MAX_ALERTS || self.bytes >= Self::MAX_BYTES
    }
}

/// Whether alerts can be taken in. A source that can make its sender wait without loss (Falco's gRPC API queues) does
/// so while this is `Paused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intake {
    /// Alerts are taken.
    #[default]
    Open,
    /// No alert can be made durable now (the disk is full).
    Paused,
}

/// Whether a loss of a kind that may repeat is logged: the 1st, 10th, 100th ... is.
fn is_logged(count: u64) -> bool {
    count.checked_ilog10() != count.saturating_sub(1).checked_ilog10()
}

#[cfg(test)]
mod tests {
    use super::is_logged;

    #[test]
    fn of_what_repeats_the_first_tenth_and_hundredth_are_logged() {
        let logged: Vec<u64> = (0..=1000).filter(|count| is_logged(*count)).collect();
        assert_eq!(logged, [1, 10, 100, 1000]);
    }
}
