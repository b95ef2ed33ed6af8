//! A flood of new groups from one workload is a way to hide among them: it is itself an alert, once a period.

use super::settings::{Nanos, Settings};
use crate::alert::{Alert, AlertBuilder, Context, Priority, Time};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// New groups of one workload within one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counter {
    since: Time,
    groups: u32,
}

/// Counters of new groups; as many as [`super::normal::PLACES`], beyond which workloads share one.
#[derive(Debug, Default)]
pub(super) struct Floods {
    pub counters: HashMap<u16, Counter, foldhash::fast::FixedState>,
}

/// The source of lanner's own alerts.
pub(super) const SOURCE: &str = "lanner";
const RULE: &str = "lanner: flood of new groups";

/// Fields that name the workload.
const PLACE: &[&str] = &["container.id", "container.image.repository", "container.name", "k8s.ns.name", "k8s.pod.name"];

impl Floods {
    /// Counts a new group; gives the notice when the workload's count reaches the bound.
    pub fn opened(&mut self, workload: u16, alert: &Alert, context: &Context, settings: &Settings) -> Option<Alert> {
        if settings.flood_groups == 0 {
            return None;
        }
        let fresh = Counter { since: alert.time(), groups: 0 };
        let counter = self.counters.entry(workload).or_insert(fresh);
        if alert.time().since(counter.since).saturating_abs() >= settings.flood_period {
            *counter = fresh;
        }
        counter.groups = counter.groups.saturating_add(1);
        (counter.groups == settings.flood_groups)
            .then(|| notice(alert, context, counter.groups, settings.flood_period))?
    }
}

fn notice(alert: &Alert, context: &Context, groups: u32, period: Nanos) -> Option<Alert> {
    let host = super::workload::host(alert, context);
    let place = alert.field("container.id").unwrap_or(host);
    let minutes = period / 60_000_000_000;
    let output = format!(
        "{groups} new groups of alerts within {minutes} minutes from {place}: something may be hidden among them \
         (newest rule={})",
        alert.rule()
    );
    let mut builder = AlertBuilder::new()
        .rule(RULE)
        .source(SOURCE)
        .time(alert.time())
        .priority(Priority::Warning)
        .hostname(host)
        .output(output)
        .field("lanner.groups", groups.to_string());
    for field in PLACE {
        if let Some(value) = alert.field(field) {
            builder = builder.field(*field, value);
        }
    }
    builder.build().ok()
}
