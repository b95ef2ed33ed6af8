//! From a source into the journal: what was received together is appended together.

use crate::alert::{Context, Time};
use crate::journal::{AppendError, Journal, Received};
use crate::source::{Batch, Intake};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, watch};

/// How long to wait before a batch is offered to a full journal again.
const RETRY: Duration = Duration::from_millis(500);
/// How many batches are appended in one go at the most.
const TOGETHER: usize = 8;

/// Appends what comes until the source has ended and its channel is empty. While the journal is full the batch in hand
/// is kept and the source is told to pause.
///
/// # Errors
/// Where the journal has failed for good or was stopped: what is in hand then is lost, and said.
pub(super) async fn take(
    mut batches: mpsc::Receiver<Batch>,
    journal: Journal,
    context: Arc<Context>,
    intake: watch::Sender<Intake>,
) -> Result<(), AppendError> {
    let mut together = Vec::with_capacity(TOGETHER);
    while batches.recv_many(&mut together, TOGETHER).await > 0 {
        let received = journal.now();
        let alerts: Vec<Received> = together
            .drain(..)
            .flat_map(|batch| batch.alerts)
            .map(|alert| Received { alert, context: Arc::clone(&context), received })
            .collect();
        append(&journal, alerts, &intake).await?;
    }
    Ok(())
}

async fn append(
    journal: &Journal,
    mut alerts: Vec<Received>,
    intake: &watch::Sender<Intake>,
) -> Result<(), AppendError> {
    loop {
        match journal.offer(&mut alerts).await {
            Ok(_) => {
                if intake.send_if_modified(|now| std::mem::replace(now, Intake::Open) != Intake::Open) {
                    tracing::info!("the journal takes alerts again");
                }
                return Ok(());
            }
            Err(AppendError::Full) => {
                if intake.send_if_modified(|now| std::mem::replace(now, Intake::Paused) != Intake::Paused) {
                    tracing::error!("the journal's storage is full: Falco is asked to wait");
                }
                tokio::time::sleep(RETRY).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The wall clock, for what people are shown.
pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
