//! How the journal is doing.

use super::Seq;
use std::time::Instant;

/// How storage is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Health {
    /// Writes succeed.
    #[default]
    Ok,
    /// Writes fail for lack of room (or the journal is at its bound and the pipeline has not read what could go);
    /// they are tried again until they succeed.
    Full {
        /// Since when.
        since: Instant,
        /// What storage said.
        reason: String,
    },
    /// Storage has failed for good; a restart is needed.
    Failed(String),
}

/// Sizes, ends and counters. Counters count from the start of the process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// How storage is doing.
    pub health: Health,
    /// The oldest alert kept; one more than `newest_alert` where none is.
    pub oldest_alert: Seq,
    /// The newest alert.
    pub newest_alert: Seq,
    /// The oldest analysis kept; one more than `newest_analysis` where none is.
    pub oldest_analysis: Seq,
    /// The newest analysis.
    pub newest_analysis: Seq,
    /// How far the pipeline has come in the alerts.
    pub cursor: Seq,
    /// Bytes of the database file.
    pub file_bytes: u64,
    /// Bytes in the database file that are free for use.
    pub free_bytes: u64,
    /// Bytes of the write-ahead log.
    pub wal_bytes: u64,
    /// Bytes waiting in memory, not yet durable.
    pub buffered_bytes: u64,
    /// Alerts appended.
    pub accepted: u64,
    /// Alerts that were there already.
    pub duplicates: u64,
    /// Analyses written.
    pub analyses: u64,
    /// Transactions committed.
    pub transactions: u64,
    /// Transactions that failed and were tried again.
    pub retries: u64,
    /// Alerts removed by retention.
    pub removed_alerts: u64,
    /// Analyses removed by retention.
    pub removed_analyses: u64,
    /// Chunks that were merged into larger ones.
    pub merged_chunks: u64,
}
