//! From a source into the journal: what was received together is appended together.

use crate::alert::{Context, Time};
use crate::journal::{AppendError, Health, Journal, Received};
use crate::source::{Batch, Counters, Intake};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How long to wait before a batch is offered to a full journal again.
const RETRY: Duration = Duration::from_millis(500);
/// How many batches are appended in one go at the most.
const TOGETHER: usize = 8;

/// Puts a source's alerts into the journal.
pub(super) struct Taker {
    pub(super) journal: Journal,
    pub(super) context: Arc<Context>,
    /// The source's, to which what becomes of its alerts is added.
    pub(super) counters: Arc<Counters>,
    /// Cancelled when the source is told to stop.
    pub(super) stop: CancellationToken,
}

impl Taker {
    /// Appends what comes until the source has ended and its channel is empty. While the journal is full the batch in
    /// hand is kept and the source is told to pause; once it is told to stop, a batch is offered once more.
    ///
    /// # Errors
    /// Where the journal has failed for good or was stopped: what is in hand then is lost, and said.
    pub(super) async fn take(
        self,
        mut batches: mpsc::Receiver<Batch>,
        intake: watch::Sender<Intake>,
    ) -> Result<(), AppendError> {
        let mut together = Vec::with_capacity(TOGETHER);
        while batches.recv_many(&mut together, TOGETHER).await > 0 {
            let received = self.journal.now();
            let alerts: Vec<Received> = together
                .drain(..)
                .flat_map(|batch| batch.alerts)
                .map(|alert| Received { alert, context: Arc::clone(&self.context), received })
                .collect();
            self.append(alerts, &intake).await?;
        }
        Ok(())
    }

    /// Comes back when, after the stop, storage that cannot be written was waited for. For storage that is only slow there is
    /// time until the sources' share of the deadline is over.
    async fn has_waited(&self) {
        self.stop.cancelled().await;
        // An error says that the journal has ended, and so does the offer.
        let _ = self.journal.health().wait_for(|health| *health != Health::Ok).await;
        tokio::time::sleep(RETRY).await;
    }

    async fn append(&self, mut alerts: Vec<Received>, intake: &watch::Sender<Intake>) -> Result<(), AppendError> {
        loop {
            let last = self.stop.is_cancelled();
            let offered = tokio::select! {
                biased;
                offered = self.journal.offer(&mut alerts) => offered,
                () = self.has_waited() => Err(AppendError::Full),
            };
            match offered {
                Ok(appended) => {
                    self.counters.count_duplicates(appended.duplicates);
                    if intake.send_if_modified(|now| std::mem::replace(now, Intake::Open) != Intake::Open) {
                        tracing::info!("the journal takes alerts again");
                    }
                    return Ok(());
                }
                // The journal has them, and says what becomes of them.
                Err(AppendError::Full) if alerts.is_empty() => return Ok(()),
                Err(AppendError::Full) if last => {
                    self.counters.count_discarded(alerts.len(), SystemTime::now());
                    tracing::error!(alerts = alerts.len(), "storage is full at the end: these alerts are lost");
                    return Ok(());
                }
                Err(AppendError::Full) => {
                    if intake.send_if_modified(|now| std::mem::replace(now, Intake::Paused) != Intake::Paused) {
                        tracing::error!("the journal's storage is full: Falco is asked to wait");
                    }
                    tokio::select! {
                        () = tokio::time::sleep(RETRY) => {}
                        () = self.stop.cancelled() => {}
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// The wall clock, for what people are shown.
pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{AlertBuilder, Priority};
    use crate::journal::{Seq, Settings};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn at_a_stop_nothing_waits_for_a_full_disk_and_what_came_before_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let pages = Arc::new(AtomicU32::new(u32::MAX));
        let settings = Settings {
            max_pages: Some(Arc::clone(&pages)),
            max_buffer: 64 * 1024,
            ..Settings::new(folder.path().join("journal.db"))
        };
        let (journal, thread) = Journal::open(settings).unwrap();
        let (sink, batches) = mpsc::channel(16);
        let (intake, open) = watch::channel(Intake::default());
        let stop = CancellationToken::new();
        let counters = Arc::<Counters>::default();
        let taker = Taker {
            journal: journal.clone(),
            context: Arc::default(),
            counters: Arc::clone(&counters),
            stop: stop.clone(),
        };
        let taking = tokio::spawn(taker.take(batches, intake));
        let batch = |n: i64| {
            let mut batch = Batch::default();
            let text = blake3::hash(&n.to_le_bytes()).to_hex().repeat(400);
            let builder = AlertBuilder::new().rule("R").priority(Priority::Notice).time(Time::from_nanos(n));
            batch.push(builder.output(text).build().unwrap());
            batch
        };
        sink.send(batch(1)).await.unwrap();
        sink.send(batch(1)).await.unwrap();
        journal.newest_alert().wait_for(|newest| *newest == Seq::new(1)).await.unwrap();
        pages.store(1, Ordering::Relaxed);
        let health = journal.health();
        let mut numbers = 2..;
        let mut send = || sink.try_send(batch(numbers.next().unwrap()));
        while *health.borrow() == Health::Ok {
            // Where the channel is full, what is in it is still to be found not to fit.
            let _ = send();
            tokio::task::yield_now().await;
        }
        while send().is_ok() {}
        assert!(!taking.is_finished());
        stop.cancel();
        drop(sink);
        tokio::time::timeout(Duration::from_secs(30), taking).await.expect("it ends").unwrap().unwrap();
        assert_eq!(counters.duplicates(), 1);
        assert!(counters.discarded() > 0, "what did not fit is counted");
        drop(open);
        thread.stop();
        let (journal, thread) = Journal::open(Settings::new(folder.path().join("journal.db"))).unwrap();
        assert!(*journal.newest_alert().borrow() >= Seq::new(1));
        thread.stop();
    }
}
