//! Writes a plan: one transaction.

use super::Writer;
use super::plan::{NewAnalysis, Plan};
use crate::analysis::Level;
use crate::dedup::{GroupId, SharedState, State};
use crate::journal::Seq;
use crate::journal::chunk::Chunk;
use crate::journal::members::write_varint;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// How many openings are kept for history.
const MAX_OPENINGS: u64 = 65_536;
/// How many narratives are kept.
const MAX_NARRATIVES: i64 = 4096;

impl Writer {
    pub(super) fn apply(&mut self, plan: &Plan) -> rusqlite::Result<()> {
        self.obey_page_limit()?;
        if plan.chunks.is_empty() && !plan.has_outcome {
            // Duplicates only.
            return Ok(());
        }
        let sql = rusqlite::Transaction::new_unchecked(&self.sql, TransactionBehavior::Immediate)?;
        for chunk in &plan.chunks {
            insert_chunk(&sql, chunk)?;
        }
        let mut dropped = 0;
        if plan.has_outcome {
            for (since, dictionary) in &plan.dictionaries {
                sql.prepare_cached("INSERT OR REPLACE INTO dictionaries (number, since, body) VALUES (?1, ?2, ?3)")?
                    .execute((dictionary.number, since, &dictionary.bytes))?;
            }
            let first = insert_analyses(&sql, &plan.analyses)?;
            for (dictionary, used) in &plan.used {
                sql.prepare_cached("UPDATE dictionaries SET used = ?2 WHERE number = ?1")?
                    .execute((dictionary, used))?;
            }
            self.members.open(&sql, &first)?;
            self.members.join(&sql, &plan.memberships)?;
            write_live(&sql, &plan.live)?;
            write_shared(&sql, &plan.shared)?;
            if !plan.openings.is_empty() {
                insert_openings(&sql, &plan.openings)?;
                let kept = self.openings_kept + plan.openings.len() as u64;
                dropped = drop_openings(&sql, self.openings.iter(), kept)?;
            }
            write_narratives(&sql, &plan.narratives)?;
            sql.prepare_cached("UPDATE state SET cursor = ?1")?.execute([plan.cursor])?;
        }
        sql.commit()?;
        if let Some((first, _)) = plan.openings.first() {
            self.openings.push_back((*first, plan.openings.len() as u64));
            self.openings_kept += plan.openings.len() as u64;
            self.openings_kept -= self.openings.drain(..dropped).map(|(_, count)| count).sum::<u64>();
        }
        Ok(())
    }

    /// Reads which openings are kept.
    pub(super) fn load_openings(&mut self) -> rusqlite::Result<()> {
        let mut rows = self.sql.prepare("SELECT number, count FROM openings ORDER BY number")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (first, count) = (row.get(0)?, row.get::<_, Seq>(1)?.get());
            self.openings.push_back((first, count));
            self.openings_kept += count;
        }
        Ok(())
    }
}

pub(super) fn insert_chunk(sql: &Connection, chunk: &Chunk) -> rusqlite::Result<()> {
    let insert = "INSERT INTO chunks (first, count, received_from, received_to, ids, data) VALUES (?1,?2,?3,?4,?5,?6)";
    let (from, to) = (chunk.received.0.nanos(), chunk.received.1.nanos());
    sql.prepare_cached(insert)?.execute(params![chunk.first, chunk.count as i64, from, to, chunk.ids, chunk.data])?;
    Ok(())
}

/// Answers which groups had no analysis before: those that were opened, and those of which retention had left none.
fn insert_analyses(sql: &Connection, analyses: &[NewAnalysis]) -> rusqlite::Result<Vec<(Seq, GroupId)>> {
    let mut first = Vec::new();
    // Statements are looked up once for all rows: each time costs as much as a fifth of a row.
    let mut latest = sql.prepare_cached("SELECT latest FROM groups WHERE number = ?1")?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO analyses (seq, number, previous, at, revision, level, priority, state, last, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut renew = sql.prepare_cached("INSERT OR REPLACE INTO groups (number, latest) VALUES (?1, ?2)")?;
    for one in analyses {
        let head = &one.encoded.head;
        // A first revision has nothing before it, and asking costs.
        let previous: Option<Seq> = match head.revision {
            1 => None,
            _ => latest.query_row([one.group], |row| row.get(0)).optional()?,
        };
        if previous.is_none() {
            first.push((one.group, head.id));
        }
        insert.execute(params![
            one.seq,
            one.group,
            previous,
            one.at,
            head.revision,
            level_number(head.level),
            head.priority.number(),
            state_number(head.state),
            head.last.nanos(),
            one.body
        ])?;
        renew.execute((one.group, one.seq))?;
    }
    Ok(first)
}

/// A level as its column has it.
pub(in crate::journal) fn level_number(level: Level) -> u8 {
    match level {
        Level::Expected => 0,
        Level::Review => 1,
        Level::Malicious => 2,
    }
}

/// The level of its column's number.
pub(super) fn level_of(number: i64) -> Option<Level> {
    Some(match number {
        0 => Level::Expected,
        1 => Level::Review,
        2 => Level::Malicious,
        _ => return None,
    })
}

fn state_number(state: State) -> u8 {
    match state {
        State::Opened => 0,
        State::Updated => 1,
        State::Closed => 2,
    }
}

fn write_live(sql: &Connection, live: &[(Seq, Option<Vec<u8>>)]) -> rusqlite::Result<()> {
    let mut keep = sql.prepare_cached("INSERT OR REPLACE INTO live (number, body) VALUES (?1, ?2)")?;
    let mut forget = sql.prepare_cached("DELETE FROM live WHERE number = ?1")?;
    for (number, body) in live {
        match body {
            Some(body) => keep.execute((number, body))?,
            None => forget.execute([number])?,
        };
    }
    Ok(())
}

fn write_shared(sql: &Connection, shared: &[SharedState]) -> rusqlite::Result<()> {
    for state in shared {
        if matches!(state, SharedState::Whole(_)) {
            sql.prepare_cached("DELETE FROM shared")?.execute([])?;
        }
        sql.prepare_cached("INSERT INTO shared (body) VALUES (?1)")?.execute([state.records()])?;
    }
    Ok(())
}

/// One row: for each opening how far its number is from the first one's, its length, and its bytes.
fn insert_openings(sql: &Connection, openings: &[(Seq, Vec<u8>)]) -> rusqlite::Result<()> {
    let Some((first, _)) = openings.first() else { return Ok(()) };
    let mut body = Vec::with_capacity(openings.iter().map(|(_, opaque)| opaque.len() + 6).sum());
    for (number, opaque) in openings {
        write_varint(&mut body, number.get() - first.get());
        write_varint(&mut body, opaque.len() as u64);
        body.extend_from_slice(opaque);
    }
    sql.prepare_cached("INSERT OR REPLACE INTO openings (number, count, body) VALUES (?1, ?2, ?3)")?.execute((
        first,
        openings.len() as i64,
        body,
    ))?;
    Ok(())
}

/// Removes the oldest rows while enough are kept without them; answers how many rows.
fn drop_openings<'a>(
    sql: &Connection,
    rows: impl Iterator<Item = &'a (Seq, u64)>,
    mut kept: u64,
) -> rusqlite::Result<usize> {
    let mut dropped = 0;
    for (first, count) in rows {
        if kept - count < MAX_OPENINGS {
            break;
        }
        sql.prepare_cached("DELETE FROM openings WHERE number = ?1")?.execute([first])?;
        kept -= count;
        dropped += 1;
    }
    Ok(dropped)
}

fn write_narratives(sql: &Connection, narratives: &[(crate::dedup::Fingerprint, Vec<u8>)]) -> rusqlite::Result<()> {
    for (fingerprint, body) in narratives {
        sql.prepare_cached("INSERT OR REPLACE INTO narratives (fingerprint, body) VALUES (?1, ?2)")?
            .execute((fingerprint.as_bytes(), body))?;
    }
    if !narratives.is_empty() {
        sql.prepare_cached("DELETE FROM narratives WHERE n <= (SELECT max(n) FROM narratives) - ?1")?
            .execute([MAX_NARRATIVES])?;
    }
    Ok(())
}
