//! Works out for a group what happened, how bad it is, why we think so and what to do.

pub mod benign;
mod benign_hit;
pub mod facts;
pub mod indicators;
mod model;
pub mod past;
pub mod paths;
pub mod redact;
pub mod rules;
pub mod steps;
pub mod tuning;
pub mod verdict;

pub use benign_hit::{BenignHit, Strength};
pub use facts::Facts;
pub use model::{
    Analysis, Condition, Evidence, Exception, Explanation, History, Level, Likelihood, Narrative, Related, Step,
    StepKind, Technique, Tuning, Verdict,
};
