//! The sentences of an analysis: title, summary, explanations, implications. Short, from facts and tables only.

mod causes;
mod spoken;
mod text;

pub(super) use causes::explanations;

use super::benign_hit::BenignHit;
use super::context::duration;
use super::facts::{Audit, Facts};
use super::indicators::Found;
use super::model::{History, Level, Verdict};
use super::rules::RuleEntry;
use super::rules::files::RuleBook;
use super::sight;
use super::verdict::missing;
use crate::dedup::GroupView;
use spoken::spoken;
use std::fmt::Write;
use text::{capital, cut, first_sentence, listed, lower, quoted, sentence, shown};

/// Bytes of a command line that a summary shows.
const COMMAND_BYTES: usize = 140;
/// Bytes of a title.
const TITLE_BYTES: usize = 140;

/// What the sentences are made of.
pub(super) struct Words<'a> {
    pub facts: &'a Facts<'a>,
    pub found: &'a [Found],
    pub benign: &'a [BenignHit],
    pub verdict: &'a Verdict,
    pub entry: Option<&'static RuleEntry>,
    pub book: Option<&'a RuleBook>,
}

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

/// One line: what happened, where.
pub(super) fn title(words: &Words<'_>) -> String {
    let facts = words.facts;
    if let Some(notice) = sight::notice(facts) {
        return cut(&format!("{} on {}", notice.title, host(facts)), TITLE_BYTES);
    }
    let place = short_place(facts);
    if let Some(hit) = words.benign.first().filter(|_| words.verdict.level == Level::Expected) {
        let place = place.trim_start_matches("in ").trim_start_matches("on ").to_owned();
        let place = if place.is_empty() { place } else { format!(" ({place})") };
        let room = TITLE_BYTES.saturating_sub(place.len());
        return cut(&format!("{}{place}", cut(&capital(&hit.activity), room)), TITLE_BYTES);
    }
    let what = words.found.first().filter(|_| words.verdict.level == Level::Malicious);
    let what = what.map_or_else(|| facts.alert.rule().to_owned(), |found| spoken(found.indicator.id));
    let who = program_name(facts).map(|name| format!(": {}", shown(name, 40))).unwrap_or_default();
    let room = TITLE_BYTES.saturating_sub(who.len() + place.len() + 1);
    cut(format!("{}{who} {place}", cut(&what, room)).trim_end(), TITLE_BYTES)
}

/// Two to four sentences; the last one counts, and [`recount`] renews it.
pub(super) fn summary(words: &Words<'_>, group: &GroupView, history: &History) -> String {
    let facts = words.facts;
    let mut text = match sight::notice(facts) {
        Some(notice) => format!("{} {}", capital(&format!("{} on {}.", notice.title, host(facts))), notice.means),
        None => what_happened(facts),
    };
    if let Some(why) = why(words) {
        text.push(' ');
        text.push_str(&why);
    }
    let unknown = missing(facts);
    if !unknown.is_empty() {
        text.push_str(" Falco gave ");
        text.push_str(&listed(&unknown));
        text.push('.');
    }
    text.push_str(&counted(group, history));
    text
}

/// The summary with the counts of another revision.
pub(super) fn recount(summary: &str, before: (&GroupView, &History), after: (&GroupView, &History)) -> String {
    let stem = summary.strip_suffix(counted(before.0, before.1).as_str()).unwrap_or(summary);
    format!("{stem}{}", counted(after.0, after.1))
}

fn counted(group: &GroupView, history: &History) -> String {
    let mut text = String::new();
    if group.count > 1 {
        let span = group.last.since(group.first).max(0) as u64 / 1_000_000_000;
        text = format!(" It came {} times within {}", group.count, duration(span));
        match super::past::period_within(group) {
            Some(seconds) => {
                let _ = write!(text, ", every {}.", duration(seconds));
            }
            None => text.push('.'),
        }
    }
    if history.same_fingerprint > 0 {
        let times = history.same_fingerprint;
        let since = history.first_seen.map(|time| format!(", first at {time}")).unwrap_or_default();
        let _ = write!(text, " The same was seen in {times} earlier {}{since}.", plural(times, "group"));
    }
    text
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Who did what to what, where.
fn what_happened(facts: &Facts<'_>) -> String {
    if let Some(audit) = &facts.audit {
        return asked_of_cluster(audit, facts);
    }
    let program = &facts.process.program;
    let place = long_place(facts);
    if let Some(started) = container_started(facts) {
        return started;
    }
    let Some(name) = program_name(facts) else {
        let plugin = facts.plugin_fields().take(3).map(|(key, value)| format!("{key} {}", quoted(value, 60)));
        let plugin: Vec<String> = plugin.collect();
        let details = if plugin.is_empty() { String::new() } else { format!(" ({})", plugin.join(", ")) };
        return match program.cmdline {
            Some(text) => format!("{} ran {place}.", quoted(text, COMMAND_BYTES)),
            None => format!("The rule {} fired {place}{details}.", quoted(facts.alert.rule(), 80)),
        };
    };
    let mut text = quoted(name, 60);
    if let Some(parent) = facts.parent.label() {
        let _ = write!(text, ", started by {},", quoted(parent, 60));
    }
    let command = program.cmdline.filter(|line| *line != name);
    let did = match (&facts.connection, facts.file.path) {
        (Some(connection), _) => connection.remote().map(|end| {
            let port = end.port.map(|port| format!(" port {port}")).unwrap_or_default();
            let verb = match connection.direction {
                Some(super::facts::Direction::Inbound) => "had a connection from",
                Some(super::facts::Direction::Outbound) => "connected to",
                None => "had a connection with",
            };
            format!(" {verb} {}{port}", quoted(end.address, 80))
        }),
        (None, Some(path)) => Some(match link_target(facts) {
            Some((link, target)) => format!(" made {} a link to {}", quoted(link, 100), quoted(target, 100)),
            None => match facts.get("fd.nameraw").filter(|raw| *raw != path && raw.contains("..")) {
                Some(raw) => format!(" {} {} as {}", file_verb(facts), quoted(path, 100), quoted(raw, 100)),
                None => format!(" {} {}", file_verb(facts), quoted(path, 100)),
            },
        }),
        (None, None) => None,
    };
    match (did, command) {
        (Some(did), Some(line)) => {
            let _ = write!(text, "{did} (command line {})", quoted(line, COMMAND_BYTES));
        }
        (Some(did), None) => text.push_str(&did),
        (None, Some(line)) => {
            let _ = write!(text, " ran {}", quoted(line, COMMAND_BYTES));
        }
        (None, None) => text.push_str(" ran"),
    }
    if let Some(user) = facts.user.name.or(facts.user.uid) {
        let _ = write!(text, " as user {}", shown(user, 40));
    }
    format!("{text} {place}.")
}

/// The program's short name. Of a program that goes by many names (BusyBox, the coreutils in one file) the one that it
/// was called by; of one that has no file, the kernel's.
fn program_name<'a>(facts: &Facts<'a>) -> Option<&'a str> {
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

/// A container's start, where that is the whole event.
fn container_started(facts: &Facts<'_>) -> Option<String> {
    let name = facts.process.program.name.or(facts.process.program.cmdline);
    let event = name.is_none_or(|name| name.starts_with("container:"));
    let started = event && (facts.event.kind == Some("container") || facts.container.mounts.is_some());
    let place = started.then(|| long_place(facts)).filter(|_| facts.in_container())?;
    let place = place.strip_prefix("in container ").unwrap_or("");
    let mounts = facts.container.mounts.map(|mounts| format!(" with the mounts {}", quoted(mounts, COMMAND_BYTES)));
    Some(format!("The container {place} was started{}.", mounts.unwrap_or_default()))
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

fn asked_of_cluster(audit: &Audit<'_>, facts: &Facts<'_>) -> String {
    let user = audit.user.map_or_else(|| "An unnamed user".to_owned(), |user| format!("User {}", quoted(user, 80)));
    let verb = audit.verb.map_or_else(
        || format!("made {} fire", quoted(facts.alert.rule(), 80)),
        |verb| format!("did {}", quoted(verb, 20)),
    );
    let mut text = format!("{user} {verb}");
    if let Some(resource) = audit.resource {
        let _ = write!(text, " on {resource}");
    }
    if let Some(name) = audit.name {
        let _ = write!(text, " {}", quoted(name, 80));
    }
    if let Some(namespace) = audit.namespace {
        let _ = write!(text, " in namespace {}", quoted(namespace, 60));
    }
    if let Some(command) = audit.command {
        let _ = write!(text, ", starting {}", quoted(&super::indicators::percent_decoded(command), 60));
    }
    if let Some(code) = audit.code {
        let _ = write!(text, " (answer {code})");
    }
    text.push('.');
    text
}

/// Why the verdict is what it is.
fn why(words: &Words<'_>) -> Option<String> {
    let strongest = words.found.first();
    match words.verdict.level {
        Level::Malicious => {
            let first = strongest?.indicator.reason;
            let others = words.found.iter().skip(1).filter(|found| found.indicator.weight >= 40);
            let second = others.map(|found| found.indicator.reason).find(|second| !says_the_same(first, second));
            Some(second.map_or_else(|| first.to_owned(), |second| format!("{first} {second}")))
        }
        Level::Expected => words.benign.first().map(|hit| {
            format!(
                "The known cause: {}; {} To confirm: {}",
                hit.activity,
                sentence(&hit.reason),
                sentence(&hit.confirm)
            )
        }),
        Level::Review if sight::notice(words.facts).is_some() => None,
        Level::Review => Some(match (strongest, words.benign.first()) {
            (Some(found), Some(hit)) => {
                format!("It looks like known activity ({}), but: {}", shown(&hit.activity, 120), found.indicator.reason)
            }
            (Some(found), None) => found.indicator.reason.to_owned(),
            (None, Some(hit)) => {
                format!("It may be known activity ({}), which too little shows.", shown(&hit.activity, 120))
            }
            (None, None) => rule_says(words),
        }),
    }
}

fn rule_says(words: &Words<'_>) -> String {
    const UNKNOWN: &str = "Nothing in it is known to be an attack, and no known activity explains it.";
    let own = words.entry.map(|entry| entry.means.to_owned());
    let book = || {
        words
            .book
            .and_then(|book| book.get(words.facts.alert.rule()))
            .map(|text| sentence(&cut(&text.description, 240)))
    };
    own.or_else(book)
        .filter(|text| text.len() > 1)
        .map_or_else(|| UNKNOWN.to_owned(), |text| format!("{} {UNKNOWN}", sentence(&first_sentence(&text))))
}

/// Whether a second reason would tell the reader what the first told.
fn says_the_same(first: &str, second: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3);
        words.map(str::to_ascii_lowercase).collect()
    };
    let (first, second) = (words(first), words(second));
    let shared = second.iter().filter(|word| first.contains(word)).count();
    shared * 2 >= first.len().min(second.len())
}

/// What it means if it is an attack.
pub(super) fn implications(words: &Words<'_>) -> Vec<String> {
    if let Some(notice) = sight::notice(words.facts) {
        return vec![notice.implication.to_owned()];
    }
    let mut all: Vec<String> = Vec::new();
    if let Some(entry) = words.entry {
        let gains = sentence(entry.attacker_gains);
        all.push(match words.verdict.level {
            Level::Expected => format!("Were it an imitation: {}", lower(&gains)),
            _ => gains,
        });
    }
    let facts = words.facts;
    if words.verdict.level != Level::Expected {
        if facts.in_container() && words.found.iter().any(|found| found.indicator.techniques.contains(&"T1611")) {
            let counts = if words.verdict.level == Level::Malicious { "counts" } else { "would count" };
            all.push(format!("The machine {} {counts} as reached, and with it every workload on it.", host(facts)));
        } else if facts.user.is_root() && facts.on_host() && words.verdict.level == Level::Malicious {
            all.push(format!("It ran as root on {}: everything on that machine counts as reached.", host(facts)));
        }
        if words.found.iter().any(|found| {
            found
                .indicator
                .techniques
                .iter()
                .any(|id| id.starts_with("T1552") || id.starts_with("T1003") || *id == "T1528")
        }) {
            let have = if words.verdict.level == Level::Malicious { "have" } else { "would have" };
            all.push(format!("Whatever credentials were in reach {have} to be replaced, not only looked at."));
        }
    }
    all.truncate(4);
    all
}

/// `in container edge (shop/cart)` or `on node-1`.
fn short_place(facts: &Facts<'_>) -> String {
    if !facts.in_container() {
        return if facts.audit.is_some() { String::new() } else { format!("on {}", host(facts)) };
    }
    match (facts.workload.namespace, facts.workload.pod, facts.container.name, facts.container.id) {
        (Some(namespace), Some(pod), ..) => format!("in pod {}/{}", shown(namespace, 40), shown(pod, 60)),
        (_, Some(pod), ..) => format!("in pod {}", shown(pod, 60)),
        (_, _, Some(name), _) => format!("in container {}", shown(name, 60)),
        (_, _, _, Some(id)) => format!("in container {}", shown(id, 20)),
        _ => format!("in a container on {}", host(facts)),
    }
}

fn long_place(facts: &Facts<'_>) -> String {
    let host = host(facts);
    if !facts.in_container() {
        return if facts.on_host() { format!("on the host {host}") } else { format!("on {host}") };
    }
    let name =
        facts.container.name.or(facts.container.id).map(|name| format!(" {}", quoted(name, 60))).unwrap_or_default();
    let image = facts.container.image.map(|image| format!(" (image {})", shown(image, 100))).unwrap_or_default();
    let pod = match (facts.workload.namespace, facts.workload.pod) {
        (Some(namespace), Some(pod)) => format!(" of pod {}/{}", shown(namespace, 60), shown(pod, 80)),
        (None, Some(pod)) => format!(" of pod {}", shown(pod, 80)),
        _ => String::new(),
    };
    format!("in container{name}{image}{pod} on {host}")
}

fn host(facts: &Facts<'_>) -> String {
    match facts.alert.hostname() {
        "" => "an unnamed host".to_owned(),
        name => shown(name, 80),
    }
}
