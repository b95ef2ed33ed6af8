//! What a language model is asked about an analysis, and what is accepted of its answer. Pure: the asking itself is in
//! [`crate::narrator`].
//!
//! Constraints:
//! - It adds words. It cannot change a verdict, evidence, steps or tuning: nothing of its answer is ever read as such.
//! - All text from alerts is redacted and fenced; the fence cannot be known when the text is written.
//! - An answer is checked for schema, length, invented values, commands and reassurance; what fails is dropped whole.

mod check;
mod prompt;

pub use check::{Answer, Rejected, check, still_holds};
pub use prompt::{Prompt, Size};
