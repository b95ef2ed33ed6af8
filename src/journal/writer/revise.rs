//! Makes bodies of revisions. One that only counts anew rests on the group's newest body, wherever that is.

use super::Writer;
use super::plan::Plan;
use crate::analysis::{Analysis, revise};
use crate::journal::body::Unpacker;
use crate::journal::encoded::Head;
use crate::journal::{Form, NewRevision, Seq, body};
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::sync::Arc;

/// A revision ready to be written.
pub(super) struct Made {
    pub group: Seq,
    pub head: Head,
    pub form: Form,
    pub body: Vec<u8>,
    /// The dictionary of a body that was taken over.
    pub dictionary: Option<u32>,
}

impl Writer {
    /// Bodies for all revisions, in order, without the recounts of groups of which nothing is kept (or can be read) any
    /// more; `None` where an analysis has no form as bytes.
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
                    Made { group, head: encoded.head, form: Form::Encoded(encoded), body, dictionary: None }
                }
                NewRevision::Recount(counts) => {
                    let made_last = newest.get(&group).map(|at| (&made[*at].form, &made[*at].body));
                    let last = match made_last.or_else(|| plan.last(group)) {
                        Some((form, body)) => form.decode().map(|last| (Arc::unwrap_or_clone(last), body.clone())),
                        None => last(&sql, &mut self.unpacker, group)?,
                    };
                    let Some((last, body)) = last else { continue };
                    let analysis = Arc::new(revise(last, counts));
                    let Some(body) = body::recount(&analysis, &body) else { return Ok(None) };
                    let dictionary = body::dictionary_of(&body);
                    Made { group, head: Head::of(&analysis), form: Form::Decoded(analysis), body, dictionary }
                }
            };
            newest.insert(group, made.len());
            made.push(one);
        }
        Ok(Some(made))
    }
}

impl Plan {
    /// What the plan says last of a group, and its body.
    fn last(&self, group: Seq) -> Option<(&Form, &Vec<u8>)> {
        let last = self.analyses.iter().rev().find(|one| one.group == group)?;
        Some((&last.form, &last.body))
    }
}

/// What the journal says last of a group, and its body.
fn last(sql: &Connection, unpacker: &mut Unpacker, group: Seq) -> rusqlite::Result<Option<(Analysis, Vec<u8>)>> {
    let newest = "SELECT body FROM analyses WHERE seq = (SELECT latest FROM groups WHERE number = ?1)";
    let mut statement = sql.prepare_cached(newest)?;
    let body: Option<Vec<u8>> = statement.query_row([group], |row| row.get(0)).optional()?;
    Ok(body.and_then(|body| Some((unpacker.decode(sql, &body)?.0, body))))
}
