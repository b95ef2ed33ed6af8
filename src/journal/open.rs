//! Opening: one process, a file that is ours, undamaged as far as can be told quickly, of a version that we know.

use super::clock::{self, Clock};
use super::dictionary::{self, Dictionary};
use super::error::is_damage;
use super::seen::Seen;
use super::{JournalId, OpenError, Seq, Settings, Sync, schema};
use crate::alert::Time;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files up to this size are checked page by page at start (a few hundred milliseconds at most); of larger ones only
/// what is read anyway: state, ends, the ids of the newest alerts.
const CHECKED_BYTES: u64 = 64 << 20;
/// Bytes of a page, SQLite's own default.
pub(super) const PAGE_BYTES: u64 = 4096;
/// Pages in the write-ahead log before it is to begin anew, at most; it may grow to twice as many until that is done.
const LOG_PAGES: u64 = 2000;

/// A journal that has been opened for writing.
#[derive(Debug)]
pub(super) struct Opened {
    pub sql: Connection,
    /// Held as long as the file is open: dropping it lets others in.
    pub lock: File,
    pub id: JournalId,
    pub ends: Ends,
    pub seen: Seen,
    pub dictionary: Option<Dictionary>,
    pub clock: Clock,
}

/// Where the journal's orders begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ends {
    pub newest_alert: Seq,
    pub newest_analysis: Seq,
    pub cursor: Seq,
    pub alerts_gone: Seq,
    pub analyses_gone: Seq,
    pub merged: Seq,
}

pub(super) fn open(settings: &Settings) -> Result<Opened, OpenError> {
    let path = &settings.path;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { path, source }
    };
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io(directory))?;
    }
    let lock_path = beside(path, ".lock");
    let lock = private_file(&lock_path).map_err(io(&lock_path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { path: path.clone() }),
        Err(TryLockError::Error(source)) => return Err(OpenError::Io { path: lock_path, source }),
    }
    let log = beside(path, "-wal");
    let orphan = !path.exists() && std::fs::metadata(&log).is_ok_and(|file| file.len() > 0);
    if orphan {
        let what = format!("the file is gone and its write-ahead log {} is there", log.display());
        return Err(OpenError::Damaged { path: path.clone(), what });
    }
    let file = private_file(path).map_err(io(path))?;
    let bytes = file.metadata().map_err(io(path))?.len();
    drop(file);
    connect(settings, bytes)
        .and_then(|(sql, fresh)| load(sql, settings, lock, fresh))
        .map_err(|refusal| refusal.at(path))
}

/// What is wrong, before the path is put to it.
enum Refusal {
    NotAJournal(&'static str),
    Newer(i64),
    Damaged(String),
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => {
                Self::NotAJournal("no SQLite file, or its first page is damaged")
            }
            _ if is_damage(&error) => Self::Damaged(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}

impl Refusal {
    fn at(self, path: &Path) -> OpenError {
        let path = path.to_owned();
        match self {
            Self::NotAJournal(what) => OpenError::NotAJournal { path, what },
            Self::Newer(found) => OpenError::Newer { path, found, known: schema::VERSION },
            Self::Damaged(what) => OpenError::Damaged { path, what },
            Self::Sql(source) => OpenError::Sql { path, source },
        }
    }
}

/// Opens the file and brings it to today's version; true where it was empty.
fn connect(settings: &Settings, bytes: u64) -> Result<(Connection, bool), Refusal> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = Connection::open_with_flags(&settings.path, flags)?;
    sql.busy_timeout(Duration::from_secs(5))?;
    sql.set_prepared_statement_cache_capacity(64);
    sql.execute_batch("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = OFF")?;
    let tables: i64 = sql.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    let (application, version) = (pragma(&sql, "application_id")?, pragma(&sql, "user_version")?);
    let fresh = tables == 0 && application == 0 && version == 0;
    if !fresh {
        if application != schema::APPLICATION_ID {
            return Err(Refusal::NotAJournal("an SQLite file of another program"));
        }
        if version > schema::VERSION {
            return Err(Refusal::Newer(version));
        }
        if bytes <= CHECKED_BYTES {
            let found: String = sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if found != "ok" {
                return Err(Refusal::Damaged(found));
            }
        }
    }
    if fresh {
        // These two shape the file and must come before its first table.
        sql.execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL"))?;
    }
    let mode: String = sql.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Refusal::Damaged(format!("the write-ahead log cannot be switched on (mode {mode})")));
    }
    let synchronous = match settings.sync {
        Sync::Normal => "NORMAL",
        Sync::Full => "FULL",
    };
    sql.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = {}",
        log_pages(settings) * PAGE_BYTES
    ))?;
    schema::migrate(&sql, version, schema::MIGRATIONS)?;
    Ok((sql, fresh))
}

fn load(sql: Connection, settings: &Settings, lock: File, fresh: bool) -> Result<Opened, Refusal> {
    let read = "SELECT journal, cursor, alerts_gone, analyses_gone, merged FROM state";
    let (id, mut ends): (i64, Ends) = sql
        .query_row(read, [], |row| {
            let ends = Ends {
                cursor: row.get(1)?,
                alerts_gone: row.get(2)?,
                analyses_gone: row.get(3)?,
                merged: row.get(4)?,
                ..Ends::default()
            };
            Ok((row.get(0)?, ends))
        })
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Refusal::Damaged("its state is missing".to_owned()),
            other => other.into(),
        })?;
    let newest = "SELECT coalesce(max(first + count - 1), 0) FROM chunks WHERE first = (SELECT max(first) FROM chunks)";
    ends.newest_alert = sql.query_row(newest, [], |row| row.get::<_, Seq>(0))?.max(ends.alerts_gone);
    let newest = "SELECT coalesce(max(seq), 0) FROM analyses";
    ends.newest_analysis = sql.query_row(newest, [], |row| row.get::<_, Seq>(0))?.max(ends.analyses_gone);
    if ends.cursor > ends.newest_alert {
        return Err(Refusal::Damaged("the pipeline's cursor is beyond the newest alert".to_owned()));
    }
    let mut seen = Seen::new(settings.duplicate_window);
    if !fresh {
        remember_newest(&sql, settings.duplicate_window as u64, ends.newest_alert, &mut seen)?;
    }
    let dictionary = dictionary::newest(&sql)?;
    let newest = "SELECT received_to FROM chunks ORDER BY first DESC LIMIT 1";
    let newest = sql.query_row(newest, [], |row| row.get(0)).optional()?.map(Time::from_nanos);
    let wall = settings.wall.unwrap_or_else(clock::wall);
    let clock = Clock::resume(wall, newest, settings.max_age);
    if newest.is_some_and(|newest| clock.now() < wall || newest > wall) {
        tracing::warn!(
            "the clock is behind the newest alert's receipt or far beyond it: it was set, or lanner has been stopped for \
             long; ages go on from that receipt"
        );
    }
    Ok(Opened { sql, lock, id: JournalId::from_bits(id as u64), ends, seen, dictionary, clock })
}

/// Pages in the write-ahead log before it is to begin anew; fewer where the journal itself is small.
pub(super) fn log_pages(settings: &Settings) -> u64 {
    LOG_PAGES.min(settings.max_bytes / 32 / PAGE_BYTES).max(16)
}

/// Reads the ids of the newest alerts, oldest first.
fn remember_newest(sql: &Connection, window: u64, newest: Seq, seen: &mut Seen) -> rusqlite::Result<()> {
    let from = Seq::new(newest.get().saturating_sub(window));
    let mut rows = sql.prepare("SELECT ids FROM chunks WHERE first + count > ?1 AND first >= ?2 ORDER BY first")?;
    // The first condition alone would read every row; a chunk holds far fewer alerts than the margin of the second.
    let margin = Seq::new(from.get().saturating_sub(1 << 16));
    let mut rows = rows.query((from, margin))?;
    while let Some(row) = rows.next()? {
        for id in row.get_ref(0)?.as_blob()?.chunks_exact(8) {
            seen.insert(u64::from_le_bytes(id.try_into().unwrap_or_default()));
        }
    }
    Ok(())
}

pub(super) fn pragma(sql: &Connection, name: &str) -> rusqlite::Result<i64> {
    sql.pragma_query_value(None, name, |row| row.get(0))
}

/// The path with something put to its name: SQLite and we keep files beside the journal.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens or makes a file that only its owner may read. SQLite gives its write-ahead log the mode of the database.
fn private_file(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    if metadata.permissions().mode() & 0o177 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
