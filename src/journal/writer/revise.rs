//! Makes bodies of revisions. One that only counts anew rests on the group's newest body, wherever that is.

use super::Writer;
use super::apply::level_of;
use super::plan::Plan;
use crate::alert::Priority;
use crate::analysis::Level;
use crate::journal::body::Unpacker;
use crate::journal::{Encoded, NewRevision, Seq, body};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::sync::Arc;

/// A revision ready to be written.
pub(super) struct Made {
    pub group: Seq,
    pub encoded: Arc<Encoded>,
    pub body: Vec<u8>,
    /// The dictionary of a body that was taken over.
    pub dictionary: Option<u32>,
}

/// What was said last of a group.
struct Last {
    plain: Bytes,
    rank: (Level, Priority),
    body: Vec<u8>,
}

impl Writer {
    /// Bodies for all revisions, in order, without the recounts of groups of which nothing is kept (or can be
    /// decompressed) any more; `None` where counts have no form as bytes.
    pub(super) fn make(
        &mut self,
        plan: &Plan,
        revisions: Vec<(Seq, NewRevision)>,
    ) -> rusqlite::Result<Option<Vec<Made>>> {
        // One look at the journal for all of them: each by itself would take and give back a lock.
        let sql = self.sql.unchecked_transaction()?;
        let mut made: Vec<Made> = Vec::with_capacity(revisions.len());
        let mut newest: HashMap<Seq, usize> = HashMap::new();
        for (group, revision) in revisions {
            let one = match revision {
                NewRevision::Encoded(encoded) => {
                    let body = self.packer.pack_analysis(&encoded.plain);
                    Made { group, encoded, body, dictionary: None }
                }
                NewRevision::Recount(counts) => {
                    let made_last = newest.get(&group).map(|at| Last::new(&made[*at].encoded, &made[*at].body));
                    let last = match made_last.or_else(|| plan.last(group)) {
                        Some(last) => Some(last),
                        None => last(&sql, &mut self.unpacker, group)?,
                    };
                    let Some(Last { plain, rank, body }) = last else { continue };
                    let Some(body) = body::recount(&counts, &body) else { return Ok(None) };
                    let dictionary = body::dictionary_of(&body);
                    let encoded = Arc::new(Encoded::recount(plain, rank, counts));
                    Made { group, encoded, body, dictionary }
                }
            };
            newest.insert(group, made.len());
            made.push(one);
        }
        Ok(Some(made))
    }
}

impl Last {
    fn new(encoded: &Encoded, body: &[u8]) -> Self {
        let rank = (encoded.head.level, encoded.head.priority);
        Self { plain: encoded.plain.clone(), rank, body: body.to_vec() }
    }
}

impl Plan {
    /// What the plan says last of a group.
    fn last(&self, group: Seq) -> Option<Last> {
        let last = self.analyses.iter().rev().find(|one| one.group == group)?;
        Some(Last::new(&last.encoded, &last.body))
    }
}

/// What the journal says last of a group. Read as far as a recount needs it: who wants to know more decodes it.
fn last(sql: &Connection, unpacker: &mut Unpacker, group: Seq) -> rusqlite::Result<Option<Last>> {
    let newest = "SELECT level, priority, body FROM analyses WHERE seq = (SELECT latest FROM groups WHERE number = ?1)";
    let mut statement = sql.prepare_cached(newest)?;
    let columns = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(i64, i64, Vec<u8>)> = statement.query_row([group], columns).optional()?;
    Ok(found.and_then(|(level, priority, body)| {
        let rank = (level_of(level)?, Priority::from_number(priority.try_into().ok()?)?);
        let plain = unpacker.plain_analysis(sql, &body)?.into_owned().into();
        Some(Last { plain, rank, body })
    }))
}
