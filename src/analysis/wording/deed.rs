//! Who did what to what.

use super::place::{add_container, add_long_place};
use super::text::{add_quoted, add_shown};
use crate::analysis::facts::{Audit, Connection, Direction, Facts};
use crate::analysis::indicators;
use std::fmt::Write;

/// Bytes of a command line that a summary shows.
const COMMAND_BYTES: usize = 140;

/// Stock rules that fire on an open for writing only, and do not say so in their name.
const OPENED_FOR_WRITING: &[&str] = &[
    "Adding ssh keys to authorized_keys",
    "Clear Log Activities",
    "Create files below dev",
    "Modify Container Entrypoint",
    "Modify Shell Configuration File",
    "Schedule Cron Jobs",
    "Update Package Repository",
];

/// Who did what to what, where.
pub(super) fn add_what_happened(text: &mut String, facts: &Facts<'_>) {
    if let Some(audit) = &facts.audit {
        return add_asked_of_cluster(text, audit, facts);
    }
    if is_container_start(facts) {
        text.push_str("The container");
        add_container(text, facts);
        text.push_str(" was started");
        if let Some(mounts) = facts.container.mounts {
            text.push_str(" with the mounts ");
            add_quoted(text, mounts, COMMAND_BYTES);
        }
        return text.push('.');
    }
    match program_name(facts) {
        Some(name) => add_deed(text, name, facts),
        None => add_event(text, facts),
    }
}

/// What happened, where no program's name is known.
fn add_event(text: &mut String, facts: &Facts<'_>) {
    if let Some(line) = facts.process.program.cmdline {
        add_quoted(text, line, COMMAND_BYTES);
        text.push_str(" ran ");
        add_long_place(text, facts);
        return text.push('.');
    }
    text.push_str("The rule ");
    add_quoted(text, facts.alert.rule(), 80);
    text.push_str(" fired ");
    add_long_place(text, facts);
    let mut end = ".";
    for (n, (key, value)) in facts.plugin_fields().take(3).enumerate() {
        text.extend([if n == 0 { " (" } else { ", " }, key, " "]);
        add_quoted(text, value, 60);
        end = ").";
    }
    text.push_str(end);
}

/// What a program did.
fn add_deed(text: &mut String, name: &str, facts: &Facts<'_>) {
    add_quoted(text, name, 60);
    if let Some(parent) = facts.parent.label() {
        text.push_str(", started by ");
        add_quoted(text, parent, 60);
        text.push(',');
    }
    let told = match (&facts.connection, facts.file.path) {
        (Some(connection), _) => add_connection(text, connection),
        (None, Some(path)) => {
            add_file(text, path, facts);
            true
        }
        (None, None) => false,
    };
    match (told, facts.process.program.cmdline.filter(|line| *line != name)) {
        (true, Some(line)) => {
            text.push_str(" (command line ");
            add_quoted(text, line, COMMAND_BYTES);
            text.push(')');
        }
        (true, None) => {}
        (false, Some(line)) => {
            text.push_str(" ran ");
            add_quoted(text, line, COMMAND_BYTES);
        }
        (false, None) => text.push_str(" ran"),
    }
    if let Some(user) = facts.user.name.or(facts.user.uid) {
        text.push_str(" as user ");
        add_shown(text, user, 40);
    }
    text.push(' ');
    add_long_place(text, facts);
    text.push('.');
}

/// What a connection was, and whether its other end is known.
fn add_connection(text: &mut String, connection: &Connection<'_>) -> bool {
    let Some(end) = connection.remote() else { return false };
    text.push_str(match connection.direction {
        Some(Direction::Inbound) => " had a connection from ",
        Some(Direction::Outbound) => " connected to ",
        None => " had a connection with ",
    });
    add_quoted(text, end.address, 80);
    if let Some(port) = end.port {
        let _ = write!(text, " port {port}");
    }
    true
}

/// What was done to a file.
fn add_file(text: &mut String, path: &str, facts: &Facts<'_>) {
    if let Some((link, target)) = link_target(facts) {
        text.push_str(" made ");
        add_quoted(text, link, 100);
        text.push_str(" a link to ");
        return add_quoted(text, target, 100);
    }
    text.extend([" ", file_verb(facts), " "]);
    add_quoted(text, path, 100);
    if let Some(raw) = facts.get("fd.nameraw").filter(|raw| *raw != path && raw.contains("..")) {
        text.push_str(" as ");
        add_quoted(text, raw, 100);
    }
}

/// The program's short name. Of a program that goes by many names (BusyBox, the coreutils in one file) the one that it
/// was called by; of one that has no file, the kernel's.
pub(super) fn program_name<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    let program = &facts.process.program;
    let label = program.label();
    let many = matches!(label, Some("busybox" | "busybox.static" | "toybox" | "coreutils"));
    let in_memory = label.is_some_and(|label| label.starts_with("memfd:"));
    let is_number = |name: &str| name.bytes().all(|b| b.is_ascii_digit());
    let first_word = program.cmdline.and_then(|line| line.split_ascii_whitespace().next());
    let called = match program.name {
        Some(name) if many || in_memory && !is_number(name) => Some(name),
        Some(_) if in_memory => first_word,
        _ => None,
    };
    called.or(label)
}

/// Whether a container's start is the whole event.
fn is_container_start(facts: &Facts<'_>) -> bool {
    let name = facts.process.program.name.or(facts.process.program.cmdline);
    let event = name.is_none_or(|name| name.starts_with("container:"));
    event && (facts.event.kind == Some("container") || facts.container.mounts.is_some()) && facts.in_container()
}

/// The new name and what it points to, where a link was made.
fn link_target<'a>(facts: &Facts<'a>) -> Option<(&'a str, &'a str)> {
    facts.event.kind.filter(|kind| kind.starts_with("symlink") || kind.starts_with("link"))?;
    let of = |fields: [&str; 2]| fields.iter().find_map(|field| facts.get(field));
    Some((of(["evt.arg.linkpath", "evt.arg.newpath"])?, of(["evt.arg.target", "evt.arg.oldpath"])?))
}

fn file_verb(facts: &Facts<'_>) -> &'static str {
    match (facts.event.kind, facts.file.written) {
        (Some(kind), _) if kind.starts_with("unlink") || kind == "rmdir" => "deleted",
        (Some(kind), _) if kind.starts_with("rename") => "renamed",
        (Some(kind), _) if kind.starts_with("symlink") || kind.starts_with("link") => "made the link",
        (Some(kind), _) if kind.starts_with("mkdir") => "made the directory",
        (Some(kind), _) if kind.contains("chmod") => "changed the mode of",
        (_, Some(true)) => "wrote",
        (_, Some(false)) => "read",
        _ if facts.alert.rule().starts_with("Read") => "read",
        _ if facts.alert.rule().contains(" read") => "read",
        _ if facts.alert.rule().starts_with("Write") => "wrote",
        _ if OPENED_FOR_WRITING.contains(&facts.alert.rule()) => "opened for writing",
        (Some(kind), _) if kind.starts_with("open") => "opened",
        _ => "touched",
    }
}

fn add_asked_of_cluster(text: &mut String, audit: &Audit<'_>, facts: &Facts<'_>) {
    if let Some(user) = audit.user {
        text.push_str("User ");
        add_quoted(text, user, 80);
    } else {
        text.push_str("An unnamed user");
    }
    if let Some(verb) = audit.verb {
        text.push_str(" did ");
        add_quoted(text, verb, 20);
    } else {
        text.push_str(" made ");
        add_quoted(text, facts.alert.rule(), 80);
        text.push_str(" fire");
    }
    if let Some(resource) = audit.resource {
        text.extend([" on ", resource]);
    }
    if let Some(name) = audit.name {
        text.push(' ');
        add_quoted(text, name, 80);
    }
    if let Some(namespace) = audit.namespace {
        text.push_str(" in namespace ");
        add_quoted(text, namespace, 60);
    }
    if let Some(command) = audit.command {
        text.push_str(", starting ");
        add_quoted(text, &indicators::percent_decoded(command), 60);
    }
    if let Some(code) = audit.code {
        text.extend([" (answer ", code, ")"]);
    }
    text.push('.');
}
