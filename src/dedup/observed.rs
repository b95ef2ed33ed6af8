//! What dedup says about one alert.

use super::{GroupId, GroupView, Reason, wild};
use crate::alert::Alert;

/// What became of one alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The sequence number of the alert that opened the group: the group's number.
    pub number: u64,
    /// The group.
    pub group: GroupId,
    /// Whether the alert opened it.
    pub decision: Decision,
    /// Why it joined.
    pub joined: Joined,
    /// True for a repeat that differs from all members so far in more than masked values: the pipeline analyses it
    /// too, since the group's verdict is the worst of its members'.
    pub new_variant: bool,
    /// Why a revision is due now, if one is; the pipeline then calls [`announce`](super::Dedup::announce).
    pub due: Option<Reason>,
    /// Groups that ended because of this alert: closed early for lack of room, at their longest, or forgotten before
    /// they were announced as idle. Their closing revisions are made already.
    pub evicted: Vec<(u64, GroupView)>,
    /// An alert of lanner's own about a flood of new groups; once a workload and period.
    pub notice: Option<Alert>,
}

/// Whether an alert is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It opened a group.
    Opened,
    /// It is one more of a group.
    Repeat,
}

/// Why an alert is in its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// It opened the group.
    Opened,
    /// Everything that identifies is equal.
    Same,
    /// Equal but for a field that one side does not have: a parent lost in a container's start, or what comes late.
    Wildcard(WildField),
    /// One command line is the other's pipeline cut short, the missing stages being text filters.
    CutPipeline,
}

/// A field that may be absent on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WildField(pub(super) u8);

impl std::fmt::Display for WildField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        wild::write_wild_name(self.0, f)
    }
}

impl std::fmt::Display for Joined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Opened => f.write_str("it opened the group"),
            Self::Same => f.write_str("everything that identifies is equal"),
            Self::Wildcard(field) => write!(f, "equal, {field} being known on one side only"),
            Self::CutPipeline => f.write_str("one is the other's pipeline without trailing text filters"),
        }
    }
}
