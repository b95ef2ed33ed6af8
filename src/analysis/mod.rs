//! Works out for a group what happened, how bad it is, why we think so and what to do.

mod model;
pub mod rules;

pub use model::{
    Analysis, Condition, Evidence, Exception, Explanation, History, Level, Likelihood, Narrative, Related, Step,
    StepKind, Technique, Tuning, Verdict,
};
