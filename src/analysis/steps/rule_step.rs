//! The rule's own first steps, with the alert's values in their places.

use super::names::Names;
use super::quote::operand;
use crate::analysis::{Facts, Step, StepKind, rules};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What is true of a step whatever the alert.
#[derive(Debug, Clone, Copy)]
struct Template {
    /// It needs a cluster, a container, a host's own tools.
    cluster: bool,
    container: bool,
    host: bool,
    /// Why one looks there.
    reason: &'static str,
}

/// The steps of all rules, looked through once.
static TEMPLATES: LazyLock<HashMap<&str, Template, foldhash::fast::RandomState>> = LazyLock::new(|| {
    let steps = rules::entries().flat_map(|entry| entry.first_steps);
    steps.map(|step| (*step, Template::of(step))).collect()
});

/// The steps that apply here and whose values the alert has.
pub(super) fn fill(facts: &Facts<'_>, names: &Names<'_>, steps: &[&str]) -> impl Iterator<Item = Step> {
    steps.iter().filter_map(|step| {
        let template = TEMPLATES.get(step).copied().unwrap_or_else(|| Template::of(step));
        if template.applies(facts) { filled(facts, names, step, template.reason) } else { None }
    })
}

impl Template {
    fn of(step: &str) -> Self {
        let needs = |words: &[&str]| words.iter().any(|word| step.contains(word));
        Self {
            cluster: needs(&["kubectl", " pod", "Pod", "namespace"]),
            container: needs(&["`crictl", "`docker", "`ctr", "`podman", "container"]),
            host: needs(&["`systemctl", "`rpm -", "`dpkg -", "`last "]),
            reason: reason(step),
        }
    }

    /// Whether what the step's commands need is there.
    fn applies(self, facts: &Facts<'_>) -> bool {
        let cluster = facts.workload.pod.is_some() || facts.workload.namespace.is_some() || facts.audit.is_some();
        let contained = facts.in_container();
        (cluster || !self.cluster) && (contained || !self.container) && (!contained || !self.host)
    }
}

/// The step with every `<field>` filled in; `None` where the alert has no such value, or none that can be written.
fn filled(facts: &Facts<'_>, names: &Names<'_>, step: &str, reason: &'static str) -> Option<Step> {
    let mut action = String::with_capacity(step.len() + 128);
    let mut command = None;
    let mut complete = true;
    for (place, part) in step.split('`').enumerate() {
        let is_code = place % 2 == 1;
        if is_code {
            action.push('`');
        }
        let start = action.len();
        substitute(facts, part, &mut action)?;
        if is_code {
            let text = &action[start..];
            let open = is_open(text);
            if command.is_none() && !open && text.contains(' ') {
                command = Some(start..action.len());
            }
            complete &= !open;
            action.push('`');
        }
    }
    let command = command.filter(|_| complete || !step.contains('<')).map_or("", |range| &action[range]);
    let command = match names.container.filter(|_| facts.in_container() && looks_at_files(command)) {
        Some(id) => ["crictl exec ", id, " ", command].concat(),
        None => command.to_owned(),
    };
    Some(Step { kind: StepKind::Investigate, action: action.into(), command: command.into(), reason: reason.into() })
}

/// Whether one simple command looks at files: those of a container are seen from within it.
fn looks_at_files(command: &str) -> bool {
    let program = command.split(' ').next().unwrap_or_default();
    matches!(program, "find" | "ls" | "cat" | "stat" | "sha256sum" | "head" | "file" | "strings" | "grep" | "getfacl")
        && !command.contains(['|', ';', '&', '<', '>', '$', '*'])
}

/// Why one looks there, by what the step looks at.
fn reason(step: &str) -> &'static str {
    let text = step.to_ascii_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if about(&["`find ", "`ls ", "`stat ", "`lsattr", "newermt"]) {
        "What was made or changed at that time shows how far it got."
    } else if about(&["`rpm ", "`dpkg", "sha256sum", "sha-256", "`debsums", "hash"]) {
        "A file that no package or image accounts for was brought by somebody."
    } else if about(&["ausearch", "`last", "`journalctl", "audit log", "access log", "/var/log", " log "]) {
        "The records tell who did it and what came before."
    } else if about(&["`ss ", "`lsof", "`netstat", "`conntrack", "connection", "address"]) {
        "Where it talks to decides whose it is."
    } else if about(&["`ps ", "`pstree", "`pgrep", "/proc/", "`kill", "process tree", "children"]) {
        "A running process still shows its executable, its parents and its connections."
    } else if about(&["`crictl", "`docker", "`podman", "`ctr"]) {
        "The runtime's own record cannot be changed from inside the container."
    } else if about(&["`kubectl"]) {
        "The cluster's own record tells who asked for it, and when."
    } else if about(&["`crontab", "`systemctl", "timer", "cron"]) {
        "What starts by itself comes back after a restart."
    } else if about(&["ask ", "person", "owner"]) {
        "Whoever did it on purpose can say so in a minute."
    } else {
        "The answer decides most alerts of this rule."
    }
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

/// Adds the text with the places of Falco's fields filled in.
fn substitute(facts: &Facts<'_>, text: &str, into: &mut String) -> Option<()> {
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        into.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        let name = inner.split_once('>').map(|(name, _)| name).filter(|name| is_place(name) && name.contains('.'));
        if let Some(name) = name {
            into.push_str(&operand(facts.get(name)?)?);
            rest = &inner[name.len() + 1..];
        } else {
            into.push('<');
            rest = inner;
        }
    }
    into.push_str(rest);
    Some(())
}
