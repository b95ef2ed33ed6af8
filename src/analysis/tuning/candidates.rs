//! Which fields of an alert say who did it and what was done, and with which operator they are matched.

use super::{general, value};
use crate::analysis::{Condition, Facts, Level, Text};
use crate::dedup::is_wild_parent;

/// What a condition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Who did it, not the process's to choose: image, executable, audit user.
    Identity,
    /// Who started it: the parent's name, which the parent may choose.
    Parent,
    /// What was done: command, file, request.
    Content,
    /// Where: host or namespace, or with which general tool. Narrows, and tells nothing alone.
    Place,
}

/// A condition that may go into the exception.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub kind: Kind,
    pub condition: Condition,
}

impl Candidate {
    pub fn new(kind: Kind, field: impl Into<Text>, operator: &'static str, value: String) -> Self {
        Self { kind, condition: Condition { field: field.into(), operator: operator.into(), value } }
    }
}

/// Prefixes of the fields that Falco's syscall source has.
const SYSCALL: &[&str] = &["proc.", "container.", "k8s.", "fd.", "fs.", "user.", "group.", "evt.arg.", "thread."];

/// Whether a rule of this event source may use the field.
pub(super) fn belongs(field: &str, source: &str) -> bool {
    let is_syscall = SYSCALL.iter().any(|prefix| field.starts_with(prefix));
    match source {
        "syscall" => is_syscall,
        "k8s_audit" => field.starts_with("ka."),
        _ => !is_syscall && !field.starts_with("evt.") && !field.starts_with("ka.") && !field.starts_with("lanner."),
    }
}

/// Fields of a system call's alert, in the order of the exception.
const SYSCALL_FIELDS: &[(&str, Kind)] = &[
    ("container.image.repository", Kind::Identity),
    ("k8s.ns.name", Kind::Place),
    ("proc.exepath", Kind::Identity),
    ("proc.pexepath", Kind::Identity),
    ("proc.pname", Kind::Parent),
    ("proc.cmdline", Kind::Content),
    ("fd.name", Kind::Content),
    ("evt.arg.path", Kind::Content),
    ("evt.arg.filename", Kind::Content),
    ("evt.arg.name", Kind::Content),
    ("evt.arg.newpath", Kind::Content),
    ("evt.arg.oldpath", Kind::Content),
    ("evt.arg.linkpath", Kind::Content),
    ("evt.arg.target", Kind::Content),
    ("container.mounts", Kind::Content),
];

/// Fields of a Kubernetes audit event's alert.
const AUDIT_FIELDS: &[(&str, Kind)] = &[
    ("ka.user.name", Kind::Identity),
    ("ka.verb", Kind::Place),
    ("ka.target.resource", Kind::Content),
    ("ka.target.subresource", Kind::Content),
    ("ka.target.namespace", Kind::Place),
    ("ka.target.name", Kind::Content),
    ("ka.uri", Kind::Content),
    ("ka.req.pod.containers.image", Kind::Content),
    ("ka.req.binding.role", Kind::Content),
];

/// Words in a plugin's field name that say who did it.
const PLUGIN_IDENTITY: &[&str] = &["user", "account", "principal", "actor", "identity", "client"];
/// Words in a plugin's field name that say what was done.
const PLUGIN_CONTENT: &[&str] = &["name", "action", "event", "resource", "repo", "bucket", "type", "src", "region"];

/// The conditions that this alert allows.
pub(super) fn of(facts: &Facts<'_>, level: Level, preferred: &[(&str, &str)]) -> Vec<Candidate> {
    let source = facts.alert.source();
    let mut found = Vec::with_capacity(8);
    match source {
        "syscall" => {
            for (field, kind) in SYSCALL_FIELDS {
                found.extend(syscall(facts, level, field, *kind, preferred));
            }
            if facts.on_host() && facts.own("container.id") == Some("host") {
                found.push(Candidate::new(Kind::Place, "container.id", "=", "host".to_owned()));
            }
        }
        "k8s_audit" => {
            for (field, kind) in AUDIT_FIELDS {
                found.extend(plain(facts, *field, *kind));
            }
        }
        _ => {
            for (field, _) in facts.plugin_fields() {
                let last = field.rsplit('.').next().unwrap_or(field);
                let has = |words: &[&str]| words.iter().any(|word| last.contains(word));
                if !belongs(field, source) || has(&["time", "id", "ip", "agent", "token"]) {
                    continue;
                }
                if has(PLUGIN_IDENTITY) {
                    found.extend(plain(facts, field.to_owned(), Kind::Identity));
                } else if has(PLUGIN_CONTENT) {
                    found.extend(plain(facts, field.to_owned(), Kind::Content));
                }
            }
            found.truncate(6);
        }
    }
    let place = |candidate: &Candidate| preferred.iter().position(|(field, _)| *field == candidate.condition.field);
    found.sort_by_key(|candidate| place(candidate).unwrap_or(preferred.len()));
    found
}

/// The value as it is, where the loader takes it and it does not change from run to run.
fn plain(facts: &Facts<'_>, field: impl Into<Text>, kind: Kind) -> Option<Candidate> {
    let field = field.into();
    let (operator, value) = value::expressed(facts.own(&field)?)?;
    Some(Candidate::new(kind, field, operator, value))
}

fn syscall(
    facts: &Facts<'_>,
    level: Level,
    field: &'static str,
    kind: Kind,
    preferred: &[(&str, &str)],
) -> Option<Candidate> {
    let text = facts.own(field).filter(|text| !text.trim().is_empty())?;
    let is_parent = matches!(field, "proc.pname" | "proc.pexepath");
    // While a container starts, who is its parent depends on who is scheduled first.
    if is_parent && is_wild_parent(text, 1) {
        return None;
    }
    // Whoever writes the same command uses the same shell or tool. Of known activity the command is the known one.
    let is_known = level == Level::Expected && !is_parent;
    let is_program = is_parent || field == "proc.exepath";
    let kind = if is_program && general::is_general(text) && !is_known { Kind::Place } else { kind };
    let identity = facts.identity();
    match field {
        // Only a path that nobody but an administrator or an image can have put there identifies.
        "proc.exepath" => identity.exepath?,
        "proc.pexepath" => identity.parent_exepath?,
        // A connection's tuple holds ports that change; who called is told by the other fields.
        "fd.name" if text.contains("->") => return None,
        _ => text,
    };
    let path = matches!(field, "fd.name") || field.starts_with("evt.arg.");
    let widened = preferred.iter().any(|(name, operator)| *name == field && *operator == "startswith");
    if path {
        let whole = value::expressed(text).filter(|(operator, _)| *operator == "=");
        return match whole {
            Some((operator, value)) if !widened => Some(Candidate::new(kind, field, operator, value)),
            _ => value::directory(text).map(|directory| Candidate::new(kind, field, "startswith", directory)),
        };
    }
    let (operator, value) = value::expressed(text)?;
    if kind != Kind::Content && operator != "=" {
        return None;
    }
    // A command's first word alone says nothing of what was done.
    if field == "proc.cmdline" && operator != "=" && !value.contains(' ') {
        return None;
    }
    Some(Candidate::new(kind, field, operator, value))
}
