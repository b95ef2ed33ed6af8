//! Metrics that are read from their owners when somebody asks.

use crate::journal::{Health, Journal};
use crate::listen::{Address, Protection};
use crate::serve::watch::Watches;
use crate::source::http::Counters;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt::{Debug, Error, Formatter};
use std::sync::Arc;

/// The journal and how far the pipeline is in it.
pub struct JournalMetrics(pub Journal);

/// What listeners turned away.
#[derive(Debug)]
pub struct ListenerMetrics(pub Vec<(Address, Protection)>);

/// Who follows.
#[derive(Debug)]
pub struct WatcherMetrics(pub Watches);

/// What came over HTTP.
#[derive(Debug)]
pub struct HttpSourceMetrics(pub Arc<Counters>);

impl Debug for JournalMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("JournalMetrics").finish_non_exhaustive()
    }
}

impl Collector for JournalMetrics {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), Error> {
        let mut sheet = Sheet(encoder);
        let status = self.0.status();
        sheet.counter("journal_alerts", "Alerts appended, each once", status.accepted)?;
        sheet.counter("journal_duplicates", "Alerts that were in the journal already", status.duplicates)?;
        sheet.counter("journal_analyses", "Analyses written", status.analyses)?;
        sheet.counter("journal_transactions", "Transactions committed", status.transactions)?;
        sheet.counter("journal_retries", "Transactions that failed and were tried again", status.retries)?;
        sheet.counter("journal_removed_alerts", "Alerts removed by retention", status.removed_alerts)?;
        sheet.counter("journal_removed_analyses", "Analyses removed by retention", status.removed_analyses)?;
        let sizes = [
            ("file", status.file_bytes),
            ("free", status.free_bytes),
            ("wal", status.wal_bytes),
            ("buffered", status.buffered_bytes),
        ];
        sheet.gauges("journal_bytes", "Bytes on disk, and waiting in memory", "part", &sizes)?;
        let newest = [("alerts", status.newest_alert.get()), ("analyses", status.newest_analysis.get())];
        sheet.gauges("journal_newest_sequence", "The newest sequence number", "order", &newest)?;
        let oldest = [("alerts", status.oldest_alert.get()), ("analyses", status.oldest_analysis.get())];
        sheet.gauges("journal_oldest_sequence", "The oldest sequence number that is kept", "order", &oldest)?;
        let well = u64::from(status.health == Health::Ok);
        sheet.gauge("journal_writable", "1 while writes succeed", well)?;
        sheet.gauge("pipeline_cursor", "The last alert that is analysed, by sequence", status.cursor.get())?;
        let backlog = status.newest_alert.get().saturating_sub(status.cursor.get());
        sheet.gauge("pipeline_backlog", "Alerts that wait to be analysed", backlog)
    }
}

impl Collector for ListenerMetrics {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), Error> {
        let mut sheet = Sheet(encoder);
        let each = |count: fn(&Protection) -> u64| -> Vec<(String, u64)> {
            self.0.iter().map(|(address, protection)| (address.to_string(), count(protection))).collect()
        };
        let help = "Connections closed because the listener had its most";
        sheet.counters("listener_refused", help, "listener", &each(Protection::refused))?;
        let help = "Connections closed because they did not begin, or began wrongly";
        sheet.counters("listener_not_begun", help, "listener", &each(Protection::slow_or_wrong))?;
        let help = "Times that no connection could be accepted";
        sheet.counters("listener_accept_errors", help, "listener", &each(Protection::accept_errors))
    }
}

impl Collector for WatcherMetrics {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), Error> {
        Sheet(encoder).gauge("watchers", "Streams of WatchAnalyses", self.0.count() as u64)
    }
}

impl Collector for HttpSourceMetrics {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), Error> {
        let counters = &self.0;
        let results = [
            ("ok", counters.received()),
            ("malformed", counters.malformed()),
            ("oversized", counters.oversized()),
            ("slow", counters.slow()),
            ("refused", counters.refused()),
        ];
        let mut sheet = Sheet(encoder);
        sheet.counters("http_alerts", "Requests with alerts, by what became of them", "result", &results)?;
        sheet.counter("http_duplicates", "Alerts from HTTP that were in the journal already", counters.duplicates())
    }
}

/// Writes whole metrics in a collector.
#[derive(Debug)]
pub struct Sheet<'a>(pub DescriptorEncoder<'a>);

impl Sheet<'_> {
    /// One counter; `_total` is added to its name.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) -> Result<(), Error> {
        let metric = ConstCounter::new(value);
        metric.encode(self.0.encode_descriptor(name, help, None, metric.metric_type())?)
    }

    /// One gauge.
    pub fn gauge(&mut self, name: &str, help: &str, value: u64) -> Result<(), Error> {
        let metric = ConstGauge::new(value);
        metric.encode(self.0.encode_descriptor(name, help, None, metric.metric_type())?)
    }

    /// A counter for each value of a label.
    pub fn counters<T: AsRef<str>>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(T, u64)],
    ) -> Result<(), Error> {
        let kind = ConstCounter::new(0_u64).metric_type();
        let mut encoder = self.0.encode_descriptor(name, help, None, kind)?;
        for (value, number) in values {
            ConstCounter::new(*number).encode(encoder.encode_family(&[(label, value.as_ref())])?)?;
        }
        Ok(())
    }

    /// A gauge for each value of a label.
    pub fn gauges<T: AsRef<str>>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(T, u64)],
    ) -> Result<(), Error> {
        let kind = ConstGauge::new(0_u64).metric_type();
        let mut encoder = self.0.encode_descriptor(name, help, None, kind)?;
        for (value, number) in values {
            ConstGauge::new(*number).encode(encoder.encode_family(&[(label, value.as_ref())])?)?;
        }
        Ok(())
    }
}
