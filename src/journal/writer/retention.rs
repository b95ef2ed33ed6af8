//! Keeps the journal within its age and size, between turns, in small steps.
//!
//! What goes is decided along the order of alerts: the oldest chunks go, and the analyses that were written while
//! those alerts were the newest dealt with. Never past the pipeline's cursor: where alerts that it has not read leave the
//! journal beyond its bound, appends wait until it has read on.

use super::Writer;
use crate::journal::Seq;
use crate::journal::error::is_full;
use crate::journal::members::{SPANS_IN_REGION, read_span, region_of, span_of};
use crate::journal::open::{PAGE_BYTES, beside, log_pages, pragma};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Compressed bytes of alerts and rows of analyses that one step removes.
const STEP_BYTES: u64 = 256 * 1024;
const STEP_ANALYSES: usize = 256;
/// Pages given back by one step.
const STEP_PAGES: u64 = 128;
/// How often sizes and ages are looked at, at least.
const LOOK: Duration = Duration::from_secs(1);
/// How long a checkpoint waits for readers: their reads are short.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(50);

impl Writer {
    /// True where a quiet moment has something to do.
    pub(super) fn upkeep_due(&self) -> bool {
        let upkeep = &self.upkeep;
        upkeep.merge || upkeep.retain || upkeep.give_back || upkeep.looked.is_none()
    }

    /// One small step of what is due. Storage without room is no error here: the next transaction will find out.
    pub(super) fn step(&mut self) -> rusqlite::Result<()> {
        match self.upkeep() {
            Err(error) if is_full(&error) => {
                (self.upkeep.merge, self.upkeep.retain, self.upkeep.give_back) = (false, false, false);
                Ok(())
            }
            done => done,
        }
    }

    fn upkeep(&mut self) -> rusqlite::Result<()> {
        let enough = (self.settings.max_bytes / 256).clamp(64 * 1024, 4 << 20);
        // Under load more is removed than was written, and never so much that writing stalls.
        let steps = 1 + 4 * self.upkeep.written / STEP_BYTES;
        if self.blocked || self.upkeep.written >= enough || self.upkeep.looked.is_none_or(|at| at.elapsed() >= LOOK) {
            self.look()?;
        }
        if self.upkeep.retain {
            for _ in 0..steps {
                if !self.retain(true)? {
                    break;
                }
            }
            self.look()?;
        } else if self.upkeep.give_back {
            self.give_back(STEP_PAGES)?;
            self.look()?;
        } else if self.upkeep.merge && self.queue.is_empty() {
            self.merge()?;
        }
        Ok(())
    }

    /// Looks at sizes and ages and notes what is due.
    fn look(&mut self) -> rusqlite::Result<()> {
        (self.upkeep.looked, self.upkeep.written) = (Some(Instant::now()), 0);
        let over = self.over_bound()?;
        if self.status.wal_bytes > log_pages(&self.settings) * PAGE_BYTES * 3 / 2 {
            self.checkpoint()?;
        }
        self.upkeep.retain = self.horizon(over > 0)?.is_some();
        let (file, free) = (self.status.file_bytes, self.status.free_bytes);
        let pressed = file + self.status.wal_bytes > self.settings.max_bytes && free > PAGE_BYTES * STEP_PAGES;
        let plenty = (file / 16).max(1 << 20);
        // Begun when there is plenty, ended when there is half of it: pages that are about to be used again stay.
        self.upkeep.give_back = pressed || free > if self.upkeep.give_back { plenty / 2 } else { plenty };
        let much = self.settings.max_bytes / 16;
        let stuck = over > much && !self.upkeep.retain && self.unread(much)?;
        if stuck && !self.blocked {
            self.report_full("the journal is at its bound and the pipeline has not read what could go");
        }
        if self.blocked && !stuck {
            self.recovered();
        }
        self.blocked = stuck;
        Ok(())
    }

    /// Bytes in use beyond the bound, the write-ahead log included.
    fn over_bound(&mut self) -> rusqlite::Result<u64> {
        let (pages, free) = (pragma(&self.sql, "page_count")?, pragma(&self.sql, "freelist_count")?);
        self.status.file_bytes = pages as u64 * PAGE_BYTES;
        self.status.free_bytes = free as u64 * PAGE_BYTES;
        self.status.wal_bytes = std::fs::metadata(beside(&self.settings.path, "-wal")).map_or(0, |log| log.len());
        let used = self.status.file_bytes - self.status.free_bytes + self.status.wal_bytes;
        Ok(used.saturating_sub(self.settings.max_bytes))
    }

    /// Whether alerts of more than so many bytes wait for the pipeline. Where the rest of a journal (live groups, history)
    /// is beyond the bound by itself, waiting for room would never end.
    fn unread(&self, bytes: u64) -> rusqlite::Result<bool> {
        let read = "SELECT length(data) FROM chunks WHERE first > ?1 ORDER BY first";
        let mut statement = self.sql.prepare_cached(read)?;
        let mut rows = statement.query([self.ends.cursor])?;
        let mut found = 0;
        while found <= bytes
            && let Some(row) = rows.next()?
        {
            found += row.get::<_, Seq>(0)?.get();
        }
        Ok(found > bytes)
    }

    /// The last alert that one step may remove.
    fn horizon(&self, over: bool) -> rusqlite::Result<Option<Seq>> {
        let oldest = self
            .clock
            .now()
            .nanos()
            .saturating_sub(i64::try_from(self.settings.max_age.as_nanos()).unwrap_or(i64::MAX));
        let read = "SELECT first + count - 1, received_to, length(data) FROM chunks ORDER BY first LIMIT 64";
        let mut statement = self.sql.prepare_cached(read)?;
        let mut rows = statement.query([])?;
        let (mut horizon, mut bytes, mut any) = (None, 0, false);
        while let Some(row) = rows.next()? {
            any = true;
            let (last, received): (Seq, i64) = (row.get(0)?, row.get(1)?);
            if last > self.ends.cursor || bytes >= STEP_BYTES || !(over || received < oldest) {
                break;
            }
            horizon = Some(last);
            bytes += row.get::<_, Seq>(2)?.get();
        }
        // No alerts, and still over the bound: then analyses alone are.
        let analyses = over && !any && self.ends.analyses_gone < self.ends.newest_analysis;
        Ok(horizon.or(analyses.then_some(self.ends.cursor)))
    }

    /// Removes a little; false where nothing may go. Dictionaries stay while a plan waits, whose bodies may need any of them.
    fn retain(&mut self, dictionaries: bool) -> rusqlite::Result<bool> {
        let over = self.over_bound()? > 0;
        let Some(horizon) = self.horizon(over)? else { return Ok(false) };
        let sql = rusqlite::Transaction::new_unchecked(&self.sql, TransactionBehavior::Immediate)?;
        let removed = remove_analyses(&sql, horizon)?;
        let analyses_gone = removed.last().copied().unwrap_or(self.ends.analyses_gone);
        let mut alerts_gone = self.ends.alerts_gone;
        if removed.len() < STEP_ANALYSES && horizon > alerts_gone {
            sql.prepare_cached("DELETE FROM chunks WHERE first <= ?1")?.execute([horizon])?;
            remove_members(&sql, alerts_gone, horizon)?;
            alerts_gone = horizon;
        }
        if !removed.is_empty() && dictionaries {
            let unneeded = "DELETE FROM dictionaries
                            WHERE number < (SELECT max(number) FROM dictionaries WHERE since <= ?1) AND used < ?1";
            sql.prepare_cached(unneeded)?.execute([analyses_gone.next()])?;
        }
        sql.prepare_cached("UPDATE state SET alerts_gone = ?1, analyses_gone = ?2")?
            .execute((alerts_gone, analyses_gone))?;
        sql.commit()?;
        self.members.reset();
        self.status.removed_alerts += alerts_gone.get() - self.ends.alerts_gone.get();
        self.status.removed_analyses += removed.len() as u64;
        (self.ends.alerts_gone, self.ends.analyses_gone) = (alerts_gone, analyses_gone);
        Ok(true)
    }

    /// Gives free pages back to the file system.
    fn give_back(&self, pages: u64) -> rusqlite::Result<()> {
        // Every page is a step of the statement: it must be read to its end.
        let mut statement = self.sql.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    /// Writes the log back into the file and empties it, as far as readers let it.
    pub(super) fn checkpoint(&self) -> rusqlite::Result<()> {
        self.sql.busy_timeout(CHECKPOINT_WAIT)?;
        let done = self.sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.sql.busy_timeout(Duration::from_secs(5))?;
        match done {
            Err(error) if is_full(&error) => Ok(()),
            done => done,
        }
    }

    /// For a plan that waits: what can be had without a transaction that succeeds: the log's space, then what retention allows.
    pub(super) fn make_room(&mut self) {
        // Each of these may fail for the very reason that they are tried; the next turn tries them again.
        let _ = self.checkpoint();
        let _ = self.retain(false);
        let _ = self.give_back(STEP_PAGES);
        let _ = self.checkpoint();
    }
}

/// Removes the oldest analyses up to the horizon, a step's worth; answers their sequences.
fn remove_analyses(sql: &Connection, horizon: Seq) -> rusqlite::Result<Vec<Seq>> {
    let mut oldest = sql.prepare_cached("SELECT seq, number, at FROM analyses ORDER BY seq LIMIT ?1")?;
    let mut rows = oldest.query([STEP_ANALYSES as i64])?;
    let mut found: Vec<(Seq, Seq)> = Vec::new();
    while let Some(row) = rows.next()?
        && row.get::<_, Seq>(2)? <= horizon
    {
        found.push((row.get(0)?, row.get(1)?));
    }
    for (seq, number) in &found {
        sql.prepare_cached("DELETE FROM analyses WHERE seq = ?1")?.execute([seq])?;
        sql.prepare_cached("DELETE FROM groups WHERE number = ?1 AND latest = ?2")?.execute((number, seq))?;
    }
    Ok(found.into_iter().map(|(seq, _)| seq).collect())
}

/// Removes who joined what, region by region, once a whole region of alerts is gone.
fn remove_members(sql: &Connection, before: Seq, after: Seq) -> rusqlite::Result<()> {
    let (from, to) = (region_of(before.next()), region_of(after.next()));
    for region in from..to {
        let mut groups = HashSet::new();
        for span in region * SPANS_IN_REGION..(region + 1) * SPANS_IN_REGION {
            if let Some(span) = read_span(sql, span)? {
                groups.extend(span.members().map(|(_, group)| group));
            }
            sql.prepare_cached("DELETE FROM members WHERE span = ?1")?.execute([span as i64])?;
        }
        for group in groups.into_iter().filter(|group| region_of(*group) != region) {
            sql.prepare_cached("DELETE FROM joined WHERE number = ?1 AND region = ?2")?
                .execute((group, region as i64))?;
        }
    }
    if from < to {
        // The ids of groups are needed as long as one of their analyses is kept.
        let oldest: Option<Seq> =
            sql.query_row("SELECT number FROM groups ORDER BY number LIMIT 1", [], |row| row.get(0)).optional()?;
        let span = span_of(oldest.unwrap_or(after.next()).min(after.next()));
        let remove =
            "DELETE FROM opened WHERE span IN (SELECT span FROM opened WHERE span < ?1 ORDER BY span LIMIT ?2)";
        sql.prepare_cached(remove)?.execute((span as i64, (4 * SPANS_IN_REGION * (to - from)) as i64))?;
    }
    Ok(())
}
