//! Alerts as grouping sees them. Making them so needs no group, and a backlog waits for the pipeline's own thread: so while
//! there is more to read, the next batch is made ready on another one.

use super::PipelineError;
use crate::dedup::{Reduced, Reducer, Settings};
use crate::journal::{Batch, Limits, Reader, Seq, StoredAlert};
use std::thread::JoinHandle;

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
    pub fn next(&mut self, reader: &mut Reader, after: Seq) -> Result<Ready, PipelineError> {
        let (reducer, ready) = if let Some(coming) = self.coming.take() {
            coming.join().map_err(|_| PipelineError::State("making alerts ready for grouping panicked".to_owned()))?
        } else {
            let reducer = self.reducer.take().unwrap_or_else(|| Reducer::new(self.settings.clone()));
            make_ready(reducer, reader.alerts_after(after, BATCH)?)
        };
        if ready.more {
            let batch = reader.alerts_after(ready.next, BATCH)?;
            let thread = std::thread::Builder::new().name("ahead".to_owned());
            // Where there can be no thread, the batch is read again when it is its turn, and made ready here.
            self.coming = thread.spawn(move || make_ready(reducer, batch)).ok();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{AlertBuilder, Priority, Time};
    use crate::journal::{Journal, Received, Settings as JournalSettings};
    use std::sync::Arc;

    #[test]
    fn a_backlog_comes_once_and_in_order_and_the_next_of_it_is_made_ready_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, thread) = Journal::open(JournalSettings::new(folder.path().join("journal.db"))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let append = |numbers: std::ops::RangeInclusive<i64>| {
            let alert = |n| AlertBuilder::new().rule("R").time(Time::from_nanos(n)).priority(Priority::Notice).build();
            let received = |n| Received { alert: alert(n).unwrap(), context: Arc::default(), received: journal.now() };
            runtime.block_on(journal.append(numbers.map(received).collect())).unwrap();
        };
        let most = BATCH.count as i64;
        append(1..=2 * most + 1);

        let (mut ahead, mut reader) = (Ahead::new(Settings::default()), journal.reader().unwrap());
        let mut after = Seq::START;
        let mut next = |ahead: &mut Ahead| {
            let ready = ahead.next(&mut reader, after).unwrap();
            let numbers: Vec<_> = ready.items.iter().map(|(stored, _)| stored.seq).collect();
            let expected: Vec<_> = (1..=numbers.len() as u64).map(|n| Seq::new(after.get() + n)).collect();
            assert_eq!(numbers, expected);
            after = ready.next;
            (numbers.len() as i64, ready.more)
        };
        for (count, more) in [(most, true), (most, true), (1, false)] {
            assert_eq!(next(&mut ahead), (count, more));
            assert_eq!(ahead.coming.is_some(), more, "the next of a backlog is on its way");
        }
        assert_eq!(next(&mut ahead), (0, false), "nothing more");
        append(2 * most + 2..=2 * most + 4);
        assert_eq!(next(&mut ahead), (3, false), "what came since");
        drop(journal);
        thread.stop();
    }
}
