//! Alerts as grouping sees them. Making them so needs no group, and a backlog waits for the pipeline's own thread: so while
//! there is more to read, the next batch is made ready on another one.

use super::PipelineError;
use crate::dedup::{Reduced, Reducer, Settings};
use crate::journal::{Batch, Limits, Reader, Seq, StoredAlert};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How many alerts are made ready together. Two batches are in memory at once.
const BATCH: Limits = Limits { count: 4096, bytes: 512 * 1024 };

/// Alerts, each as it is kept and as grouping sees it.
pub(super) type Ready = Batch<(StoredAlert, Reduced)>;

/// Where the next alerts come from.
pub(super) struct Ahead {
    settings: Settings,
    /// Away while it makes the next batch ready.
    reducer: Option<Reducer>,
    coming: Option<JoinHandle<(Reducer, Ready)>>,
}

impl Ahead {
    pub fn new(settings: Settings) -> Self {
        Self { settings, reducer: None, coming: None }
    }

    /// The next alerts after `after`, which is where the last ones ended. Blocks.
    pub fn next(&mut self, reader: &mut Reader, after: Seq, runtime: &Handle) -> Result<Ready, PipelineError> {
        let (reducer, ready) = if let Some(coming) = self.coming.take() {
            runtime.block_on(coming).map_err(|error| PipelineError::State(format!("reading ahead: {error}")))?
        } else {
            let reducer = self.reducer.take().unwrap_or_else(|| Reducer::new(self.settings.clone()));
            make_ready(reducer, reader.alerts_after(after, BATCH)?)
        };
        if ready.more {
            let batch = reader.alerts_after(ready.next, BATCH)?;
            self.coming = Some(runtime.spawn_blocking(move || make_ready(reducer, batch)));
        } else {
            self.reducer = Some(reducer);
        }
        Ok(ready)
    }
}

fn make_ready(mut reducer: Reducer, batch: Batch<StoredAlert>) -> (Reducer, Ready) {
    let ready = batch.map(|stored| {
        let one = reducer.reduce(&stored.alert, &stored.context, stored.seq.get());
        (stored, one)
    });
    (reducer, ready)
}
