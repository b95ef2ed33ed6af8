//! Closed sets, word by word.

use crate::serve::proto;
use crate::{alert, analysis, dedup};

/// Falco's priority as ours: `lanner.v1` keeps 0 for "not set", so numbers are one higher than Falco's.
pub fn priority(priority: alert::Priority) -> proto::Priority {
    match priority {
        alert::Priority::Emergency => proto::Priority::Emergency,
        alert::Priority::Alert => proto::Priority::Alert,
        alert::Priority::Critical => proto::Priority::Critical,
        alert::Priority::Error => proto::Priority::Error,
        alert::Priority::Warning => proto::Priority::Warning,
        alert::Priority::Notice => proto::Priority::Notice,
        alert::Priority::Informational => proto::Priority::Informational,
        alert::Priority::Debug => proto::Priority::Debug,
    }
}

/// How bad a group is.
pub fn level(level: analysis::Level) -> proto::Level {
    match level {
        analysis::Level::Expected => proto::Level::Expected,
        analysis::Level::Review => proto::Level::Review,
        analysis::Level::Malicious => proto::Level::Malicious,
    }
}

/// Where a group stands.
pub fn state(state: dedup::State) -> proto::State {
    match state {
        dedup::State::Opened => proto::State::Opened,
        dedup::State::Updated => proto::State::Updated,
        dedup::State::Closed => proto::State::Closed,
    }
}

/// Why a revision was given out.
pub fn reason(reason: dedup::Reason) -> proto::Reason {
    match reason {
        dedup::Reason::First => proto::Reason::First,
        dedup::Reason::Milestone => proto::Reason::Milestone,
        dedup::Reason::StillActive => proto::Reason::StillActive,
        dedup::Reason::VerdictRose => proto::Reason::VerdictRose,
        dedup::Reason::LateMember => proto::Reason::LateMember,
        dedup::Reason::Idle => proto::Reason::Idle,
        dedup::Reason::Longest => proto::Reason::Longest,
        dedup::Reason::Evicted => proto::Reason::Evicted,
        dedup::Reason::EndOfInput => proto::Reason::EndOfInput,
        dedup::Reason::Narrative => proto::Reason::Narrative,
    }
}

/// How likely an explanation is.
pub fn likelihood(likelihood: analysis::Likelihood) -> proto::Likelihood {
    match likelihood {
        analysis::Likelihood::Likely => proto::Likelihood::Likely,
        analysis::Likelihood::Possible => proto::Likelihood::Possible,
        analysis::Likelihood::Unlikely => proto::Likelihood::Unlikely,
    }
}

/// What a step is for.
pub fn step_kind(kind: analysis::StepKind) -> proto::StepKind {
    match kind {
        analysis::StepKind::Investigate => proto::StepKind::Investigate,
        analysis::StepKind::Contain => proto::StepKind::Contain,
        analysis::StepKind::Prevent => proto::StepKind::Prevent,
    }
}
