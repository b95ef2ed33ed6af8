//! The sentences of an analysis: title, summary, explanations, implications. Short, from facts and tables only.

use super::benign_hit::{BenignHit, Strength};
use super::context::duration;
use super::facts::{Audit, Facts};
use super::indicators::Found;
use super::model::{Explanation, History, Level, Likelihood, Verdict};
use super::rules::RuleEntry;
use super::rules::files::RuleBook;
use super::sight;
use super::verdict::missing;
use crate::dedup::GroupView;
use std::fmt::Write;

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

/// One line: what happened, where.
pub(super) fn title(words: &Words<'_>) -> String {
    let facts = words.facts;
    if let Some(notice) = sight::notice(facts) {
        return cut(&format!("{} on {}", notice.title, host(facts)), TITLE_BYTES);
    }
    let what = match words.verdict.level {
        Level::Malicious => words.found.first().map(|found| spoken(found.indicator.id)),
        Level::Expected => words.benign.first().map(|hit| capital(&hit.activity)),
        Level::Review => None,
    };
    let what = what.unwrap_or_else(|| facts.alert.rule().to_owned());
    let who = facts.process.program.label().filter(|_| words.verdict.level != Level::Expected);
    let who = who.map(|name| format!(": {}", shown(name, 40))).unwrap_or_default();
    cut(&format!("{what}{who} {}", short_place(facts)), TITLE_BYTES)
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
    let Some(name) = program.label() else {
        let plugin = facts.plugin_fields().take(3).map(|(key, value)| format!("{key} {}", quoted(value, 60)));
        let plugin: Vec<String> = plugin.collect();
        let details = if plugin.is_empty() { String::new() } else { format!(" ({})", plugin.join(", ")) };
        return match (program.cmdline, facts.container.mounts) {
            (Some(text), _) => format!("{} ran {place}.", quoted(text, COMMAND_BYTES)),
            (None, Some(mounts)) => {
                format!("A container was started {place}, with the mounts {}.", quoted(mounts, COMMAND_BYTES))
            }
            (None, None) => format!("The rule {} fired {place}{details}.", quoted(facts.alert.rule(), 80)),
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
        (None, Some(path)) => Some(format!(" {} {}", file_verb(facts), quoted(path, 100))),
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
        _ if facts.alert.rule().starts_with("Write") => "wrote",
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
            let second =
                words.found.get(1).filter(|found| found.indicator.weight >= 40).map(|found| found.indicator.reason);
            Some(second.map_or_else(|| first.to_owned(), |second| format!("{first} {second}")))
        }
        Level::Expected => words.benign.first().map(|hit| format!("This is known activity: {}", sentence(&hit.reason))),
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

/// What may have caused it, likeliest first.
pub(super) fn explanations(words: &Words<'_>) -> Vec<Explanation> {
    let mut all = Vec::new();
    let mut add = |cause: String, likelihood, confirm: &str| {
        all.push(Explanation { cause, likelihood, confirm: confirm.to_owned() });
    };
    if let Some(notice) = sight::notice(words.facts) {
        add(notice.cause.to_owned(), Likelihood::Possible, notice.confirm);
        add(notice.attack.to_owned(), Likelihood::Possible, "Look at what the same machine reported just before.");
        return all;
    }
    let level = words.verdict.level;
    let mut attack: Vec<(String, Likelihood, &str)> = words
        .found
        .iter()
        .filter(|found| found.indicator.weight >= 30)
        .take(2)
        .map(|found| {
            let likelihood = if level == Level::Malicious { Likelihood::Likely } else { Likelihood::Possible };
            (format!("An attack: {}", lower(found.indicator.reason)), likelihood, found.indicator.refuted_by)
        })
        .collect();
    let known: Vec<(String, Likelihood, &str)> = words
        .benign
        .iter()
        .take(2)
        .map(|hit| {
            let likelihood = match (level, hit.strength) {
                (Level::Expected, _) => Likelihood::Likely,
                (Level::Review, Strength::Strong | Strength::Weak) => Likelihood::Possible,
                (Level::Malicious, _) => Likelihood::Unlikely,
            };
            (capital(&sentence(&hit.activity)), likelihood, hit.confirm.as_str())
        })
        .collect();
    if level == Level::Expected {
        let imitation = words.benign.first().map(|hit| {
            (format!("An imitation: {}", lower(&sentence(&hit.imitation))), Likelihood::Unlikely, hit.confirm.as_str())
        });
        for (cause, likelihood, confirm) in known.into_iter().chain(imitation) {
            add(cause, likelihood, confirm);
        }
        return all;
    }
    attack.extend(known);
    let usual = words.entry.map(|entry| entry.benign).unwrap_or_default();
    let question =
        words.entry.and_then(|entry| entry.questions.first().copied()).unwrap_or("Ask who runs this workload.");
    let likelihood = if level == Level::Malicious { Likelihood::Unlikely } else { Likelihood::Possible };
    let room = 4usize.saturating_sub(attack.len()).min(if level == Level::Malicious { 1 } else { 2 });
    attack.extend(usual.iter().take(room).map(|cause| (capital(&sentence(cause)), likelihood, question)));
    for (cause, likelihood, confirm) in attack {
        add(cause, likelihood, confirm);
    }
    all
}

/// What it means if it is an attack.
pub(super) fn implications(words: &Words<'_>) -> Vec<String> {
    if let Some(notice) = sight::notice(words.facts) {
        return vec![notice.implication.to_owned()];
    }
    let mut all: Vec<String> = Vec::new();
    if let Some(entry) = words.entry {
        all.push(sentence(entry.attacker_gains));
    }
    let facts = words.facts;
    if words.verdict.level != Level::Expected {
        if facts.in_container() && words.found.iter().any(|found| found.indicator.techniques.contains(&"T1611")) {
            all.push(format!("The machine {} counts as reached, and with it every workload on it.", host(facts)));
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
            all.push("Whatever credentials were in reach have to be replaced, not only looked at.".to_owned());
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

/// A value between back quotes, on one line, cut.
fn quoted(text: &str, bytes: usize) -> String {
    format!("`{}`", shown(&text.replace('`', "'"), bytes))
}

/// A value on one line, cut.
fn shown(text: &str, bytes: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(line.trim(), bytes)
}

fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes)])
}

/// `download-piped-to-interpreter` as `Download piped to interpreter`.
fn spoken(id: &str) -> String {
    capital(&id.replace('-', " "))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn lower(text: &str) -> String {
    const NAMES: &[&str] = &["Bash", "Falco", "Falco's", "Java", "Kubernetes", "Monero", "Redis"];
    if text.split(' ').next().is_some_and(|word| NAMES.contains(&word)) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let first = chars.next();
    let second = chars.clone().next();
    match (first, second) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ").next().unwrap_or(text).trim().to_owned()
}

/// `no parent process and no image`
fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
