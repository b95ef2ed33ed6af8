//! Analyses as bytes, made where the analysis is made, while its parts are in that core's cache: the threads that write
//! and send it have a few long runs of bytes to read instead of a hundred short ones that another core has written.

use crate::alert::{Priority, Time};
use crate::analysis::{Analysis, Level, Revision};
use crate::dedup::{GroupId, GroupView, State};
use bytes::Bytes;
use std::sync::Arc;

/// What the journal looks at in an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub id: GroupId,
    pub revision: u32,
    pub state: State,
    pub last: Time,
    pub level: Level,
    pub priority: Priority,
}

impl Head {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let group = &analysis.group;
        Self {
            id: group.id,
            revision: group.revision,
            state: group.state,
            last: group.last,
            level: analysis.verdict.level,
            priority: analysis.opening.priority(),
        }
    }
}

/// An analysis as bytes. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    pub(super) head: Head,
    /// MessagePack, as lists and not maps: fields are only ever added at the end, with a default. Empty where the analysis
    /// has no such form.
    pub(super) text: Bytes,
    message: Option<Bytes>,
}

/// Bytes of room that are kept for the next analysis.
const ROOM: usize = 256 * 1024;

impl Encoded {
    /// The analysis, and what its watchers are sent, where that is made already; opaque here. `room` is used again and
    /// again.
    pub fn new(analysis: &Analysis, message: Option<Bytes>, room: &mut Vec<u8>) -> Self {
        room.clear();
        if rmp_serde::encode::write(room, analysis).is_err() {
            room.clear();
        }
        let text = Bytes::copy_from_slice(room);
        room.shrink_to(ROOM);
        Self { head: Head::of(analysis), text, message }
    }

    /// The analysis; `None` where it had no form as bytes.
    pub fn decode(&self) -> Option<Analysis> {
        rmp_serde::from_slice(&self.text).ok()
    }
}

/// A revision on its way into the journal.
#[derive(Debug, Clone, PartialEq)]
pub enum NewRevision {
    /// All that is said from now on.
    Encoded(Encoded),
    /// What was said last, with these counts.
    Recount(GroupView),
}

impl From<Analysis> for NewRevision {
    fn from(analysis: Analysis) -> Self {
        Self::Encoded(Encoded::new(&analysis, None, &mut Vec::new()))
    }
}

impl NewRevision {
    /// The revision as bytes, with what its watchers are sent, where `message` makes that.
    pub fn new(revision: Revision, message: impl FnOnce(&Analysis) -> Option<Bytes>, room: &mut Vec<u8>) -> Self {
        match revision {
            Revision::Analysis(analysis) => Self::Encoded(Encoded::new(&analysis, message(&analysis), room)),
            Revision::Recount(counts) => Self::Recount(counts),
        }
    }
}

/// An analysis in memory, as it was at hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// As bytes.
    Encoded(Encoded),
    /// As itself.
    Decoded(Arc<Analysis>),
}

impl Form {
    /// The analysis; `None` where it had no form as bytes.
    pub fn decode(&self) -> Option<Arc<Analysis>> {
        match self {
            Self::Encoded(encoded) => encoded.decode().map(Arc::new),
            Self::Decoded(analysis) => Some(Arc::clone(analysis)),
        }
    }

    /// What its watchers are sent, where that is made already.
    pub fn message(&self) -> Option<&Bytes> {
        match self {
            Self::Encoded(encoded) => encoded.message.as_ref(),
            Self::Decoded(_) => None,
        }
    }

    /// Bytes in memory; where it is decoded about, without looking at each of its texts.
    pub fn size(&self) -> usize {
        match self {
            Self::Encoded(encoded) => encoded.text.len() + encoded.message.as_ref().map_or(0, Bytes::len),
            Self::Decoded(analysis) => 6 * 1024 + 2 * analysis.opening.size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::analysis;

    #[test]
    fn an_analysis_is_the_same_after_encoding() {
        let one = analysis("a title", 7, 3);
        let mut room = Vec::new();
        let encoded = Encoded::new(&one, Some(Bytes::from_static(b"a message")), &mut room);
        assert_eq!(encoded.head, Head::of(&one));
        let form = Form::Encoded(encoded);
        assert_eq!(form.decode().as_deref(), Some(&one));
        assert_eq!(form.message().map(Bytes::as_ref), Some(b"a message".as_slice()));
        assert_eq!(Form::Decoded(Arc::new(one.clone())).decode().as_deref(), Some(&one));
    }
}
