//! The write-ahead log, written back into the file: mostly by a thread of its own, beside the writer.
//!
//! A log begins anew once it is written back to its end, and its flushes take as long as hundreds of commits: by itself
//! SQLite does all of it in the commit that fills the log. Here what is in the log when most of it is used is written
//! back while the writer goes on. For that commit the rest is left and, where the writer went on, a flush of the file.
//!
//! Two connections that write back one log want SQLite 3.51.3 or newer: before it, one could lose what the other had done
//! as the log began anew. The SQLite that is built in is.

use super::OpenError;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use std::ffi::c_int;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

/// The thread that writes back. It ends with the hook on the writer's connection: see [`WriteBack::end`].
#[derive(Debug)]
pub(super) struct WriteBack {
    thread: JoinHandle<()>,
}

impl WriteBack {
    /// Takes over from SQLite's own checkpoints on this connection, for a log of so many pages. While the thread is at
    /// work the log may grow to twice as many; then the writer waits for it.
    pub(super) fn start(sql: &mut Connection, path: &Path, pages: u64) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Sql { path: path.to_owned(), source };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let beside = Connection::open_with_flags(path, flags).map_err(failed)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let at_work = Arc::new(Mutex::new(()));
        let working = Arc::clone(&at_work);
        let work = move || {
            while woken.recv().is_ok() {
                let _working = working.lock();
                // What it cannot write back now, the writer will: there a full disk is dealt with too.
                if let Err(error) = write_back(&beside) {
                    tracing::debug!(%error, "the journal's log is not written back beside the writer");
                }
            }
        };
        let thread =
            std::thread::Builder::new().name("journal-log".to_owned()).spawn(work).map_err(OpenError::Thread)?;
        let most = pages * 3 / 4;
        let mut before = 0;
        sql.wal_hook(Some(move |log: &mut Wal, used: c_int| {
            let used = u64::try_from(used).unwrap_or_default();
            if used >= 2 * pages {
                // On a disk this slow the writer waits: the log has a bound. The thread waits for no lock of the writer's.
                drop(at_work.lock());
            }
            if used >= pages {
                // Where the thread is still at it, the next commit tries again.
                let _ = log.checkpoint();
            } else if used >= most && before < most {
                // It is awake already, or gone: nothing is lost but time.
                let _ = wake.try_send(());
            }
            before = used;
            Ok(())
        }))
        .map_err(failed)?;
        Ok(Self { thread })
    }

    /// Ends it and waits for it. The connection makes no checkpoints by itself from then on.
    pub(super) fn end(self, sql: &mut Connection) {
        // Neither can go wrong: no hook needs no memory, and a panic of the thread has been reported by the panic hook.
        let _ = sql.wal_hook(None::<fn(&mut Wal, c_int) -> rusqlite::Result<()>>);
        let _ = self.thread.join();
    }
}

fn write_back(sql: &Connection) -> rusqlite::Result<()> {
    sql.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    const PAGES: u64 = 64;
    const PAGE: u64 = 4096;

    struct Fixture {
        sql: Connection,
        write_back: WriteBack,
        directory: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("journal.db");
            let mut sql = Connection::open(&path).unwrap();
            sql.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE rows (body BLOB)").unwrap();
            let write_back = WriteBack::start(&mut sql, &path, PAGES).unwrap();
            Self { sql, write_back, directory }
        }

        /// One commit, of a few pages.
        fn commit(&self) {
            self.sql.execute("INSERT INTO rows VALUES (zeroblob(3000))", []).unwrap();
        }

        fn file(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        fn pages(&self, name: &str) -> u64 {
            std::fs::metadata(self.file(name)).unwrap().len() / PAGE
        }

        /// How often the log has begun anew: its header counts.
        fn begun_anew(&self) -> u32 {
            let header = std::fs::read(self.file("journal.db-wal")).unwrap();
            u32::from_be_bytes(header[12..16].try_into().unwrap())
        }
    }

    #[test]
    fn most_of_a_log_is_written_back_while_the_writer_has_none_of_it_to_do() {
        let fixture = Fixture::new();
        let before = fixture.pages("journal.db");
        let mut logged = 0;
        while logged < PAGES * 3 / 4 {
            fixture.commit();
            logged = fixture.pages("journal.db-wal");
        }
        assert!(logged < PAGES, "the log is not full: the writer itself writes nothing back");
        let deadline = Instant::now() + Duration::from_secs(30);
        while fixture.pages("journal.db") <= before {
            assert!(Instant::now() < deadline, "nothing was written back");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_log_begins_anew_again_and_again_while_the_writer_writes() {
        let mut fixture = Fixture::new();
        let (deadline, mut written) = (Instant::now() + Duration::from_secs(30), 0);
        fixture.commit();
        while fixture.begun_anew() < 3 {
            assert!(Instant::now() < deadline, "the log only grows");
            fixture.commit();
            written += 1;
        }
        assert!(fixture.pages("journal.db-wal") < 3 * PAGES, "it grows to twice its length at most");
        fixture.write_back.end(&mut fixture.sql);
        fixture.sql.close().unwrap();
        let sql = Connection::open(fixture.directory.path().join("journal.db")).unwrap();
        let rows: i64 = sql.query_row("SELECT count(*) FROM rows", [], |row| row.get(0)).unwrap();
        let sound: String = sql.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!((rows, sound.as_str()), (written + 1, "ok"));
    }

    #[test]
    fn the_sqlite_in_use_lets_two_connections_write_back_one_log() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }
}
