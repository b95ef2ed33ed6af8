//! What may have caused it.

use super::Words;
use super::spoken::spoken;
use super::text::{capital, lower, sentence};
use crate::analysis::benign_hit::Strength;
use crate::analysis::facts::Facts;
use crate::analysis::model::{Explanation, Level, Likelihood};
use crate::analysis::{paths, sight};

/// What may have caused it, likeliest first.
pub(in crate::analysis) fn explanations(words: &Words<'_>) -> Vec<Explanation> {
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
    let question =
        words.entry.and_then(|entry| entry.questions.first().copied()).unwrap_or("Ask who runs this workload.");
    let mut attack: Vec<(String, Likelihood, &str)> = words
        .found
        .iter()
        .filter(|found| found.indicator.weight >= 30)
        .map(|found| {
            let likelihood = if level == Level::Malicious { Likelihood::Likely } else { Likelihood::Possible };
            (format!("An attack ({}).", lower(&spoken(found.indicator.id))), likelihood, question)
        })
        .take(1)
        .collect();
    let known: Vec<(String, Likelihood, &str)> = words
        .benign
        .iter()
        .take(2)
        .map(|hit| {
            let likelihood = match (level, hit.strength) {
                (Level::Expected, Strength::Strong) => Likelihood::Likely,
                (Level::Expected, Strength::Weak) | (Level::Review, _) => Likelihood::Possible,
                (Level::Malicious, _) => Likelihood::Unlikely,
            };
            (capital(&sentence(&hit.activity)), likelihood, hit.confirm.as_str())
        })
        .collect();
    if level == Level::Expected {
        let imitation = words.benign.first().map(|hit| {
            let text = match hit.imitation.strip_prefix("none worth having: ") {
                Some(why) => format!("An imitation would gain nothing: {}", sentence(why)),
                None => format!("An imitation, for which one would have to {}", sentence(&hit.imitation)),
            };
            (text, Likelihood::Unlikely, "")
        });
        for (cause, likelihood, confirm) in known.into_iter().chain(imitation) {
            add(cause, likelihood, confirm);
        }
        return all;
    }
    attack.extend(known);
    let usual = words.entry.map(|entry| entry.benign).unwrap_or_default();
    let likelihood = if level == Level::Malicious { Likelihood::Unlikely } else { Likelihood::Possible };
    let room = 4usize.saturating_sub(attack.len()).min(if level == Level::Malicious { 1 } else { 2 });
    let names = names(words.facts);
    let (near, far): (Vec<&str>, Vec<&str>) = usual.iter().partition(|cause| names_one_of(cause, &names));
    let asked = attack.iter().any(|(_, _, confirm)| *confirm == question);
    let ask = |n: usize| if n == 0 && !asked { question } else { "" };
    if near.is_empty() && level != Level::Malicious {
        let all = far.iter().take(room).map(|cause| cause.trim_end_matches('.')).collect::<Vec<_>>().join("; or ");
        if !all.is_empty() {
            attack.push((format!("What this rule is known to fire for elsewhere: {all}."), likelihood, ask(0)));
        }
    } else {
        let near = near.iter().take(room).enumerate();
        attack.extend(near.map(|(n, cause)| (capital(&sentence(cause)), likelihood, ask(n))));
    }
    for (cause, likelihood, confirm) in attack {
        add(cause, likelihood, confirm);
    }
    all
}

/// What a usual cause may name of this alert: the program, its parent, the image or the file.
fn names<'a>(facts: &Facts<'a>) -> Vec<&'a str> {
    let image = facts.container.image.map(paths::base_name);
    let file = facts.file.path.map(paths::base_name);
    let all = [facts.process.program.label(), facts.process.program.name, facts.parent.label(), image, file];
    let telling = |name: &&str| name.len() >= 3 && !crate::cmdline::is_shell(&name.to_ascii_lowercase());
    all.into_iter().flatten().filter(telling).collect()
}

/// Whether a usual cause has one of these names in it, as a word.
fn names_one_of(cause: &str, names: &[&str]) -> bool {
    let between = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.');
    let mut words = cause.as_bytes().split(between);
    words.any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes())))
}
