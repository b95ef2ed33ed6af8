//! Makes bodies of revisions. One that only counts anew rests on the group's newest body, wherever that is.

use super::Writer;
use super::plan::Plan;
use crate::analysis::{Analysis, Revision};
use crate::journal::{Seq, body};
use rusqlite::OptionalExtension;
use std::collections::HashMap;
use std::sync::Arc;

/// A revision ready to be written.
pub(super) struct Made {
    pub group: Seq,
    pub analysis: Arc<Analysis>,
    pub body: Vec<u8>,
    /// The dictionary of a body that was taken over.
    pub dictionary: Option<u32>,
}

impl Writer {
    /// Bodies for all revisions, in order, without the recounts of groups of which nothing is kept (or can be read) any
    /// more; `None` where an analysis has no MessagePack form.
    pub(super) fn make(&mut self, plan: &Plan, revisions: Vec<(Seq, Revision)>) -> rusqlite::Result<Option<Vec<Made>>> {
        let mut made: Vec<Made> = Vec::with_capacity(revisions.len());
        let mut newest: HashMap<Seq, usize> = HashMap::new();
        for (group, revision) in revisions {
            let (analysis, body, dictionary) = match revision {
                Revision::Analysis(analysis) => {
                    let Some(body) = self.packer.encode(&analysis) else { return Ok(None) };
                    (analysis, body, None)
                }
                recount @ Revision::Recount(_) => {
                    let last = match newest.get(&group) {
                        Some(at) => Some((Analysis::clone(&made[*at].analysis), made[*at].body.clone())),
                        None => self.last(plan, group)?,
                    };
                    let Some((last, body)) = last else { continue };
                    let Some(analysis) = recount.upon(|| Some(last)) else { continue };
                    let Some(body) = body::recount(&analysis, &body) else { return Ok(None) };
                    let dictionary = body::dictionary_of(&body);
                    (analysis, body, dictionary)
                }
            };
            newest.insert(group, made.len());
            made.push(Made { group, analysis, body, dictionary });
        }
        Ok(Some(made))
    }

    /// What was said last of a group, and its body: in the plan, or in the journal.
    fn last(&mut self, plan: &Plan, group: Seq) -> rusqlite::Result<Option<(Analysis, Vec<u8>)>> {
        if let Some(last) = plan.analyses.iter().rev().find(|one| one.group == group) {
            return Ok(Some((Analysis::clone(&last.analysis), last.body.clone())));
        }
        let newest = "SELECT body FROM analyses WHERE seq = (SELECT latest FROM groups WHERE number = ?1)";
        let mut statement = self.sql.prepare_cached(newest)?;
        let body: Option<Vec<u8>> = statement.query_row([group], |row| row.get(0)).optional()?;
        Ok(body.and_then(|body| Some((self.unpacker.decode(&self.sql, &body)?.0, body))))
    }
}
