//! Where it happened.

use super::text::{add_quoted, add_shown};
use crate::analysis::facts::Facts;

/// Adds `in container edge (shop/cart)` or `on node-1`.
pub(super) fn add_short_place(text: &mut String, facts: &Facts<'_>) {
    if !facts.in_container() {
        if facts.audit.is_none() {
            text.push_str("on ");
            add_host(text, facts);
        }
        return;
    }
    match (facts.workload.namespace, facts.workload.pod, facts.container.name, facts.container.id) {
        (namespace, Some(pod), ..) => {
            text.push_str("in pod ");
            if let Some(namespace) = namespace {
                add_shown(text, namespace, 40);
                text.push('/');
            }
            add_shown(text, pod, 60);
        }
        (_, _, Some(name), _) => {
            text.push_str("in container ");
            add_shown(text, name, 60);
        }
        (_, _, _, Some(id)) => {
            text.push_str("in container ");
            add_shown(text, id, 20);
        }
        _ => {
            text.push_str("in a container on ");
            add_host(text, facts);
        }
    }
}

/// Adds `in container edge ...` or `on the host node-1`.
pub(super) fn add_long_place(text: &mut String, facts: &Facts<'_>) {
    if facts.in_container() {
        text.push_str("in container");
        return add_container(text, facts);
    }
    text.push_str(if facts.on_host() { "on the host " } else { "on " });
    add_host(text, facts);
}

/// Adds ` edge (image shop/edge) of pod shop/cart on node-1`.
pub(super) fn add_container(text: &mut String, facts: &Facts<'_>) {
    if let Some(name) = facts.container.name.or(facts.container.id) {
        text.push(' ');
        add_quoted(text, name, 60);
    }
    if let Some(image) = facts.container.image {
        text.push_str(" (image ");
        add_shown(text, image, 100);
        text.push(')');
    }
    if let Some(pod) = facts.workload.pod {
        text.push_str(" of pod ");
        if let Some(namespace) = facts.workload.namespace {
            add_shown(text, namespace, 60);
            text.push('/');
        }
        add_shown(text, pod, 80);
    }
    text.push_str(" on ");
    add_host(text, facts);
}

/// Adds the host's name.
pub(super) fn add_host(text: &mut String, facts: &Facts<'_>) {
    match facts.alert.hostname() {
        "" => text.push_str("an unnamed host"),
        name => add_shown(text, name, 80),
    }
}
