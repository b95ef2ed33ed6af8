//! The rule's own first steps, with the alert's values in their places.

use super::names::Names;
use super::quote::{operand, socket_address};
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
            let value = facts.get(name)?;
            let for_ss = into.ends_with(" dst ");
            into.push_str(&if for_ss { socket_address(value)? } else { operand(value)? });
            rest = &inner[name.len() + 1..];
        } else {
            into.push('<');
            rest = inner;
        }
    }
    into.push_str(rest);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmdline::parse_shell;

    /// Programs that the rules' steps may run.
    #[rustfmt::skip]
    const PROGRAMS: &[&str] = &[
        "apt-cache", "auditctl", "ausearch", "awk", "aws", "base64", "bpftool", "capsh", "cat", "chmod", "command", "cp",
        "crictl", "cut", "debsums", "diff", "dmesg", "dnf", "docker", "dpkg", "falco", "find", "fuser", "getent", "grep",
        "head", "helm", "ipcs", "journalctl", "jq", "kill", "kubeadm", "kubectl", "last", "ldconfig", "ldd", "ls",
        "lsblk", "lsmod", "lsns", "lsof", "nsenter", "pgrep", "pidstat", "ps", "psql", "rpm", "rpmdb", "runc",
        "sha256sum", "sort", "ss", "ssh-keygen", "stat", "sudoedit", "sysctl", "systemctl", "tail", "tar", "tcpdump", "top",
        "tr", "usermod", "whois", "xz",
    ];

    /// Options that a command cannot end with: their value would be missing.
    #[rustfmt::skip]
    const WITH_VALUE: &[&str] = &[
        "--as", "--since", "--status", "--until", "-C", "-c", "-name", "-newermt", "-perm", "-t", "-user",
    ];

    /// How many words that are no options a command needs at least.
    const OPERANDS: &[(&str, usize)] = &[
        ("aws iam update-access-key", 2),
        ("chmod", 2),
        ("cp", 2),
        ("crictl exec", 2),
        ("crictl inspect", 1),
        ("crictl inspecti", 1),
        ("crictl logs", 1),
        ("dnf reinstall", 1),
        ("docker diff", 1),
        ("docker exec", 2),
        ("docker inspect", 1),
        ("docker pause", 1),
        ("getent", 1),
        ("helm rollback", 1),
        ("kill", 1),
        ("kubectl cordon", 1),
        ("kubectl debug", 2),
        ("kubectl delete", 2),
        ("kubectl describe", 1),
        ("kubectl exec", 2),
        ("kubectl get", 1),
        ("kubectl logs", 1),
        ("rpm -V", 1),
        ("sha256sum", 1),
        ("stat", 1),
        ("usermod -L -e", 2),
        ("usermod -L -s", 2),
        ("whois", 1),
    ];

    /// What a command lacks to be run as it stands.
    fn lacks(text: &str) -> Option<String> {
        let mut found = Some(format!("`{text}` is no command"));
        let mut first = true;
        parse_shell(text).for_each_command(|visit| {
            let words: Vec<&str> = visit.command.words.iter().map(|word| word.text.as_ref()).collect();
            let line = words.join(" ");
            let (program, last) = (words.first().copied().unwrap_or_default(), words.last().copied());
            if first {
                found = None;
            }
            if !PROGRAMS.contains(&program) {
                found = Some(format!("`{program}` is no program"));
            }
            if words.len() > 1 && last.is_some_and(|last| WITH_VALUE.contains(&last)) && program != "falco" {
                found = Some(format!("`{line}` ends in an option"));
            }
            for (beginning, least) in OPERANDS {
                let rest = line.strip_prefix(beginning).filter(|rest| rest.is_empty() || rest.starts_with(' '));
                let operands = rest.map(|rest| rest.split_whitespace().filter(|word| !word.starts_with('-')).count());
                if operands.is_some_and(|operands| operands < *least) {
                    found = Some(format!("`{line}` has too few operands"));
                }
            }
            if first && program == "base64" && words.iter().skip(1).all(|word| word.starts_with('-')) {
                found = Some(format!("`{line}` waits for input"));
            }
            first = false;
        });
        found
    }

    /// The back-quoted texts of a step that may be printed as its command, a word in each of the alert's places.
    fn commands(step: &str) -> impl Iterator<Item = String> {
        step.split('`').skip(1).step_by(2).filter_map(|text| {
            let mut filled = String::new();
            for (n, part) in text.split('<').enumerate() {
                match part.split_once('>').filter(|(name, _)| n > 0 && is_place(name) && name.contains('.')) {
                    Some((_, rest)) => filled.extend(["value", rest]),
                    None if n > 0 => filled.extend(["<", part]),
                    None => filled.push_str(part),
                }
            }
            (filled.contains(' ') && !is_open(&filled)).then_some(filled)
        })
    }

    #[test]
    fn every_command_of_a_rule_s_step_can_be_run_as_it_stands() {
        let mut wrong = Vec::new();
        for entry in rules::entries() {
            let all = entry.first_steps.iter().flat_map(|step| commands(step));
            wrong.extend(all.filter_map(|command| Some(format!("{}: {}", entry.rule, lacks(&command)?))));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_command_that_cannot_be_run_is_noticed() {
        for text in [
            "FROM PROGRAM",
            "docker pause",
            "kill -STOP",
            "journalctl --since",
            "while true",
            "drop: [ALL]",
            "chmod u-s",
            "usermod -L -e 1",
            "helm rollback",
            "rpm -V",
            "find /usr -newermt",
            "base64 -d | head -c 2000",
        ] {
            assert!(lacks(text).is_some(), "{text}");
        }
    }
}
