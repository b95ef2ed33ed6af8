//! What has been read from Falco and not been taken in yet.
//!
//! Draining Falco has priority over what happens downstream, so there is room here for what arrives while the channel
//! is full: [`LIMIT`] bytes. Beyond it the source stops asking Falco, which then queues itself.

use crate::alert::Alert;
use crate::source::Batch;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Bytes that may wait before we stop asking.
const LIMIT: usize = 4 * 1024 * 1024;
/// Bytes that may wait while we leave, when what Falco has already been asked for is still coming.
const LIMIT_WHILE_LEAVING: usize = 4 * LIMIT;

/// Nobody takes alerts any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed;

/// The batches that wait, in order.
#[derive(Debug)]
pub(super) struct Outbox {
    sink: mpsc::Sender<Batch>,
    waiting: VecDeque<Batch>,
    bytes: usize,
}

impl Outbox {
    pub(super) fn new(sink: mpsc::Sender<Batch>) -> Self {
        Self { sink, waiting: VecDeque::new(), bytes: 0 }
    }

    /// Adds an alert to the batch that is being filled.
    pub(super) fn push(&mut self, alert: Alert) {
        if self.waiting.back().is_none_or(Batch::is_full) {
            self.waiting.push_back(Batch::default());
        }
        if let Some(batch) = self.waiting.back_mut() {
            let before = batch.bytes;
            batch.push(alert);
            self.bytes += batch.bytes - before;
        }
    }

    /// Hands over what the channel takes now. What it does not take keeps filling up, so batches grow with the load.
    pub(super) fn flush(&mut self) -> Result<(), Closed> {
        while !self.waiting.is_empty() {
            match self.sink.try_reserve() {
                Ok(permit) => {
                    if let Some(batch) = self.waiting.pop_front() {
                        self.bytes -= batch.bytes;
                        permit.send(batch);
                    }
                }
                Err(mpsc::error::TrySendError::Full(())) => return Ok(()),
                Err(mpsc::error::TrySendError::Closed(())) => return Err(Closed),
            }
        }
        Ok(())
    }

    /// Waits until the channel takes one batch, and hands it over. Cancel safe. Give it only what [waits](Self::waits).
    pub(super) async fn send_next(&mut self) -> Result<(), Closed> {
        let permit = self.sink.reserve().await.map_err(|_| Closed)?;
        if let Some(batch) = self.waiting.pop_front() {
            self.bytes -= batch.bytes;
            permit.send(batch);
        }
        Ok(())
    }

    /// Hands over everything, however long it takes.
    pub(super) async fn send_all(&mut self) -> Result<(), Closed> {
        while self.waits() {
            self.send_next().await?;
        }
        Ok(())
    }

    /// How many alerts wait.
    pub(super) fn alerts(&self) -> usize {
        self.waiting.iter().map(|batch| batch.alerts.len()).sum()
    }

    /// True where something waits.
    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// True where more may be read.
    pub(super) fn has_room(&self) -> bool {
        self.bytes < LIMIT
    }

    /// True where more may be read on the way out.
    pub(super) fn has_room_to_leave(&self) -> bool {
        self.bytes < LIMIT_WHILE_LEAVING
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{AlertBuilder, Priority, Time};

    fn alert(n: i64) -> Alert {
        AlertBuilder::new().rule("R").priority(Priority::Notice).time(Time::from_nanos(n)).build().unwrap()
    }

    #[tokio::test]
    async fn what_the_channel_does_not_take_waits_in_order_and_in_larger_batches() {
        let (sink, mut taken) = mpsc::channel(1);
        let mut outbox = Outbox::new(sink);
        for n in 0..3000 {
            outbox.push(alert(n));
            outbox.flush().unwrap();
        }
        assert!(outbox.waits() && outbox.alerts() == 2999);
        let mut times = Vec::new();
        let mut sizes = Vec::new();
        while times.len() < 3000 {
            let batch = taken.recv().await.unwrap();
            sizes.push(batch.alerts.len());
            times.extend(batch.alerts.iter().map(|alert| alert.time().nanos()));
            outbox.flush().unwrap();
        }
        assert_eq!(times, (0..3000).collect::<Vec<_>>());
        assert_eq!(sizes, [1, Batch::MAX_ALERTS, Batch::MAX_ALERTS, 2999 - 2 * Batch::MAX_ALERTS]);
        assert!(!outbox.waits() && outbox.bytes == 0);
    }

    #[tokio::test]
    async fn there_is_an_end_to_the_room() {
        let (sink, taken) = mpsc::channel(1);
        let mut outbox = Outbox::new(sink);
        let mut n = 0;
        while outbox.has_room() {
            outbox.push(alert(n));
            n += 1;
        }
        assert!(outbox.has_room_to_leave());
        drop(taken);
        assert_eq!(outbox.flush(), Err(Closed));
        assert_eq!(outbox.send_all().await, Err(Closed));
    }
}
