//! Asking a checked filter of an analysis.
//!
//! A container engine tells names late: a group's opening alert may lack what its other members have. What is not known
//! of a container neither keeps a group from a watcher (`allow`) nor takes it away (`deny`): to see too much is better
//! than to miss an attack.

use super::{Match, Pattern};
use crate::analysis::Analysis;

/// Fields of the opening alert that name the namespace and the pod: of syscall events, then of Kubernetes audit events.
const NAMESPACE: [&str; 2] = ["k8s.ns.name", "ka.target.namespace"];
const POD: [&str; 2] = ["k8s.pod.name", "ka.target.pod.name"];
/// A shorter part of a container's id says nothing.
const MIN_CONTAINER_ID: usize = 4;
/// So many hexadecimal digits are a container's id and no name.
const SHORT_CONTAINER_ID: usize = 12;

/// What an entry does, which decides about what is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Allow,
    Deny,
}

impl Pattern {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Exact(text) => text == value,
            Self::Prefix(text) => value.starts_with(text.as_str()),
        }
    }
}

impl Match {
    pub(super) fn matches(&self, analysis: &Analysis, list: List) -> bool {
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
                || late(analysis, &NAMESPACE, list, |name| self.namespaces.iter().any(|n| n == name)))
            && (self.pods.is_empty() || late(analysis, &POD, list, |pod| self.pods.iter().any(|p| p.matches(pod))))
            && (self.containers.is_empty() || self.containers.iter().any(|wanted| is_container(analysis, wanted, list)))
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

/// Whether one of these fields, which may come late, is as wanted.
fn late(analysis: &Analysis, keys: &[&str], list: List, wanted: impl Fn(&str) -> bool) -> bool {
    let mut known = keys.iter().filter_map(|key| analysis.opening.field(key)).peekable();
    if known.peek().is_none() {
        return list == List::Allow && ids(analysis).any(|id| !matches!(id, "host" | ""));
    }
    known.any(wanted)
}

/// The container's id in its forms; `host` outside containers.
fn ids(analysis: &Analysis) -> impl Iterator<Item = &str> {
    ["container.id", "container.full_id"].into_iter().filter_map(|key| analysis.opening.field(key))
}

/// Falco shows twelve digits of a container's id, other tools all 64: either may be the beginning of the other.
fn is_container(analysis: &Analysis, wanted: &str, list: List) -> bool {
    let may_be_name = wanted.len() < SHORT_CONTAINER_ID || !is_hex(wanted);
    if may_be_name && late(analysis, &["container.name"], list, |name| name == wanted) {
        return true;
    }
    ids(analysis).any(|id| {
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
