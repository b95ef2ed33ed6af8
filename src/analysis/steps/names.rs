//! The names of the place, each as one word of a shell: written once for all steps.

use super::quote::{operand, quote};
use crate::analysis::{Facts, Text};
use std::borrow::Cow;

/// The names that commands need.
pub(super) struct Names<'a> {
    /// The node, where its name needs no quotes.
    node: Option<&'a str>,
    /// Namespace and name of the pod.
    pub pod: Option<(Cow<'a, str>, Cow<'a, str>)>,
    /// The container's id, where it is one.
    pub container: Option<&'a str>,
}

impl<'a> Names<'a> {
    /// The names that the alert has.
    pub fn of(facts: &Facts<'a>) -> Self {
        let node = quote(facts.alert.hostname());
        let is_id = |id: &&str| id.len() >= 6 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        Self {
            node: node.and_then(|name| if let Cow::Borrowed(name) = name { Some(name) } else { None }),
            pod: pod(facts),
            container: facts.container.id.filter(is_id),
        }
    }

    /// `node-1`, or what stands for it.
    pub fn node(&self) -> &'a str {
        self.node.unwrap_or("its node")
    }

    /// `On node-1, `: where a container's runtime answers.
    pub fn on_node(&self, action: &str) -> Text {
        ["On ", self.node(), ", ", action].concat().into()
    }
}

fn pod<'a>(facts: &Facts<'a>) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    facts.audit.is_none().then_some(())?;
    Some((operand(facts.workload.namespace?)?, operand(facts.workload.pod?)?))
}
