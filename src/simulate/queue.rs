//! Falco's queue of alerts.

use super::alerts::Queued;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One queue for a whole Falco: unbounded, and shared by all clients, as it is in Falco. It outlives a reload.
///
/// Cheap to clone; all clones are the same queue.
#[derive(Debug, Clone, Default)]
pub struct Queue(Arc<Mutex<VecDeque<Queued>>>);

impl Queue {
    /// Adds an alert. Nobody is woken: Falco answers requests, it does not push.
    pub fn push(&self, alert: Queued) {
        self.lock().push_back(alert);
    }

    /// Adds many, which no client sees in part.
    pub fn extend(&self, alerts: impl IntoIterator<Item = Queued>) {
        self.lock().extend(alerts);
    }

    /// Takes the oldest.
    pub fn pop(&self) -> Option<Queued> {
        self.lock().pop_front()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// True where none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Queued>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
