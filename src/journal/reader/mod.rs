//! Reading: a connection of one's own, short transactions, bounded batches.
//!
//! Everything here blocks for as long as SQLite takes. A row that is damaged is counted and skipped; a damaged page is
//! an error.

mod alerts;
mod analyses;
mod pipeline;

pub use analyses::{Floor, Revisions};

use super::body::Unpacker;
use super::chunk::Contexts;
use super::{ReadError, Seq};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// A read-only view of the journal.
#[derive(Debug)]
pub struct Reader {
    sql: Connection,
    contexts: Contexts,
    unpacker: Unpacker,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sql = Connection::open_with_flags(path, flags)?;
        sql.busy_timeout(Duration::from_secs(5))?;
        sql.set_prepared_statement_cache_capacity(32);
        sql.execute_batch("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -512")?;
        Ok(Self { sql, contexts: Contexts::default(), unpacker: Unpacker::default() })
    }

    /// What retention has removed: the last alert and the last analysis.
    fn gone(&self) -> rusqlite::Result<(Seq, Seq)> {
        let mut statement = self.sql.prepare_cached("SELECT alerts_gone, analyses_gone FROM state")?;
        statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
