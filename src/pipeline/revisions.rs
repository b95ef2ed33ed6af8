//! The revisions of one transaction while it is made.

use super::{MakeMessage, PipelineError};
use crate::analysis::{Analysis, Revision};
use crate::journal::{EncodeError, Encoded, NewRevision, Reader, Seq};
use std::collections::HashMap;
use std::sync::Arc;

/// The analyses of a transaction, the newest of each group.
pub(super) type Said = HashMap<u64, Arc<Encoded>>;

/// The revisions of one transaction, and what was said last of each group: in it, in those that are on their way, or in
/// the journal.
pub(super) struct Revisions<'a> {
    reader: &'a mut Reader,
    pending: Vec<&'a Said>,
    message: &'a MakeMessage,
    room: &'a mut Vec<u8>,
    pub made: Vec<(Seq, NewRevision)>,
    said: Said,
    error: Option<PipelineError>,
}

impl<'a> Revisions<'a> {
    pub fn new(
        reader: &'a mut Reader,
        pending: Vec<&'a Said>,
        message: &'a MakeMessage,
        room: &'a mut Vec<u8>,
    ) -> Self {
        Self { reader, pending, message, room, made: Vec::new(), said: Said::new(), error: None }
    }

    /// What was said last; its counts may be older than the newest.
    pub fn newest(&mut self, number: u64) -> Option<Analysis> {
        let mut newest_first = std::iter::once(&self.said).chain(self.pending.iter().rev().copied());
        if let Some(encoded) = newest_first.find_map(|said| said.get(&number)) {
            let decoded = encoded.decode();
            if decoded.is_none() {
                self.error = Some(PipelineError::State("an analysis that was just made cannot be read".to_owned()));
            }
            return decoded;
        }
        match self.reader.latest(Seq::new(number)) {
            Ok(found) => found.map(|stored| Arc::unwrap_or_clone(stored.analysis)),
            Err(error) => {
                self.error = Some(error.into());
                None
            }
        }
    }

    pub fn extend(&mut self, revisions: impl IntoIterator<Item = (u64, Revision)>) -> Result<(), EncodeError> {
        for (number, revision) in revisions {
            let revision = NewRevision::new(revision, self.message, self.room)?;
            if let NewRevision::Encoded(encoded) = &revision {
                self.said.insert(number, Arc::clone(encoded));
            }
            self.made.push((Seq::new(number), revision));
        }
        Ok(())
    }

    /// What was made; an error where something could not be read on the way: nothing may be committed then.
    pub fn finish(self) -> Result<(Vec<(Seq, NewRevision)>, Said), PipelineError> {
        self.error.map_or(Ok((self.made, self.said)), Err)
    }
}
