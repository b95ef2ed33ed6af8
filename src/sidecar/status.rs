//! How the program is: gathered for `GetStatus`, for the metrics and for health.

use crate::alert::Time;
use crate::config::Config;
use crate::journal::{Health, Journal};
use crate::listen::Address;
use crate::narrator;
use crate::pipeline::Progress;
use crate::serve::metrics::{HttpSourceMetrics, JournalMetrics, Metrics, Sheet};
use crate::serve::service::{Report, SourceReport};
use crate::source::{SourceState, StatusReader, http};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;
use tokio::sync::watch;

/// Everything that says how the program is.
pub(super) struct Reports {
    start: Time,
    path: PathBuf,
    journal: Journal,
    progress: watch::Receiver<Progress>,
    falco: Option<(String, StatusReader)>,
    http: Option<(Address, Arc<http::Counters>)>,
    narrator: Arc<narrator::Counters>,
}

impl Reports {
    pub(super) fn new(config: &Config, journal: Journal, progress: watch::Receiver<Progress>) -> Self {
        Self {
            start: super::intake::now(),
            path: config.journal.path.clone(),
            journal,
            progress,
            falco: None,
            http: None,
            narrator: Arc::default(),
        }
    }

    pub(super) fn falco(&mut self, address: String, status: StatusReader) {
        self.falco = Some((address, status));
    }

    pub(super) fn http(&mut self, address: Address, counters: Arc<http::Counters>) {
        self.http = Some((address, counters));
    }

    pub(super) fn narrator(&self) -> Arc<narrator::Counters> {
        Arc::clone(&self.narrator)
    }

    /// As `GetStatus` has it.
    pub(super) fn now(&self) -> Report {
        let progress = self.progress.borrow();
        let falco = self.falco.iter().map(|(address, status)| falco_report(address, status));
        let http = self.http.iter().map(|(address, counters)| SourceReport {
            name: "http".to_owned(),
            address: address.to_string(),
            connected: true,
            detail: "listening".to_owned(),
            received: counters.received(),
            duplicates: counters.duplicates(),
            malformed: counters.malformed(),
            last: counters.last(),
        });
        Report {
            start: self.start,
            sources: falco.chain(http).collect(),
            journal: self.path.clone(),
            live_groups: progress.groups.live as u64,
            evicted_groups: progress.groups.evicted,
        }
    }

    /// Whether alerts can be kept: what a probe wants to know.
    pub(super) fn well(&self) -> Result<(), String> {
        match self.journal.status().health {
            Health::Ok => Ok(()),
            Health::Full { reason, .. } => Err(format!("the journal's storage is full: {reason}")),
            Health::Failed(reason) => Err(format!("the journal has failed: {reason}")),
        }
    }

    /// The metrics of journal, sources, pipeline and narrator.
    pub(super) fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::new();
        metrics.collect(JournalMetrics(self.journal.clone()));
        metrics.collect(PipelineMetrics(self.progress.clone(), Arc::clone(&self.narrator)));
        if let Some((_, counters)) = &self.http {
            metrics.collect(HttpSourceMetrics(Arc::clone(counters)));
        }
        if let Some((_, status)) = &self.falco {
            metrics.collect(FalcoMetrics(status.clone()));
        }
        metrics
    }
}

fn falco_report(address: &str, status: &StatusReader) -> SourceReport {
    let (connected, detail) = match &*status.state.borrow() {
        SourceState::Connected { version } => (true, format!("Falco {version}")),
        SourceState::Unreachable { why, .. } => (false, why.clone()),
        other => (false, other.name().to_owned()),
    };
    SourceReport {
        name: "falco".to_owned(),
        address: address.to_owned(),
        connected,
        detail,
        received: status.counters.received(),
        duplicates: status.counters.duplicates(),
        malformed: status.counters.malformed(),
        last: status.counters.last_received().map(time_of),
    }
}

fn time_of(time: SystemTime) -> Time {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[derive(Debug)]
struct PipelineMetrics(watch::Receiver<Progress>, Arc<narrator::Counters>);

impl Collector for PipelineMetrics {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let mut sheet = Sheet(encoder);
        let progress = self.0.borrow().clone();
        sheet.gauge("groups_live", "Groups that can still grow", progress.groups.live as u64)?;
        sheet.counter("groups_opened", "Groups opened", progress.groups.opened)?;
        sheet.counter("groups_evicted", "Groups closed early: the table was full", progress.groups.evicted)?;
        let asked = [
            ("accepted", &self.1.accepted),
            ("cached", &self.1.cached),
            ("rejected", &self.1.rejected),
            ("failed", &self.1.failed),
            ("skipped", &self.1.skipped),
        ];
        let asked: Vec<_> =
            asked.iter().map(|(name, count)| ((*name).to_owned(), count.load(Ordering::Relaxed))).collect();
        sheet.counters("narratives", "Narratives of the language model, by what became of them", "result", &asked)
    }
}

#[derive(Debug)]
struct FalcoMetrics(StatusReader);

impl Collector for FalcoMetrics {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let mut sheet = Sheet(encoder);
        let counters = &self.0.counters;
        let state = self.0.state.borrow().clone();
        let version = match &state {
            SourceState::Connected { version } => version.clone(),
            _ => String::new(),
        };
        let connected = u64::from(matches!(state, SourceState::Connected { .. }));
        sheet.gauges("falco_connected", "1 while connected, by Falco's version", "version", &[(version, connected)])?;
        sheet.counter("falco_alerts_received", "Alerts received over gRPC", counters.received())?;
        sheet.counter("falco_alerts_malformed", "Messages that were no alert", counters.malformed())?;
        sheet.counter("falco_alerts_discarded", "Alerts lost: storage was full for too long", counters.discarded())?;
        sheet.counter("falco_sessions", "Connections made to Falco", counters.sessions())
    }
}
