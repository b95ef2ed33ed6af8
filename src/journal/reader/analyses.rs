//! Reading analyses: in order, by group, and the newest of each group.

use super::Reader;
use crate::alert::Priority;
use crate::analysis::{Analysis, Level};
use crate::dedup::GroupId;
use crate::journal::members::find_opened;
use crate::journal::writer::level_number;
use crate::journal::{Batch, Limits, ReadError, Seq, StoredAnalysis};
use rusqlite::{OptionalExtension, Rows};
use std::sync::Arc;

/// Which revisions a read gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revisions {
    /// Every one that is kept.
    #[default]
    All,
    /// Up to this one those that no newer one of their group follows; behind it every one.
    LatestUntil(Seq),
}

/// What is so cheap to filter that the journal does it: rows below are skipped without being decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Floor {
    /// The mildest verdict that is given.
    pub level: Option<Level>,
    /// The least urgent priority of an opening alert that is given.
    pub priority: Option<Priority>,
}

impl Floor {
    /// Whether this is not below it.
    pub fn admits(&self, level: Level, priority: Priority) -> bool {
        self.level.is_none_or(|least| level >= least) && self.priority.is_none_or(|least| priority >= least)
    }
}

/// Rows that one read looks at, so that it ends soon however few it may give.
const MAX_ROWS: u64 = 20_000;

const NEWER: &str = "SELECT seq, number, level, priority, body,
    seq <= ?2 AND seq <> (SELECT latest FROM groups WHERE groups.number = analyses.number)
    FROM analyses WHERE seq > ?1 ORDER BY seq";
/// A group's newest up to `?2` is found from its newest back, revision by revision: few come while somebody lists. Who
/// lists for so long that there are more than 16 does not see the group.
const OLDER: &str = "SELECT seq, number, level, priority, body,
    seq > ?2 OR seq <> (SELECT CASE WHEN latest <= ?2 THEN latest ELSE (
        WITH RECURSIVE back (one, steps) AS (
            VALUES (latest, 0)
            UNION ALL
            SELECT previous, steps + 1 FROM back JOIN analyses ON analyses.seq = one
            WHERE one > ?2 AND previous < one AND steps < 16)
        SELECT min(one) FROM back) END FROM groups WHERE groups.number = analyses.number)
    FROM analyses WHERE seq < ?1 ORDER BY seq DESC";

impl Reader {
    /// The analyses after `after`, in order.
    pub fn analyses_after(
        &mut self,
        after: Seq,
        limits: Limits,
        revisions: Revisions,
        floor: Floor,
    ) -> Result<Batch<StoredAnalysis>, ReadError> {
        let transaction = self.sql.unchecked_transaction()?;
        let gone = self.gone()?.1;
        let mut batch = Batch::at(after.max(gone));
        batch.passed = gone.get().saturating_sub(after.get());
        let mut statement = self.sql.prepare_cached(NEWER)?;
        let until = match revisions {
            Revisions::All => Seq::START,
            Revisions::LatestUntil(until) => until,
        };
        let rows = statement.query((batch.next, until))?;
        collect(&mut batch, rows, limits, floor, |body| self.unpacker.decode(&self.sql, body))?;
        drop((statement, transaction));
        Ok(batch)
    }

    /// The newest analysis of each group as of the analysis `until`, newest first, before `before` (`None`: from `until`
    /// on). The batch's `next` is the `before` of the next page.
    pub fn list_groups(
        &mut self,
        until: Seq,
        before: Option<Seq>,
        limits: Limits,
        floor: Floor,
    ) -> Result<Batch<StoredAnalysis>, ReadError> {
        let mut batch = Batch::at(before.unwrap_or(until.next()));
        let mut statement = self.sql.prepare_cached(OLDER)?;
        let rows = statement.query((batch.next, until))?;
        collect(&mut batch, rows, limits, floor, |body| self.unpacker.decode(&self.sql, body))?;
        Ok(batch)
    }

    /// The newest analysis of a group; `None` where none is kept.
    pub fn latest_of_group(&mut self, id: GroupId) -> Result<Option<StoredAnalysis>, ReadError> {
        let Some(number) = self.number_of(id)? else { return Ok(None) };
        self.latest(number)
    }

    /// One revision of a group; `None` where it is not kept.
    pub fn analysis(&mut self, id: GroupId, revision: u32) -> Result<Option<StoredAnalysis>, ReadError> {
        let Some(number) = self.number_of(id)? else { return Ok(None) };
        let mut at = self.latest_seq(number)?;
        while let Some(seq) = at {
            let Some((found, previous)) = self.revision(seq)? else { return Ok(None) };
            if found == revision {
                return self.analysis_at(seq);
            }
            // Damage must not send us round in circles.
            at = previous.filter(|previous| found > revision && *previous < seq);
        }
        Ok(None)
    }

    /// An analysis's revision, and where the one before it is.
    fn revision(&self, seq: Seq) -> rusqlite::Result<Option<(u32, Option<Seq>)>> {
        let mut statement = self.sql.prepare_cached("SELECT revision, previous FROM analyses WHERE seq = ?1")?;
        statement.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    /// The analysis of this sequence; `None` where it is not kept (or cannot be read).
    pub fn analysis_at(&mut self, seq: Seq) -> Result<Option<StoredAnalysis>, ReadError> {
        let mut statement = self.sql.prepare_cached("SELECT number, body FROM analyses WHERE seq = ?1")?;
        let mut rows = statement.query([seq])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let group = row.get(0)?;
        let found = row.get_ref(1)?.as_blob().ok().and_then(|body| self.unpacker.decode(&self.sql, body));
        Ok(found.map(|(analysis, _)| StoredAnalysis { seq, group, analysis: Arc::new(analysis) }))
    }

    /// The newest analysis of the group of this number.
    pub fn latest(&mut self, group: Seq) -> Result<Option<StoredAnalysis>, ReadError> {
        let Some(seq) = self.latest_seq(group)? else { return Ok(None) };
        self.analysis_at(seq)
    }

    /// The number of the group of this id; `None` where none of its analyses is kept. Looks through the ids of all
    /// groups kept, newest first: 10 bytes each.
    pub(super) fn number_of(&mut self, id: GroupId) -> Result<Option<Seq>, ReadError> {
        let mut before = Seq::new(u64::MAX);
        loop {
            let Some((span, numbers)) = self.openings_like(id, before)? else { return Ok(None) };
            for number in numbers {
                if self.latest(number)?.is_some_and(|latest| latest.analysis.group.id == id) {
                    return Ok(Some(number));
                }
            }
            before = span;
        }
    }

    /// The newest span before `before` that opened groups whose ids start as this one does, and their numbers.
    fn openings_like(&self, id: GroupId, before: Seq) -> Result<Option<(Seq, Vec<Seq>)>, ReadError> {
        let mut statement =
            self.sql.prepare_cached("SELECT span, ids FROM opened WHERE span < ?1 ORDER BY span DESC")?;
        let mut rows = statement.query([before])?;
        while let Some(row) = rows.next()? {
            let span: Seq = row.get(0)?;
            let ids = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let numbers: Vec<Seq> = find_opened(span.get(), ids, id).collect();
            if !numbers.is_empty() {
                return Ok(Some((span, numbers)));
            }
        }
        Ok(None)
    }

    fn latest_seq(&self, number: Seq) -> rusqlite::Result<Option<Seq>> {
        let mut statement = self.sql.prepare_cached("SELECT latest FROM groups WHERE number = ?1")?;
        statement.query_row([number], |row| row.get(0)).optional()
    }
}

/// Fills the batch with the rows that are wanted: sequence, number, level, priority, body, superseded.
fn collect(
    batch: &mut Batch<StoredAnalysis>,
    mut rows: Rows<'_>,
    limits: Limits,
    floor: Floor,
    mut decode: impl FnMut(&[u8]) -> Option<(Analysis, usize)>,
) -> Result<(), ReadError> {
    let level = floor.level.map_or(0, level_number);
    let priority = floor.priority.map_or(u8::MAX, Priority::number);
    let (mut bytes, mut looked) = (0, 0);
    while let Some(row) = rows.next()? {
        let full = batch.items.len() >= limits.count.max(1) || bytes >= limits.bytes && !batch.items.is_empty();
        if full || looked >= MAX_ROWS {
            batch.more = true;
            break;
        }
        looked += 1;
        let seq: Seq = row.get(0)?;
        batch.next = seq;
        let superseded = row.get::<_, Option<bool>>(5)?.unwrap_or(false);
        if superseded || row.get::<_, u8>(2)? < level || row.get::<_, u8>(3)? > priority {
            continue;
        }
        match row.get_ref(4)?.as_blob().ok().and_then(&mut decode) {
            Some((analysis, size)) => {
                bytes += size;
                batch.items.push(StoredAnalysis { seq, group: row.get(1)?, analysis: Arc::new(analysis) });
            }
            None => batch.damaged += 1,
        }
    }
    Ok(())
}
