//! What may have caused it.

use super::Words;
use super::spoken::spoken;
use super::text::{add_capital, add_lower, add_sentence, sentence};
use crate::analysis::benign_hit::{BenignHit, Strength};
use crate::analysis::facts::Facts;
use crate::analysis::model::{Explanation, Level, Likelihood, Text};
use crate::analysis::{paths, rules, sight};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What may have caused it, likeliest first.
pub(in crate::analysis) fn explanations(words: &Words<'_>) -> Vec<Explanation> {
    let possible = |cause: &'static str, confirm: &'static str| Explanation {
        cause: cause.into(),
        likelihood: Likelihood::Possible,
        confirm: confirm.into(),
    };
    if let Some(notice) = sight::notice(words.facts) {
        return vec![
            possible(notice.cause, notice.confirm),
            possible(notice.attack, "Look at what the same machine reported just before."),
        ];
    }
    let level = words.verdict.level;
    if level == Level::Expected {
        return known(words).chain(words.benign.first().map(imitation)).collect();
    }
    let question =
        words.entry.and_then(|entry| entry.questions.first().copied()).unwrap_or("Ask who runs this workload.");
    let mut all: Vec<Explanation> = Vec::with_capacity(4);
    if let Some(found) = words.found.iter().find(|found| found.indicator.weight >= 30) {
        let likelihood = if level == Level::Malicious { Likelihood::Likely } else { Likelihood::Possible };
        let mut cause = String::with_capacity(80);
        cause.push_str("An attack (");
        add_lower(&mut cause, &spoken(found.indicator.id));
        cause.push_str(").");
        all.push(Explanation { cause: cause.into(), likelihood, confirm: question.into() });
    }
    all.extend(known(words));
    let usual = words.entry.map(|entry| entry.benign).unwrap_or_default();
    let likelihood = if level == Level::Malicious { Likelihood::Unlikely } else { Likelihood::Possible };
    let room = 4usize.saturating_sub(all.len()).min(if level == Level::Malicious { 1 } else { 2 });
    let names = names(words.facts);
    let asked = all.iter().any(|explanation| explanation.confirm == question);
    let ask = |n: usize| if n == 0 && !asked { question.into() } else { "".into() };
    let told = all.len();
    let causes = usual.iter().zip(words.entry.and_then(|entry| WORDS.get(entry.rule)).into_iter().flatten());
    for (cause, _) in causes.filter(|(_, words)| is_one_of(&names, words)).take(room) {
        let (cause, confirm) = (capital_sentence(cause), ask(all.len() - told));
        all.push(Explanation { cause, likelihood, confirm });
    }
    if all.len() == told && level != Level::Malicious && room > 0 && !usual.is_empty() {
        let mut cause = String::with_capacity(320);
        cause.push_str("What this rule is known to fire for elsewhere: ");
        for (n, far) in usual.iter().take(room).enumerate() {
            cause.extend([if n == 0 { "" } else { "; or " }, far.trim_end_matches('.')]);
        }
        cause.push('.');
        all.push(Explanation { cause: cause.into(), likelihood, confirm: ask(0) });
    }
    all
}

/// The known activities that it may be.
fn known(words: &Words<'_>) -> impl Iterator<Item = Explanation> {
    let level = words.verdict.level;
    words.benign.iter().take(2).map(move |hit| Explanation {
        cause: capital_sentence(&hit.activity),
        likelihood: match (level, hit.strength) {
            (Level::Expected, Strength::Strong) => Likelihood::Likely,
            (Level::Expected, Strength::Weak) | (Level::Review, _) => Likelihood::Possible,
            (Level::Malicious, _) => Likelihood::Unlikely,
        },
        confirm: hit.confirm.clone().into(),
    })
}

/// What it takes to look like a known activity.
fn imitation(hit: &BenignHit) -> Explanation {
    let mut cause = String::with_capacity(hit.imitation.len() + 64);
    if let Some(why) = hit.imitation.strip_prefix("none worth having: ") {
        cause.push_str("An imitation would gain nothing: ");
        add_sentence(&mut cause, why);
    } else {
        cause.push_str("An imitation, for which one would have to ");
        add_sentence(&mut cause, &hit.imitation);
    }
    Explanation { cause: cause.into(), likelihood: Likelihood::Unlikely, confirm: "".into() }
}

fn capital_sentence(text: &str) -> Text {
    let (text, end) = sentence(text);
    let mut cause = String::with_capacity(text.len() + 4);
    add_capital(&mut cause, text);
    cause.push_str(end);
    cause.into()
}

/// Shorter names are words by chance.
const SHORTEST_NAME: usize = 3;

/// What a usual cause may name of this alert: the program, its parent, the image or the file.
fn names<'a>(facts: &Facts<'a>) -> Vec<&'a str> {
    let image = facts.container.image.map(paths::base_name);
    let file = facts.file.path.map(paths::base_name);
    let all = [facts.process.program.label(), facts.process.program.name, facts.parent.label(), image, file];
    let mut names: Vec<&str> = Vec::with_capacity(all.len());
    for name in all.into_iter().flatten().filter(|name| name.len() >= SHORTEST_NAME) {
        if !names.contains(&name) && !crate::cmdline::is_shell(&name.to_ascii_lowercase()) {
            names.push(name);
        }
    }
    names
}

/// The words of each rule's usual causes that may be names, looked for once.
static WORDS: LazyLock<HashMap<&str, Vec<Vec<&str>>, foldhash::fast::RandomState>> =
    LazyLock::new(|| rules::entries().map(|entry| (entry.rule, entry.benign.iter().map(in_text).collect())).collect());

fn in_text(text: &&'static str) -> Vec<&'static str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    words.filter(|word| word.len() >= SHORTEST_NAME).collect()
}

/// Whether one of the names is one of the words.
fn is_one_of(names: &[&str], words: &[&str]) -> bool {
    let length = |word: &str| 1u64 << word.len().min(63);
    // Nearly always no name is as long as the word.
    let lengths = names.iter().fold(0, |all, name| all | length(name));
    let mut words = words.iter().filter(|word| lengths & length(word) != 0);
    words.any(|word| names.iter().any(|name| name.eq_ignore_ascii_case(word)))
}
