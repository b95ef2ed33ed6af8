//! What to run to find out, how to contain, how to prevent: a few steps in order, with this alert's values filled in.
//!
//! Constraints:
//! - Three to seven steps; each with its reason; only what applies to this place: no Kubernetes command on a plain host,
//!   no container command outside containers.
//! - A value goes into a command only through [`quote`]: one word, whatever it holds; values that cannot be written
//!   safely on one line, or are long, are left out together with their step.

mod investigate;
mod names;
mod quote;
mod respond;
mod rule_step;

pub use quote::quote;

use super::{BenignHit, Facts, Level, Step, StepKind};
use names::Names;

/// The most steps.
const MAX_STEPS: usize = 7;
/// The most steps that find out.
const MAX_INVESTIGATE: usize = 4;

/// What to do about this alert. `rule_steps` are the first steps of the rule's own knowledge, with places such as
/// `<fd.name>` for the alert's values.
pub fn steps(facts: &Facts<'_>, level: Level, hits: &[BenignHit], rule_steps: &[&str]) -> Vec<Step> {
    let mut chosen: Vec<Step> = Vec::with_capacity(MAX_STEPS + 1);
    if let Some(hit) = hits.first() {
        chosen.push(Step {
            kind: StepKind::Investigate,
            action: ["Confirm the known cause: ", hit.confirm.trim_end_matches('.'), "."].concat().into(),
            command: "".into(),
            reason: "If it does not hold, somebody imitates that cause.".into(),
        });
    }
    let wanted = if level == Level::Expected { 1 } else { 2 };
    let names = Names::of(facts);
    let of_rule = rule_step::fill(facts, &names, rule_steps).take(wanted);
    let mut own = investigate::steps(facts, &names);
    chosen.extend(own.next());
    chosen.extend(of_rule);
    let most = if level == Level::Expected { 2 } else { MAX_INVESTIGATE };
    for step in own {
        if chosen.len() >= most {
            break;
        }
        if !repeats(&step, &chosen) {
            chosen.push(step);
        }
    }
    chosen.truncate(most.max(2));
    let response = respond::steps(facts, &names, level);
    // Of an attack: one look, then what keeps evidence and can be looked at still; what ends a look comes after all.
    let at = if level == Level::Malicious { chosen.len().min(1) } else { chosen.len() };
    chosen.splice(at..at, response.at_once);
    let last = [response.after_looking, response.prevent];
    chosen.truncate(MAX_STEPS - last.iter().flatten().count());
    chosen.extend(last.into_iter().flatten());
    chosen
}

/// Whether a step asks what one of the earlier already asks.
fn repeats(step: &Step, earlier: &[Step]) -> bool {
    const QUESTIONS: &[&str] =
        &["rpm -qf", "docker diff", "crictl inspect", " logs ", "ausearch", "docker top", "stat -- "];
    let mut asked = QUESTIONS.iter().filter(|question| step.command.contains(**question));
    let asks =
        |question: &str| earlier.iter().any(|one| one.command.contains(question) || one.action.contains(question));
    !step.command.is_empty() && (earlier.iter().any(|one| one.command == step.command) || asked.any(|q| asks(q)))
}

#[cfg(test)]
mod tests;
