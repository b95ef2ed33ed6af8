//! From what lanner thinks with to what it sends: domain values as messages of `lanner.v1`, and messages as JSON lines.
//!
//! One direction only: what comes in from outside is a request, and those have readers of their own (`filter`,
//! `cursor`). Conversion never fails; a value that a message cannot hold does not exist in the domain.

mod alert;
mod analysis;
mod grouping;
mod words;

pub use alert::alert;
pub use analysis::{analysis, analysis_id};
pub use grouping::grouping;
pub use words::{level, likelihood, priority, reason, state, step_kind};

use super::proto;

/// The proto3 JSON mapping of an analysis, on one line without the line's end. Keys are in the proto's order and maps
/// are sorted: the same analysis gives the same text.
pub fn to_json(analysis: &proto::Analysis) -> String {
    message_to_json(analysis)
}

/// The proto3 JSON mapping of any message of `lanner.v1`, on one line.
pub fn message_to_json<M: serde::Serialize>(message: &M) -> String {
    // Every map key is a string and every time comes from a `Time`, so serialising cannot fail; were it to, an error
    // on the line is better than a lost line.
    serde_json::to_string(message).unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string())
}

/// A message's time as people read it: RFC 3339 with `Z`; empty outside the years that there are.
pub fn time_text(time: &proto::Timestamp) -> String {
    jiff::Timestamp::new(time.seconds, time.nanos).map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
