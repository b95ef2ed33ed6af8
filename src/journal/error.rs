//! What can go wrong, for each thing that is asked of the journal.

use std::path::PathBuf;

/// Why a journal cannot be opened. Each text says what, where and the way out.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("another process is using the journal {}: stop it, or configure another `journal.path`", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// The file or its directory cannot be made, opened or read.
    #[error("cannot open the journal {}: {source}", path.display())]
    Io {
        /// The journal, or the file beside it.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{} is not a lanner journal ({what}): move it away or configure another `journal.path`; lanner will not \
             overwrite it", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A later lanner made it.
    #[error("the journal {} has version {found}, and this lanner knows versions up to {known}: run the newer lanner, \
             or move the journal away to start with an empty one", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file is damaged.
    #[error("the journal {} is damaged ({what}): move it away (with its -wal file) to start with an empty one, or \
             restore a copy; lanner will not start anew over it", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// What is wrong, as far as known.
        what: String,
    },
    /// SQLite refuses for another reason.
    #[error("cannot open the journal {}: {source}", path.display())]
    Sql {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// No thread for the writer.
    #[error("cannot start the journal's writer: {0}")]
    Thread(std::io::Error),
}

/// Why alerts were not appended. None of them was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The disk (or the journal's bound) is full, and so is the buffer in memory: come again later.
    #[error("the journal's storage is full and so is the buffer in memory")]
    Full,
    /// The journal has been stopped.
    #[error("the journal has been stopped")]
    Closed,
    /// Storage has failed for good; a restart is needed.
    #[error("the journal has failed: {0}")]
    Failed(String),
}

/// Why an outcome was not committed. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The outcome makes no sense: a defect of the pipeline.
    #[error("the outcome makes no sense: {0}")]
    Invalid(&'static str),
    /// The storage was still full when the journal was stopped.
    #[error("the journal's storage is full")]
    Full,
    /// The journal has been stopped.
    #[error("the journal has been stopped")]
    Closed,
    /// Storage has failed for good; a restart is needed.
    #[error("the journal has failed: {0}")]
    Failed(String),
}

/// Why a read gave nothing. A later read may succeed, except where the file is damaged.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A part of the file that the read needs is damaged.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    /// SQLite refuses for another reason.
    #[error("cannot read the journal: {0}")]
    Sql(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) { Self::Damaged(error.to_string()) } else { Self::Sql(error) }
    }
}

/// True where SQLite says that the file is damaged, or a value in it is not what the schema says.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(failure.code, DatabaseCorrupt | NotADatabase),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => true,
        _ => false,
    }
}

/// True where trying again later can help: no room, or the file system is ailing.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, PermissionDenied, ReadOnly, SystemIoFailure,
    };
    let retried =
        [DiskFull, SystemIoFailure, CannotOpen, ReadOnly, PermissionDenied, DatabaseBusy, DatabaseLocked, OutOfMemory];
    error.sqlite_error_code().is_some_and(|code| retried.contains(&code))
}
