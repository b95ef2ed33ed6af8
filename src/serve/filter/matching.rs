//! Asking a checked filter of an analysis.

use super::{Match, Pattern};
use crate::analysis::Analysis;

/// Fields of the opening alert that name the namespace and the pod: of syscall events, then of Kubernetes audit events.
const NAMESPACE: [&str; 2] = ["k8s.ns.name", "ka.target.namespace"];
const POD: [&str; 2] = ["k8s.pod.name", "ka.target.pod.name"];
/// A shorter part of a container's id says nothing.
const MIN_CONTAINER_ID: usize = 4;

impl Pattern {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Exact(text) => text == value,
            Self::Prefix(text) => value.starts_with(text.as_str()),
        }
    }
}

impl Match {
    pub(super) fn matches(&self, analysis: &Analysis) -> bool {
        let alert = &analysis.opening;
        let group = &analysis.group;
        self.min_priority.is_none_or(|least| alert.priority() >= least)
            && self.min_level.is_none_or(|least| analysis.verdict.level >= least)
            && self.after.is_none_or(|after| group.last >= after)
            && self.before.is_none_or(|before| group.first < before)
            && any_pattern(&self.rules, alert.rule())
            && any_pattern(&self.hostnames, host(analysis))
            && any_value(&self.sources, alert.source())
            && (self.namespaces.is_empty()
                || fields(analysis, NAMESPACE).any(|name| self.namespaces.iter().any(|n| n == name)))
            && (self.pods.is_empty() || fields(analysis, POD).any(|pod| self.pods.iter().any(|p| p.matches(pod))))
            && (self.containers.is_empty() || self.containers.iter().any(|wanted| is_container(analysis, wanted)))
            && (self.tags.is_empty() || alert.tags().any(|tag| self.tags.iter().any(|wanted| wanted == tag)))
            && (self.techniques.is_empty() || self.techniques.iter().any(|wanted| has_technique(analysis, wanted)))
            && self.labels.iter().all(|label| analysis.context.labels.contains(label))
    }
}

/// Falco's host; where Falco did not say, the node lanner runs on.
fn host(analysis: &Analysis) -> &str {
    match analysis.opening.hostname() {
        "" => &analysis.context.node,
        host => host,
    }
}

fn any_pattern(patterns: &[Pattern], value: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(value))
}

fn any_value(values: &[String], value: &str) -> bool {
    values.is_empty() || values.iter().any(|wanted| wanted == value)
}

fn fields<'a>(analysis: &'a Analysis, keys: [&'static str; 2]) -> impl Iterator<Item = &'a str> {
    keys.into_iter().filter_map(|key| analysis.opening.field(key))
}

/// Falco shows twelve digits of a container's id, other tools all 64: either may be the beginning of the other.
fn is_container(analysis: &Analysis, wanted: &str) -> bool {
    let alert = &analysis.opening;
    if alert.field("container.name") == Some(wanted) {
        return true;
    }
    let ids = [alert.field("container.id"), alert.field("container.full_id")];
    ids.into_iter().flatten().any(|id| {
        id == wanted
            || (wanted.len() >= MIN_CONTAINER_ID && id.starts_with(wanted))
            || (id.len() >= MIN_CONTAINER_ID && wanted.starts_with(id) && is_hex(wanted))
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `T1059` includes `T1059.004`, not the other way round.
fn has_technique(analysis: &Analysis, wanted: &str) -> bool {
    analysis
        .techniques
        .iter()
        .any(|technique| technique.id.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}
