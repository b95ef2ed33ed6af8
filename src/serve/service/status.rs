//! How lanner is.

use super::Service;
use crate::alert::Time;
use crate::journal::Health;
use crate::serve::proto;
use std::path::PathBuf;
use std::sync::Arc;

/// What the running program knows of itself beyond the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Since when it runs.
    pub start: Time,
    /// Where alerts come from.
    pub sources: Vec<SourceReport>,
    /// The journal's file.
    pub journal: PathBuf,
    /// Groups that can still grow.
    pub live_groups: u64,
    /// Groups closed early because the table was full.
    pub evicted_groups: u64,
}

/// How a source is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceReport {
    /// `falco`, `http`, ...
    pub name: String,
    /// The address that it connects to or listens on.
    pub address: String,
    /// Connected, or listening.
    pub connected: bool,
    /// Falco's version, or why it is not connected.
    pub detail: String,
    /// Alerts received.
    pub received: u64,
    /// Alerts that were in the journal already.
    pub duplicates: u64,
    /// Messages that were no alert.
    pub malformed: u64,
    /// When the last alert came.
    pub last: Option<Time>,
}

/// Asked once a call: gathers the report. Must not block.
pub type StatusSource = Arc<dyn Fn() -> Report + Send + Sync>;

impl Service {
    pub(super) fn now(&self) -> proto::GetStatusResponse {
        let report = (self.status)();
        let journal = self.journal.status();
        let health = match &journal.health {
            Health::Ok => "ok".to_owned(),
            Health::Full { since, reason } => format!("full for {} s: {reason}", since.elapsed().as_secs()),
            Health::Failed(reason) => format!("failed: {reason}"),
        };
        proto::GetStatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            start_time: Some(report.start.into()),
            sources: report.sources.into_iter().map(source).collect(),
            journal: Some(proto::JournalStatus {
                path: report.journal.display().to_string(),
                id: self.journal.id().to_string(),
                size_bytes: journal.file_bytes + journal.wal_bytes,
                newest_alert: journal.newest_alert.get(),
                oldest_alert: journal.oldest_alert.get(),
                newest_analysis: journal.newest_analysis.get(),
                oldest_analysis: journal.oldest_analysis.get(),
                health,
            }),
            pipeline: Some(proto::PipelineStatus {
                cursor: journal.cursor.get(),
                backlog: journal.newest_alert.get().saturating_sub(journal.cursor.get()),
                live_groups: report.live_groups,
                evicted_groups: report.evicted_groups,
            }),
            watchers: self.watches.count() as u32,
        }
    }
}

fn source(source: SourceReport) -> proto::SourceStatus {
    proto::SourceStatus {
        name: source.name,
        address: source.address,
        connected: source.connected,
        detail: source.detail,
        received: source.received,
        duplicates: source.duplicates,
        malformed: source.malformed,
        last_time: source.last.map(Into::into),
    }
}
