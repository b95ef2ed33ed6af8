//! Works out for a group what happened, how bad it is, why we think so and what to do.
//!
//! Constraints:
//! - Pure: [`analyse`] sees its [`Input`] and nothing else; history comes in as a value ([`past`]). The same input gives
//!   the same analysis.
//! - Attack content is looked for first ([`indicators`]), then known activity; [`verdict`] says how they are weighed.
//! - What is absent is said to be absent. Sentences come from facts and tables; nothing is invented.

pub mod benign;
mod benign_hit;
mod context;
pub mod facts;
pub mod indicators;
pub mod llm;
mod model;
pub mod past;
pub mod paths;
pub mod redact;
mod revision;
pub mod rules;
mod search;
mod sight;
pub mod steps;
pub mod tuning;
pub mod verdict;
mod wording;

pub use benign_hit::{BenignHit, Strength};
pub use facts::Facts;
pub use model::{
    Analysis, Condition, Evidence, Exception, Explanation, History, Level, Likelihood, Narrative, Related, Step,
    StepKind, Technique, Text, Tuning, Verdict,
};
pub use revision::Revision;

use crate::alert::{Alert, Context};
use crate::dedup::GroupView;
use indicators::Found;
use rules::files::RuleBook;

/// Everything that an analysis may use.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// The alert that opened the group.
    pub alert: &'a Alert,
    /// Where it was received.
    pub context: &'a Context,
    /// The group as of this revision.
    pub group: GroupView,
    /// What was seen before and beside it, as of the alert's sequence; `None` where no journal was asked.
    pub history: Option<History>,
    /// The user's own rule files.
    pub book: Option<&'a RuleBook>,
}

/// What the alert itself shows, whatever was seen before it: what is judged and written about builds on it.
pub struct Findings<'a> {
    /// The alert's typed view.
    pub facts: Facts<'a>,
    /// Indicators of attack, strongest first.
    pub found: Vec<Found>,
    /// Benign causes, strongest first.
    pub benign: Vec<BenignHit>,
    /// That it looks like a known activity and is not it.
    imitation: Option<Evidence>,
}

/// The analysis of a group's opening.
pub fn analyse(input: Input<'_>) -> Analysis {
    let findings = find(input.alert);
    write(input, &findings)
}

/// Attack content first, then known activity.
pub fn find(alert: &Alert) -> Findings<'_> {
    let facts = Facts::of(alert);
    let found = indicators::find(&facts);
    let line = benign::Line::of(&facts);
    let benign = benign::find(&facts, &line);
    // Looked for only where it can matter: it is what no known activity shows, and weighs little beside a sure attack.
    let sure = found.first().is_some_and(|found| found.indicator.weight >= 80);
    let imitation = if benign.is_empty() && !sure { context::imitation(&facts, &line) } else { None };
    Findings { facts, found, benign, imitation }
}

/// What was found and what was seen before, weighed.
pub fn judge(findings: &Findings<'_>, history: Option<&History>) -> Verdict {
    let mut context = context::evidence(history);
    context.extend(findings.imitation.clone());
    verdict::combine(&findings.facts, &findings.found, &findings.benign, context)
}

/// The analysis of what was found.
pub fn write(input: Input<'_>, findings: &Findings<'_>) -> Analysis {
    let verdict = judge(findings, input.history.as_ref());
    let alert = input.alert;
    let entry = rules::entry(alert.rule());
    let (group, history) = (input.group, input.history.unwrap_or_default());
    let preferred = entry.map(|entry| entry.tuning.fields).unwrap_or_default();
    let first_steps = entry.map(|entry| entry.first_steps).unwrap_or_default();
    let words = wording::Words {
        facts: &findings.facts,
        found: &findings.found,
        benign: &findings.benign,
        verdict: &verdict,
        entry,
        book: input.book,
    };
    let tuning = tuning::tune(&findings.facts, verdict.level, &findings.benign, preferred);
    let mut steps = steps::steps(&findings.facts, verdict.level, &findings.benign, first_steps);
    if verdict.level == Level::Expected && matches!(tuning, Tuning::Refused(_)) {
        // Its only preventing step is to load the exception.
        steps.retain(|step| step.kind != StepKind::Prevent);
    }
    Analysis {
        opening: alert.clone(),
        context: input.context.clone(),
        title: wording::title(&words),
        summary: wording::summary(&words, &group, &history),
        explanations: wording::explanations(&words),
        implications: wording::implications(&words),
        steps,
        tuning,
        techniques: techniques(alert, findings),
        group,
        verdict,
        history,
        narrative: None,
    }
}

/// A later revision: the same findings, the group's new counts.
pub fn revise(previous: Analysis, group: GroupView) -> Analysis {
    let history = &previous.history;
    let summary = wording::recount(&previous.summary, (&previous.group, history), (&group, history));
    Analysis { group, summary, ..previous }
}

/// Techniques of what was found, the most telling first; then those of the rule's tags.
fn techniques(alert: &Alert, findings: &Findings<'_>) -> Vec<Technique> {
    let found = findings.found.iter().flat_map(|found| found.indicator.techniques.iter().copied());
    let mut all: Vec<Technique> = Vec::new();
    let tagged_tactic = alert.tags().find_map(rules::attack::tactic_from_tag);
    for id in found.chain(alert.tags()) {
        let Some(row) = rules::attack::technique(id) else { continue };
        if all.len() < 8 && !all.iter().any(|known| known.id == row.id) {
            let tagged = tagged_tactic.filter(|tactic| row.tactics.contains(tactic));
            let tactic = tagged.or_else(|| row.tactics.first().copied());
            all.push(Technique {
                id: row.id.into(),
                name: row.name.into(),
                tactic: tactic.map(|tactic| tactic.name().into()).unwrap_or_default(),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests;
