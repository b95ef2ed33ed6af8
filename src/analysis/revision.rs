//! What is new about a group.

use super::{Analysis, revise};
use crate::dedup::GroupView;

/// The next revision of what is said about a group.
#[derive(Debug, Clone, PartialEq)]
pub enum Revision {
    /// All that is said from now on.
    Analysis(Box<Analysis>),
    /// What was said last, with these counts. Who closes a group need not know what was said of it.
    Recount(GroupView),
}

impl Revision {
    /// The analysis, where `last` gives the group's newest one. A recount is nothing where nothing is kept any more.
    pub fn upon(self, last: impl FnOnce() -> Option<Analysis>) -> Option<Analysis> {
        match self {
            Self::Analysis(analysis) => Some(*analysis),
            Self::Recount(group) => Some(revise(last()?, group)),
        }
    }
}

impl From<Analysis> for Revision {
    fn from(analysis: Analysis) -> Self {
        Self::Analysis(Box::new(analysis))
    }
}
