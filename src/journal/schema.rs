//! The tables, and how older versions of them become today's.

use rusqlite::Connection;

/// Marks the file as a journal of lanner's (SQLite's `application_id`): `lanr`.
pub(super) const APPLICATION_ID: i64 = 0x6c61_6e72;

/// The newest version (SQLite's `user_version`): how many steps there are.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Each step makes of version `n` version `n + 1`; an empty file is version 0. A step that was released never changes.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3];

const VERSION_1: &str = "
-- One row: what is true of the journal as a whole.
CREATE TABLE state (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    journal       INTEGER NOT NULL, -- random: tells journals apart
    cursor        INTEGER NOT NULL, -- the last alert that the pipeline is done with
    alerts_gone   INTEGER NOT NULL, -- the last alert that retention removed
    analyses_gone INTEGER NOT NULL, -- the last analysis that retention removed
    merged        INTEGER NOT NULL  -- chunks up to this alert are as large as they get
);
INSERT INTO state VALUES (1, random(), 0, 0, 0, 0);

-- Alerts, many in a row.
CREATE TABLE chunks (
    first         INTEGER PRIMARY KEY, -- sequence of the first alert
    count         INTEGER NOT NULL,
    received_from INTEGER NOT NULL,    -- nanoseconds since the epoch
    received_to   INTEGER NOT NULL,
    ids           BLOB NOT NULL,       -- 8 bytes an alert
    data          BLOB NOT NULL        -- 0 and the alerts, or 1 and zstd of them
);

-- Which alert joined which group: a row is 512 alerts.
CREATE TABLE members (span INTEGER PRIMARY KEY, groups BLOB NOT NULL);
-- In which regions of 8,192 alerts a group has members beside the one it was opened in.
CREATE TABLE joined (number INTEGER, region INTEGER, PRIMARY KEY (number, region)) WITHOUT ROWID;
-- The ids of the groups that the alerts of a span opened.
CREATE TABLE opened (span INTEGER PRIMARY KEY, ids BLOB NOT NULL);

-- A group's number is the sequence of the alert that opened it.
CREATE TABLE groups (number INTEGER PRIMARY KEY, latest INTEGER NOT NULL);
CREATE TABLE analyses (
    seq      INTEGER PRIMARY KEY,
    number   INTEGER NOT NULL, -- its group
    previous INTEGER,          -- the group's revision before
    at       INTEGER NOT NULL, -- the pipeline's cursor: retention removes it when it removes that alert
    revision INTEGER NOT NULL,
    level    INTEGER NOT NULL, -- 0 expected, 1 review, 2 malicious
    priority INTEGER NOT NULL, -- Falco's number: 0 is the most urgent
    state    INTEGER NOT NULL, -- 0 opened, 1 updated, 2 closed
    last     INTEGER NOT NULL, -- event time of the latest member, nanoseconds since the epoch
    body     BLOB NOT NULL     -- 0 and MessagePack; 1 and zstd of it; 2, a dictionary's number and zstd of it;
                               -- 3, newer counts and the body that they are of
);
-- What bodies are compressed against, from this analysis on.
CREATE TABLE dictionaries (number INTEGER PRIMARY KEY, since INTEGER NOT NULL, body BLOB NOT NULL);

-- The pipeline's own: the state of live groups, and what history needs of opened ones (many in a row).
CREATE TABLE live (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE openings (number INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL);
-- What an LLM has said about a fingerprint.
CREATE TABLE narratives (n INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
";

const VERSION_2: &str = "
-- The last analysis that took over a body which needs this dictionary; 0 where none did.
ALTER TABLE dictionaries ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
";

const VERSION_3: &str = "
-- What live groups share: rows follow each other, and of the records in them the newest count. They were rows of `live`
-- before, spread over so many pages that they were half of what a commit wrote.
CREATE TABLE shared (n INTEGER PRIMARY KEY, body BLOB NOT NULL);
INSERT INTO shared (body) SELECT body FROM live WHERE number >= 1 << 61 ORDER BY number;
DELETE FROM live WHERE number >= 1 << 61;
";

/// Takes the file from its version to the newest, each step a transaction of its own. Answers whether it did anything.
pub(super) fn migrate(sql: &Connection, found: i64, steps: &[&str]) -> rusqlite::Result<bool> {
    let start = usize::try_from(found).unwrap_or(0);
    for (number, step) in steps.iter().enumerate().skip(start) {
        let transaction = sql.unchecked_transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(start < steps.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(sql: &Connection) -> i64 {
        sql.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn every_earlier_version_becomes_the_newest_and_keeps_what_it_holds() {
        let next: Vec<&str> =
            MIGRATIONS.iter().copied().chain(["ALTER TABLE groups ADD COLUMN note TEXT DEFAULT 'kept'"]).collect();
        for from in 0..=MIGRATIONS.len() {
            let sql = Connection::open_in_memory().unwrap();
            migrate(&sql, 0, &next[..from]).unwrap();
            assert_eq!(version(&sql), from as i64);
            if from > 0 {
                sql.execute("INSERT INTO groups (number, latest) VALUES (7, 9)", []).unwrap();
            }
            assert!(migrate(&sql, from as i64, &next).unwrap());
            assert_eq!(version(&sql), next.len() as i64);
            let notes: Vec<String> = sql
                .prepare("SELECT note FROM groups")
                .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
                .unwrap();
            assert_eq!(notes.len(), usize::from(from > 0));
            assert!(!migrate(&sql, version(&sql), &next).unwrap());
        }
    }

    #[test]
    fn shared_state_of_an_older_journal_is_moved() {
        let sql = Connection::open_in_memory().unwrap();
        migrate(&sql, 0, &MIGRATIONS[..2]).unwrap();
        for number in [7_i64, 1 << 61, (1 << 61) + (1 << 60) + 5] {
            sql.execute("INSERT INTO live (number, body) VALUES (?1, ?2)", (number, format!("{number}"))).unwrap();
        }
        migrate(&sql, 2, MIGRATIONS).unwrap();
        let rows = |query: &str| -> Vec<String> {
            let mut statement = sql.prepare(query).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(rows("SELECT body FROM live"), ["7"]);
        assert_eq!(rows("SELECT body FROM shared ORDER BY n"), ["2305843009213693952", "3458764513820540933"]);
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let sql = Connection::open_in_memory().unwrap();
        migrate(&sql, 0, MIGRATIONS).unwrap();
        let broken: Vec<&str> =
            MIGRATIONS.iter().copied().chain(["CREATE TABLE half (n); INSERT INTO nowhere VALUES (1)"]).collect();
        assert!(migrate(&sql, VERSION, &broken).is_err());
        assert_eq!(version(&sql), VERSION);
        assert!(sql.prepare("SELECT * FROM half").is_err());
    }
}
