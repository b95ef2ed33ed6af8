//! The rule's own first steps, with the alert's values in their places.

use super::quote::operand;
use crate::analysis::{Facts, Step, StepKind};

/// The steps that apply here and whose values the alert has.
pub(super) fn fill(facts: &Facts<'_>, steps: &[&str]) -> Vec<Step> {
    steps.iter().filter(|step| applies(facts, step)).filter_map(|step| filled(facts, step)).collect()
}

/// Whether what the step's commands need is there.
fn applies(facts: &Facts<'_>, step: &str) -> bool {
    let kubernetes = facts.workload.pod.is_some() || facts.workload.namespace.is_some() || facts.audit.is_some();
    let needs = |words: &[&str]| words.iter().any(|word| step.contains(word));
    let contained = facts.in_container();
    (kubernetes || !needs(&["kubectl", " pod", "Pod", "namespace"]))
        && (contained || !needs(&["`crictl", "`docker", "`ctr", "`podman", "container"]))
        && (!contained || !needs(&["`systemctl", "`rpm -", "`dpkg -", "`last "]))
}

/// The step with every `<field>` filled in; `None` where the alert has no such value, or none that can be written.
fn filled(facts: &Facts<'_>, step: &str) -> Option<Step> {
    let mut action = String::with_capacity(step.len());
    let mut command: Option<String> = None;
    let mut complete = true;
    for (place, part) in step.split('`').enumerate() {
        let text = substituted(facts, part)?;
        let is_code = place % 2 == 1;
        if is_code {
            let open = is_open(&text);
            if command.is_none() && !open && text.contains(' ') {
                command = Some(text.clone());
            }
            complete &= !open;
            action.push('`');
            action.push_str(&text);
            action.push('`');
        } else {
            action.push_str(&text);
        }
    }
    let command = command.filter(|_| complete || !step.contains('<')).unwrap_or_default();
    Some(Step {
        kind: StepKind::Investigate,
        action,
        command,
        reason: "It is among the first things to know when this rule fires.".to_owned(),
    })
}

/// Whether a place for the reader's own word is left (`<pid>`).
fn is_open(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| rest.split_once('>').is_some_and(|(name, _)| is_place(name)))
}

fn is_place(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 40
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'[' | b']' | b' ' | b'-' | b'\''))
}

/// The text with the places of Falco's fields filled in.
fn substituted(facts: &Facts<'_>, text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        result.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        let name = inner.split_once('>').map(|(name, _)| name).filter(|name| is_place(name) && name.contains('.'));
        if let Some(name) = name {
            result.push_str(&operand(facts.get(name)?)?);
            rest = &inner[name.len() + 1..];
        } else {
            result.push('<');
            rest = inner;
        }
    }
    result.push_str(rest);
    Some(result)
}
