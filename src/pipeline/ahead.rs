//! Alerts as grouping sees them. Making them so needs no group, and a backlog waits for the pipeline's own thread: so while
//! there is more to read, the next batch is made ready on another one.

use crate::dedup::{Reduced, Reducer, Settings};
use crate::journal::{Batch, Limits, ReadError, Reader, Seq, StoredAlert};
use std::thread::JoinHandle;

/// How many alerts are made ready together, and committed together where most of them repeat. Two batches are in memory at
/// once.
const BATCH: Limits = Limits { count: 4096, bytes: 1024 * 1024 };

/// Alerts, each as it is kept and as grouping sees it.
pub(super) type Ready = Batch<(StoredAlert, Reduced)>;

/// Where the next alerts come from.
pub(super) struct Ahead {
    settings: Settings,
    /// Away while it makes the next batch ready.
    reducer: Option<Reducer>,
    /// The batch that is made ready, and where it begins.
    coming: Option<(Seq, JoinHandle<(Reducer, Ready)>)>,
}

impl Ahead {
    pub fn new(settings: Settings) -> Self {
        Self { settings, reducer: None, coming: None }
    }

    /// The next alerts after `after`, which is where the last ones ended. Blocks.
    pub fn next(&mut self, reader: &mut Reader, after: Seq) -> Result<Ready, ReadError> {
        let (reducer, ready) = if let Some((start, coming)) = self.coming.take() {
            debug_assert_eq!(start, after, "batches follow on each other");
            coming.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        } else {
            let reducer = self.reducer.take().unwrap_or_else(|| Reducer::new(self.settings.clone()));
            make_ready(reducer, reader.alerts_after(after, BATCH)?)
        };
        // What cannot be read is an error once it is its turn: what is ready is dealt with first.
        match ready.more.then(|| reader.alerts_after(ready.next, BATCH)) {
            Some(Ok(batch)) => self.coming = start(reducer, ready.next, batch),
            Some(Err(_)) | None => self.reducer = Some(reducer),
        }
        Ok(ready)
    }
}

/// Makes a batch ready on a thread of its own. Where there can be none, the batch is read again when it is its turn, and
/// made ready by a new reducer.
fn start(reducer: Reducer, after: Seq, batch: Batch<StoredAlert>) -> Option<(Seq, JoinHandle<(Reducer, Ready)>)> {
    let thread = std::thread::Builder::new().name("reduce".to_owned());
    match thread.spawn(move || make_ready(reducer, batch)) {
        Ok(coming) => Some((after, coming)),
        Err(error) => {
            tracing::warn!(%error, "no thread to make the next alerts ready: a backlog takes longer");
            None
        }
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
    use crate::journal::{Journal, JournalThread, Received, Settings as JournalSettings};
    use std::sync::Arc;

    const MOST: u64 = BATCH.count as u64;

    /// A journal with three batches of alerts, the last of one alert, and none of them asked for yet.
    struct World {
        folder: tempfile::TempDir,
        journal: Journal,
        thread: JournalThread,
        reader: Reader,
        ahead: Ahead,
        after: Seq,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (journal, thread) = Journal::open(JournalSettings::new(folder.path().join("journal.db"))).unwrap();
            let reader = journal.reader().unwrap();
            let world =
                Self { folder, journal, thread, reader, ahead: Ahead::new(Settings::default()), after: Seq::START };
            world.append(1..=2 * MOST + 1);
            world
        }

        fn append(&self, numbers: std::ops::RangeInclusive<u64>) {
            let time = |n| Time::from_nanos(n as i64);
            let alert = |n| AlertBuilder::new().rule("R").time(time(n)).priority(Priority::Notice).build().unwrap();
            let received = |n| Received { alert: alert(n), context: Arc::default(), received: self.journal.now() };
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(self.journal.append(numbers.map(received).collect())).unwrap();
        }

        /// Changes the journal behind its back.
        fn change(&self, sql: &str) {
            rusqlite::Connection::open(self.folder.path().join("journal.db")).unwrap().execute_batch(sql).unwrap();
        }

        /// The numbers of the next alerts, how many are damaged, and whether there are more.
        fn next(&mut self) -> Result<(Vec<u64>, u64, bool), ReadError> {
            let ready = self.ahead.next(&mut self.reader, self.after)?;
            self.after = ready.next;
            let numbers = ready.items.iter().map(|(stored, _)| stored.seq.get()).collect();
            Ok((numbers, ready.damaged, ready.more))
        }
    }

    #[test]
    fn a_backlog_comes_once_and_in_order_and_the_next_of_it_is_made_ready_meanwhile() {
        let mut world = World::new();
        for (numbers, more) in [(1..=MOST, true), (MOST + 1..=2 * MOST, true), (2 * MOST + 1..=2 * MOST + 1, false)] {
            assert_eq!(world.next().unwrap(), (numbers.collect(), 0, more));
            assert_eq!(world.ahead.coming.is_some(), more, "the next of a backlog is on its way");
        }
        assert_eq!(world.next().unwrap(), (vec![], 0, false));
        let later = 2 * MOST + 2..=2 * MOST + 4;
        world.append(later.clone());
        assert_eq!(world.next().unwrap(), (later.collect(), 0, false), "what came since");
        world.thread.stop();
    }

    #[test]
    fn damage_in_what_is_read_ahead_is_counted_once() {
        let mut world = World::new();
        world.change(&format!("UPDATE chunks SET data = x'0102' WHERE first > {MOST} AND first <= {}", 2 * MOST));
        assert_eq!(world.next().unwrap(), ((1..=MOST).collect(), 0, true));
        assert_eq!(world.next().unwrap(), (vec![2 * MOST + 1], MOST, false));
        assert_eq!(world.next().unwrap(), (vec![], 0, false));
        world.thread.stop();
    }

    #[test]
    fn what_is_ready_comes_before_what_cannot_be_read() {
        let mut world = World::new();
        world.next().unwrap();
        world.change("ALTER TABLE chunks RENAME TO elsewhere");
        assert_eq!(world.next().unwrap(), ((MOST + 1..=2 * MOST).collect(), 0, true));
        world.next().unwrap_err();
        world.change("ALTER TABLE elsewhere RENAME TO chunks");
        assert_eq!(world.next().unwrap(), (vec![2 * MOST + 1], 0, false));
        world.thread.stop();
    }
}
