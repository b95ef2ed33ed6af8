//! The sentences of an analysis: title, summary, explanations, implications. Short, from facts and tables only.

mod causes;
mod deed;
mod place;
mod spoken;
mod text;

pub(super) use causes::explanations;

use super::benign_hit::BenignHit;
use super::context::duration;
use super::facts::Facts;
use super::indicators::Found;
use super::model::{History, Level, Text, Verdict};
use super::rules::RuleEntry;
use super::rules::files::RuleBook;
use super::sight;
use super::verdict::missing;
use crate::dedup::GroupView;
use deed::{add_what_happened, program_name};
use place::{add_host, add_short_place};
use spoken::spoken;
use std::borrow::Cow;
use std::fmt::Write;
use text::{add_capital, add_cut, add_listed, add_lower, add_sentence, add_shown, cut, first_sentence, sentence};

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
    let mut title = String::with_capacity(TITLE_BYTES + 4);
    if let Some(notice) = sight::notice(facts) {
        title.extend([notice.title, " on "]);
        add_host(&mut title, facts);
        return cut(title, TITLE_BYTES);
    }
    if let Some(hit) = words.benign.first().filter(|_| words.verdict.level == Level::Expected) {
        let mut place = String::with_capacity(80);
        add_short_place(&mut place, facts);
        let place = place.trim_start_matches("in ").trim_start_matches("on ");
        let length = if place.is_empty() { 0 } else { place.len() + 3 };
        let mut activity = String::with_capacity(hit.activity.len() + 2);
        add_capital(&mut activity, &hit.activity);
        add_cut(&mut title, &activity, TITLE_BYTES.saturating_sub(length));
        if !place.is_empty() {
            title.extend([" (", place, ")"]);
        }
        return cut(title, TITLE_BYTES);
    }
    let what = words.found.first().filter(|_| words.verdict.level == Level::Malicious);
    let what = what.map_or(Cow::Borrowed(facts.alert.rule()), |found| spoken(found.indicator.id));
    let mut rest = String::with_capacity(128);
    if let Some(name) = program_name(facts) {
        rest.push_str(": ");
        add_shown(&mut rest, name, 40);
    }
    rest.push(' ');
    add_short_place(&mut rest, facts);
    add_cut(&mut title, &what, TITLE_BYTES.saturating_sub(rest.len()));
    title.push_str(&rest);
    title.truncate(title.trim_end().len());
    cut(title, TITLE_BYTES)
}

/// Two to four sentences; the last one counts, and [`recount`] renews it.
pub(super) fn summary(words: &Words<'_>, group: &GroupView, history: &History) -> String {
    let facts = words.facts;
    let mut text = String::with_capacity(768);
    match sight::notice(facts) {
        Some(notice) => {
            add_capital(&mut text, notice.title);
            text.push_str(" on ");
            add_host(&mut text, facts);
            text.extend([". ", notice.means]);
        }
        None => add_what_happened(&mut text, facts),
    }
    add_why(&mut text, words);
    let unknown = missing(facts);
    if !unknown.is_empty() {
        text.push_str(" Falco gave ");
        add_listed(&mut text, &unknown);
        text.push('.');
    }
    add_count(&mut text, group, history);
    text
}

/// The summary with the counts of another revision.
pub(super) fn recount(summary: &str, before: (&GroupView, &History), after: (&GroupView, &History)) -> String {
    let mut counted = String::new();
    add_count(&mut counted, before.0, before.1);
    let mut text = summary.strip_suffix(counted.as_str()).unwrap_or(summary).to_owned();
    add_count(&mut text, after.0, after.1);
    text
}

/// The end of a summary. Journals rest on its wording: what an earlier version has written there is found again by it, when
/// the same is said with newer counts.
fn add_count(text: &mut String, group: &GroupView, history: &History) {
    if group.count > 1 {
        let span = group.last.since(group.first).max(0) as u64 / 1_000_000_000;
        let _ = write!(text, " It came {} times within {}", group.count, duration(span));
        if let Some(seconds) = super::past::period_within(group) {
            let _ = write!(text, ", every {}", duration(seconds));
        }
        text.push('.');
    }
    if history.same_fingerprint > 0 {
        let times = history.same_fingerprint;
        let _ = write!(text, " The same was seen in {times} earlier {}", if times == 1 { "group" } else { "groups" });
        if let Some(time) = history.first_seen {
            let _ = write!(text, ", first at {time}");
        }
        text.push('.');
    }
}

/// Why the verdict is what it is.
fn add_why(text: &mut String, words: &Words<'_>) {
    let strongest = words.found.first();
    match words.verdict.level {
        Level::Malicious => {
            let Some(first) = strongest.map(|found| found.indicator.reason) else { return };
            text.extend([" ", first]);
            let others = words.found.iter().skip(1).filter(|found| found.indicator.weight >= 40);
            if let Some(second) =
                others.map(|found| found.indicator.reason).find(|second| !says_the_same(first, second))
            {
                text.extend([" ", second]);
            }
        }
        Level::Expected => {
            let Some(hit) = words.benign.first() else { return };
            text.extend([" The known cause: ", &*hit.activity, "; "]);
            add_sentence(text, &hit.reason);
            text.push_str(" To confirm: ");
            add_sentence(text, &hit.confirm);
        }
        Level::Review if sight::notice(words.facts).is_some() => {}
        Level::Review => match (strongest, words.benign.first()) {
            (Some(found), Some(hit)) => {
                text.push_str(" It looks like known activity (");
                add_shown(text, &hit.activity, 120);
                text.extend(["), but: ", found.indicator.reason]);
            }
            (Some(found), None) => text.extend([" ", found.indicator.reason]),
            (None, Some(hit)) => {
                text.push_str(" It may be known activity (");
                add_shown(text, &hit.activity, 120);
                text.push_str("), which too little shows.");
            }
            (None, None) => add_what_rule_says(text, words),
        },
    }
}

fn add_what_rule_says(text: &mut String, words: &Words<'_>) {
    let own = words.entry.map(|entry| Cow::Borrowed(entry.means));
    let book = || {
        let rule = words.book?.get(words.facts.alert.rule())?;
        let mut said = String::new();
        add_cut(&mut said, &rule.description, 240);
        let (said, end) = sentence(&said);
        Some(Cow::Owned([said, end].concat()))
    };
    if let Some(said) = own.or_else(book).filter(|said| said.len() > 1) {
        text.push(' ');
        add_sentence(text, first_sentence(&said));
    }
    text.push_str(" Nothing in it is known to be an attack, and no known activity explains it.");
}

/// Whether a second reason would tell the reader what the first told.
fn says_the_same(first: &str, second: &str) -> bool {
    fn words(text: &str) -> Vec<&str> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).collect()
    }
    let (first, second) = (words(first), words(second));
    let is_shared = |word: &&&str| first.iter().any(|known| known.eq_ignore_ascii_case(word));
    let shared = second.iter().filter(is_shared).count();
    shared * 2 >= first.len().min(second.len())
}

/// What it means if it is an attack.
pub(super) fn implications(words: &Words<'_>) -> Vec<Text> {
    if let Some(notice) = sight::notice(words.facts) {
        return vec![notice.implication.into()];
    }
    let mut all: Vec<Text> = Vec::with_capacity(4);
    let level = words.verdict.level;
    if let Some(entry) = words.entry {
        all.push(match (level, sentence(entry.attacker_gains)) {
            (Level::Expected, (gains, end)) => {
                let mut text = String::with_capacity(gains.len() + 32);
                text.push_str("Were it an imitation: ");
                add_lower(&mut text, gains);
                text.push_str(end);
                text.into()
            }
            (_, (gains, "")) => gains.into(),
            (_, (gains, end)) => [gains, end].concat().into(),
        });
    }
    let facts = words.facts;
    if level != Level::Expected {
        let about_host = |before: &str, after: &[&str]| {
            let mut text = String::with_capacity(128);
            text.push_str(before);
            add_host(&mut text, facts);
            text.extend(after.iter().copied());
            Text::from(text)
        };
        if facts.in_container() && words.found.iter().any(|found| found.indicator.techniques.contains(&"T1611")) {
            let counts = if level == Level::Malicious { "counts" } else { "would count" };
            all.push(about_host("The machine ", &[" ", counts, " as reached, and with it every workload on it."]));
        } else if facts.user.is_root() && facts.on_host() && level == Level::Malicious {
            all.push(about_host("It ran as root on ", &[": everything on that machine counts as reached."]));
        }
        let of_credentials = |id: &&str| id.starts_with("T1552") || id.starts_with("T1003") || *id == "T1528";
        if words.found.iter().any(|found| found.indicator.techniques.iter().any(of_credentials)) {
            all.push(if level == Level::Malicious {
                "Whatever credentials were in reach have to be replaced, not only looked at.".into()
            } else {
                "Whatever credentials were in reach would have to be replaced, not only looked at.".into()
            });
        }
    }
    all
}
