//! The revisions of one transaction while it is made.

use crate::analysis::{Analysis, Revision};
use crate::journal::{ReadError, Reader, Seq};
use std::collections::HashMap;
use std::sync::Arc;

/// The analyses of a transaction, the newest of each group.
pub(super) type Said = HashMap<u64, Arc<Analysis>>;

/// The revisions of one transaction, and what was said last of each group: in it, in those that are on their way, or in
/// the journal.
pub(super) struct Revisions<'a> {
    reader: &'a mut Reader,
    pending: Vec<&'a Said>,
    pub made: Vec<(Seq, Revision)>,
    said: Said,
    error: Option<ReadError>,
}

impl<'a> Revisions<'a> {
    pub fn new(reader: &'a mut Reader, pending: Vec<&'a Said>) -> Self {
        Self { reader, pending, made: Vec::new(), said: Said::new(), error: None }
    }

    /// What was said last; its counts may be older than the newest.
    pub fn newest(&mut self, number: u64) -> Option<Analysis> {
        let mut newest_first = std::iter::once(&self.said).chain(self.pending.iter().rev().copied());
        if let Some(analysis) = newest_first.find_map(|said| said.get(&number)) {
            return Some(Analysis::clone(analysis));
        }
        match self.reader.latest(Seq::new(number)) {
            Ok(found) => found.map(|stored| Arc::unwrap_or_clone(stored.analysis)),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    pub fn extend(&mut self, revisions: impl IntoIterator<Item = (u64, Revision)>) {
        for (number, revision) in revisions {
            if let Revision::Analysis(analysis) = &revision {
                self.said.insert(number, Arc::clone(analysis));
            }
            self.made.push((Seq::new(number), revision));
        }
    }

    /// What was made; an error where the journal could not be read on the way: nothing may be committed then.
    pub fn finish(self) -> Result<(Vec<(Seq, Revision)>, Said), ReadError> {
        self.error.map_or(Ok((self.made, self.said)), Err)
    }
}
