//! Analyses as bytes, made where the analysis is made, while its parts are in that core's cache: the threads that write
//! and send it have a few long runs of bytes to read instead of a hundred short ones that another core has written. What
//! only counts anew is the journal's own bytes with the counts beside them.

use crate::alert::{Priority, Time};
use crate::analysis::{Analysis, Level, Revision, revise};
use crate::dedup::{Distinct, GroupId, GroupView, State};
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

/// An analysis as bytes.
#[derive(Debug, PartialEq)]
pub struct Encoded {
    pub(super) head: Head,
    /// MessagePack, as lists and not maps: fields are only ever added at the end, with a default.
    pub(super) plain: Bytes,
    /// Newer counts than those in there.
    counts: Option<Box<GroupView>>,
    /// What its watchers are sent, where that is made already; opaque here.
    message: Option<Bytes>,
}

/// Bytes of room that are kept for the next analysis.
const ROOM: usize = 256 * 1024;

impl Encoded {
    /// The analysis, without a message for watchers, written in `room`.
    ///
    /// # Errors
    /// Where the analysis has no form as MessagePack.
    pub fn new(analysis: &Analysis, room: &mut Vec<u8>) -> Result<Self, EncodeError> {
        room.clear();
        rmp_serde::encode::write(room, analysis)?;
        let plain = Bytes::copy_from_slice(room);
        Ok(Self { head: Head::of(analysis), plain, counts: None, message: None })
    }

    /// What was said of a group as MessagePack, how bad and how urgent, with newer counts.
    pub(super) fn recount(plain: Bytes, (level, priority): (Level, Priority), counts: GroupView) -> Self {
        let GroupView { id, revision, state, last, .. } = counts;
        let head = Head { id, revision, state, last, level, priority };
        Self { head, plain, counts: Some(Box::new(counts)), message: None }
    }

    /// The analysis again; `None` where the bytes, which may be the journal's own, are damaged.
    pub fn decode(&self) -> Option<Analysis> {
        let analysis = rmp_serde::from_slice(&self.plain).ok()?;
        Some(match &self.counts {
            Some(counts) => revise(analysis, GroupView::clone(counts)),
            None => analysis,
        })
    }

    /// How bad it is, without decoding it.
    pub fn level(&self) -> Level {
        self.head.level
    }

    /// How urgent its opening alert is, without decoding it.
    pub fn priority(&self) -> Priority {
        self.head.priority
    }

    /// What its watchers are sent, where that is made already.
    pub fn message(&self) -> Option<&Bytes> {
        self.message.as_ref()
    }

    /// Bytes in memory.
    pub fn size(&self) -> usize {
        let counts = self.counts.as_deref().map_or(0, counts_size);
        self.plain.len() + counts + self.message.as_ref().map_or(0, Bytes::len)
    }
}

/// An analysis that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("an analysis has no form as bytes: {0}")]
pub struct EncodeError(#[from] rmp_serde::encode::Error);

/// A revision on its way into the journal.
#[derive(Debug, Clone)]
pub enum NewRevision {
    /// All that is said from now on.
    Encoded(Arc<Encoded>),
    /// What was said last, with these counts.
    Recount(GroupView),
}

impl NewRevision {
    /// The revision as bytes, with what its watchers are sent, where `message` makes that of the analysis. `room` is used
    /// again and again.
    ///
    /// # Errors
    /// Where the analysis has no form as bytes.
    pub fn new(
        revision: Revision,
        message: impl FnOnce(Analysis, &mut Vec<u8>) -> Option<Bytes>,
        room: &mut Vec<u8>,
    ) -> Result<Self, EncodeError> {
        Ok(match revision {
            Revision::Analysis(analysis) => {
                let encoded = Encoded::new(&analysis, room)?;
                let message = message(*analysis, room);
                room.clear();
                room.shrink_to(ROOM);
                Self::Encoded(Arc::new(Encoded { message, ..encoded }))
            }
            Revision::Recount(counts) => Self::Recount(counts),
        })
    }

    /// A whole analysis, without a message for watchers: that is made when one is sent.
    ///
    /// # Errors
    /// Where the analysis has no form as bytes.
    pub fn whole(analysis: &Analysis) -> Result<Self, EncodeError> {
        Encoded::new(analysis, &mut Vec::new()).map(Arc::new).map(Self::Encoded)
    }
}

/// Bytes that counts take in memory, with the sample of values that differ.
fn counts_size(counts: &GroupView) -> usize {
    let text = |text: &String| size_of::<String>() + text.len();
    let distinct =
        |one: &Distinct| size_of::<Distinct>() + one.field.len() + one.values.iter().map(text).sum::<usize>();
    size_of::<GroupView>() + counts.distinct.iter().map(distinct).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::analysis;

    #[test]
    fn an_analysis_is_the_same_after_encoding() {
        let mut room = Vec::new();
        // The second needs less of the room than the first has left in it.
        for title in ["a title that is long".repeat(100), "a title".to_owned()] {
            let one = analysis(&title, 7, 3);
            let message = |given, _: &mut Vec<u8>| {
                assert_eq!(given, one);
                Some(Bytes::from_static(b"a message"))
            };
            let made = NewRevision::new(one.clone().into(), message, &mut room).unwrap();
            let NewRevision::Encoded(encoded) = made else { panic!("{made:?}") };
            assert_eq!(encoded.head, Head::of(&one));
            assert_eq!(encoded.message().map(Bytes::as_ref), Some(b"a message".as_slice()));
            assert_eq!(encoded.decode().as_ref(), Some(&one));
            assert_eq!((encoded.level(), encoded.priority()), (one.verdict.level, one.opening.priority()));
        }
    }
}
