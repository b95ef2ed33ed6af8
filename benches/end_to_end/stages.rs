//! How far the journal is, looked at from outside while alerts come: which stage an alert waits in.
//!
//! The sampler reads two maxima of the journal's file every half millisecond, as any SQLite tool may. A stage's time is
//! known as exactly as that, and what it costs is the benchmark's process's own.

use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// How often the journal is looked at.
const EVERY: Duration = Duration::from_micros(500);

/// When the journal was first seen to hold so much.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: SystemTime,
    newest: u64,
}

/// Looks at a journal until it is asked for what it saw.
#[derive(Debug)]
pub struct Sampler {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<rusqlite::Result<Stages>>,
}

/// What was seen: when alerts, and when analyses, were committed.
#[derive(Debug, Default)]
pub struct Stages {
    alerts: Vec<Mark>,
    analyses: Vec<Mark>,
}

impl Sampler {
    /// Begins to look at this journal, which is there.
    pub fn start(journal: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopping, journal) = (Arc::clone(&stop), journal.to_owned());
        Self { stop, thread: std::thread::spawn(move || sample(&journal, &stopping)) }
    }

    /// Ends, and gives what was seen.
    pub fn end(self) -> anyhow::Result<Stages> {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.thread.join().map_err(|_| anyhow::anyhow!("the sampler panicked"))?;
        Ok(seen?)
    }
}

fn sample(journal: &PathBuf, stop: &AtomicBool) -> rusqlite::Result<Stages> {
    let sql = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    sql.busy_timeout(Duration::from_secs(1))?;
    let mut alerts = sql.prepare("SELECT first + count - 1 FROM chunks ORDER BY first DESC LIMIT 1")?;
    let mut analyses = sql.prepare("SELECT seq FROM analyses ORDER BY seq DESC LIMIT 1")?;
    let mut seen = Stages::default();
    while !stop.load(Ordering::Relaxed) {
        let newest = |statement: &mut rusqlite::Statement<'_>| {
            statement.query_row([], |row| row.get::<_, i64>(0)).map_or(0, i64::unsigned_abs)
        };
        let newest = (newest(&mut alerts), newest(&mut analyses));
        let at = SystemTime::now();
        note(&mut seen.alerts, Mark { at, newest: newest.0 });
        note(&mut seen.analyses, Mark { at, newest: newest.1 });
        std::thread::sleep(EVERY);
    }
    Ok(seen)
}

fn note(marks: &mut Vec<Mark>, mark: Mark) {
    if marks.last().is_none_or(|last| last.newest < mark.newest) {
        marks.push(mark);
    }
}

impl Stages {
    /// When this alert was first seen in the journal.
    pub fn alert(&self, seq: u64) -> Option<SystemTime> {
        first_with(&self.alerts, seq)
    }

    /// When this analysis was first seen in the journal.
    pub fn analysis(&self, seq: u64) -> Option<SystemTime> {
        first_with(&self.analyses, seq)
    }
}

fn first_with(marks: &[Mark], seq: u64) -> Option<SystemTime> {
    marks.get(marks.partition_point(|mark| mark.newest < seq)).map(|mark| mark.at)
}
