//! Reading analyses: in order, by group, and the newest of each group.

use super::Reader;
use crate::alert::Priority;
use crate::analysis::Level;
use crate::dedup::GroupId;
use crate::journal::writer::level_number;
use crate::journal::{Batch, Limits, ReadError, Seq, StoredAnalysis, body};
use rusqlite::{OptionalExtension, Row, Rows};
use std::sync::Arc;

/// Which revisions a read gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revisions {
    /// Every one that is kept.
    #[default]
    All,
    /// Of each group the newest.
    Latest,
}

/// What is so cheap to filter that the journal does it: rows below are skipped without being decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Floor {
    /// The mildest verdict that is given.
    pub level: Option<Level>,
    /// The least urgent priority of an opening alert that is given.
    pub priority: Option<Priority>,
}

/// Rows that one read looks at, so that it ends soon however few it may give.
const MAX_ROWS: u64 = 20_000;

const NEWER: &str = "SELECT seq, number, level, priority, body,
    ?2 AND seq <> (SELECT latest FROM groups WHERE groups.number = analyses.number)
    FROM analyses WHERE seq > ?1 ORDER BY seq";
const OLDER: &str = "SELECT seq, number, level, priority, body,
    ?2 AND seq <> (SELECT latest FROM groups WHERE groups.number = analyses.number)
    FROM analyses WHERE seq < ?1 ORDER BY seq DESC";

impl Reader {
    /// The analyses after `after`, in order.
    pub fn analyses_after(
        &self,
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
        let rows = statement.query((batch.next, revisions == Revisions::Latest))?;
        collect(&mut batch, rows, limits, floor)?;
        drop((statement, transaction));
        Ok(batch)
    }

    /// The newest analysis of each group, newest first, before `before` (`None`: from the newest on). The batch's
    /// `next` is the `before` of the next page.
    pub fn list_groups(
        &self,
        before: Option<Seq>,
        limits: Limits,
        floor: Floor,
    ) -> Result<Batch<StoredAnalysis>, ReadError> {
        let before = before.unwrap_or(Seq::new(u64::MAX));
        let mut batch = Batch::at(before);
        let mut statement = self.sql.prepare_cached(OLDER)?;
        let rows = statement.query((before, true))?;
        collect(&mut batch, rows, limits, floor)?;
        Ok(batch)
    }

    /// The newest analysis of a group; `None` where none is kept.
    pub fn latest_of_group(&self, id: GroupId) -> Result<Option<StoredAnalysis>, ReadError> {
        let Some(number) = self.number_of(id)? else { return Ok(None) };
        self.latest(number)
    }

    /// One revision of a group; `None` where it is not kept.
    pub fn analysis(&self, id: GroupId, revision: u32) -> Result<Option<StoredAnalysis>, ReadError> {
        let Some(number) = self.number_of(id)? else { return Ok(None) };
        let mut at = self.latest_seq(number)?;
        while let Some(seq) = at {
            let mut statement = self.sql.prepare_cached("SELECT revision, previous FROM analyses WHERE seq = ?1")?;
            let found = statement.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((found, previous)): Option<(u32, Option<Seq>)> = found else { return Ok(None) };
            if found == revision {
                return self.analysis_at(seq);
            }
            // Damage must not send us round in circles.
            at = previous.filter(|previous| found > revision && *previous < seq);
        }
        Ok(None)
    }

    /// The analysis of this sequence; `None` where it is not kept (or cannot be read).
    pub fn analysis_at(&self, seq: Seq) -> Result<Option<StoredAnalysis>, ReadError> {
        let mut statement = self.sql.prepare_cached("SELECT number, body FROM analyses WHERE seq = ?1")?;
        let found = statement.query_row([seq], |row| {
            let group = row.get(0)?;
            let analysis = row.get_ref(1)?.as_blob().ok().and_then(body::decode);
            Ok(analysis.map(|analysis| StoredAnalysis { seq, group, analysis: Arc::new(analysis) }))
        });
        Ok(found.optional()?.flatten())
    }

    /// The newest analysis of the group of this number.
    pub fn latest(&self, group: Seq) -> Result<Option<StoredAnalysis>, ReadError> {
        let Some(seq) = self.latest_seq(group)? else { return Ok(None) };
        self.analysis_at(seq)
    }
}

/// Fills the batch with the rows that are wanted: sequence, number, level, priority, body, superseded.
fn collect(
    batch: &mut Batch<StoredAnalysis>,
    mut rows: Rows<'_>,
    limits: Limits,
    floor: Floor,
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
        match decode(row) {
            Some((analysis, size)) => {
                bytes += size;
                batch.items.push(StoredAnalysis { seq, group: row.get(1)?, analysis: Arc::new(analysis) });
            }
            None => batch.damaged += 1,
        }
    }
    Ok(())
}

fn decode(row: &Row<'_>) -> Option<(crate::analysis::Analysis, usize)> {
    let bytes = row.get_ref(4).ok()?.as_blob().ok()?;
    Some((body::decode(bytes)?, body::unpacked_size(bytes)?))
}
