//! What dedup says about a group each time that it is worth saying: the input of an analysis.

use super::{Fingerprint, GroupId};
use crate::alert::Time;
use serde::{Deserialize, Serialize};

/// Where a group stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// The first alert has come.
    Opened,
    /// More has come since.
    Updated,
    /// Idle, at its longest, or closed early; a late member still gives an `Updated`.
    Closed,
}

/// Why a revision is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The group's first alert.
    First,
    /// The group reached 10, 100, 1,000 ... repeats.
    Milestone,
    /// The group is still active after the repeat interval.
    StillActive,
    /// A member's verdict is worse than the group's so far.
    VerdictRose,
    /// A member came after the group had been announced as closed.
    LateMember,
    /// No member for the idle time.
    Idle,
    /// The window reached its longest.
    Longest,
    /// Closed early because the table of live groups is full.
    Evicted,
    /// The input has ended (offline).
    EndOfInput,
    /// The LLM's narrative has come.
    Narrative,
}

/// A bounded sample of the distinct values of one masked or volatile place, so that what was folded can be seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distinct {
    /// The field (`proc.pid`, `fd.name`), or `variants` for the spellings of the command line.
    pub field: String,
    /// The first distinct values seen, at most a handful, each cut to a readable length.
    pub values: Vec<String>,
    /// How many distinct values there were; an estimate where `estimated`.
    pub count: u64,
    /// True where more values came than are counted exactly.
    pub estimated: bool,
}

/// A group as of one revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupView {
    /// The group.
    pub id: GroupId,
    /// What its members share.
    pub fingerprint: Fingerprint,
    /// Revisions count from 1.
    pub revision: u32,
    /// Where the group stands.
    pub state: State,
    /// Why this revision is given out.
    pub reason: Reason,
    /// How many alerts have joined.
    pub count: u64,
    /// The earliest member's event time.
    pub first: Time,
    /// The latest member's event time.
    pub last: Time,
    /// The mean gap between members in event time and its standard deviation, in nanoseconds; for three members or more.
    pub gap: Option<(i64, i64)>,
    /// What was folded.
    pub distinct: Vec<Distinct>,
}
