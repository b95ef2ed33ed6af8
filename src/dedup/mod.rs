//! Folds near-identical alerts into groups.

mod clocks;
mod command;
mod engine;
mod exemplars;
mod explain;
mod fields;
mod flood;
mod group;
mod hash;
mod ids;
mod mask;
mod network;
mod normal;
mod observed;
mod order;
mod parents;
mod parts;
mod revision;
mod rules;
mod sample;
mod settings;
mod snapshot;
mod table;
mod workload;

pub use engine::{Dedup, Stats};
pub use explain::{Difference, Explanation, explain};
pub use ids::{Fingerprint, GroupId, ParseGroupIdError};
pub use observed::{Decision, Joined, Observed, WildField};
pub use revision::{Distinct, GroupView, Reason, State};
pub use settings::{Mode, Nanos, RuleSettings, Scope, Settings};
pub use snapshot::{Change, OTHER_RECORDS, RestoreError};
