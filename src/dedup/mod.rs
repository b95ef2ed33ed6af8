//! Folds near-identical alerts into groups.

mod ids;
mod revision;

pub use ids::{Fingerprint, GroupId, ParseGroupIdError};
pub use revision::{Distinct, GroupView, Reason, State};
