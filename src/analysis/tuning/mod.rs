//! How to silence one activity and nothing else: a Falco exception as a typed value, or the reason why there is none.
//!
//! Constraints:
//! - As narrow as the evidence allows: every field that says who did it and what was done, not the fewest that would do.
//! - Never for what looks like an attack, never resting only on what the process chooses for itself, never on a value
//!   that the alert does not have (a known cause's own identity aside: it narrows, and never silences an imitation).
//! - Only values that Falco's rule loader reads as they are, see `value`.

mod candidates;
mod general;
mod value;
mod yaml;

pub use yaml::{ParseError, from_yaml, to_yaml};

use super::benign;
use super::{BenignHit, Condition, Exception, Facts, Level, Tuning};
use crate::alert::Alert;
use candidates::{Candidate, Kind};
use std::fmt::Write;

/// An exception for the alert's rule that silences this activity, or why there is none.
///
/// `preferred` is what the rule's own knowledge says of the fields that tune it best, with the operator to use; it
/// orders and widens, and never brings in a field that the alert does not have.
pub fn tune(facts: &Facts<'_>, level: Level, hits: &[BenignHit], preferred: &[(&str, &str)]) -> Tuning {
    match exception(facts, level, hits, preferred) {
        Ok(exception) => Tuning::Exception(exception),
        Err(reason) => Tuning::Refused(reason.into()),
    }
}

fn exception(
    facts: &Facts<'_>,
    level: Level,
    hits: &[BenignHit],
    preferred: &[(&str, &str)],
) -> Result<Exception, &'static str> {
    let alert = facts.alert;
    if level == Level::Malicious {
        return Err("this looks like an attack: silencing it would hide the next one");
    }
    if alert.is_internal() {
        return Err("Falco tells of its own sight here; it has no rule, and nothing should hide it");
    }
    if alert.fields_inferred() {
        return Err(
            "Falco sent no output_fields: what was read from the text is the process's own to choose; switch on json_include_output_fields_property",
        );
    }
    if facts.has_no_process() && facts.audit.is_none() && alert.source() == "syscall" && facts.container.image.is_none()
    {
        return Err("the alert names neither a process nor an image: an exception would silence the whole rule");
    }
    let mut chosen = candidates::of(facts, level, preferred);
    let from_cause = cause_conditions(facts, hits, &mut chosen);
    if is_bare_shell(facts) {
        return Err(
            "a shell without a command: what was typed in it is not in the alert, so an exception would silence anything typed there",
        );
    }
    let count = |kind: Kind| chosen.iter().filter(|candidate| candidate.kind == kind).count();
    let identity = count(Kind::Identity);
    let exact = chosen.iter().any(|candidate| candidate.kind == Kind::Content && candidate.condition.operator == "=");
    let content = count(Kind::Content) > 0;
    if identity == 0 {
        return Err(
            "nothing in the alert says who did it that the process could not choose itself (an image, or an executable or parent that is no shell or general tool): an exception would silence an attacker who writes the same command",
        );
    }
    if identity + count(Kind::Content) + count(Kind::Parent) < 2 {
        return Err(
            "only one field of the alert tells this activity from others: an exception on it alone would be too broad",
        );
    }
    if general::runs_anything(facts) && !content {
        return Err(
            "the executable runs whatever it is given, and its command cannot be expressed safely: an exception would silence every command of it",
        );
    }
    if content && !exact && identity + count(Kind::Parent) < 2 && !from_cause {
        return Err(
            "the command can only be matched in part, and only one other field says who ran it: an exception would also silence what is appended to it",
        );
    }
    Ok(Exception {
        rule: alert.rule().to_owned(),
        name: name(facts, hits, &chosen),
        note: note(level, &chosen, from_cause),
        conditions: chosen.into_iter().map(|candidate| candidate.condition).collect(),
    })
}

/// Conditions of the known cause on fields that this alert does not carry. They narrow: an imitation lacks them.
fn cause_conditions(facts: &Facts<'_>, hits: &[BenignHit], chosen: &mut Vec<Candidate>) -> bool {
    let mut any = false;
    for (field, operator, value) in hits.first().map_or(&[][..], |hit| benign::tuning(hit.id)) {
        if facts.alert.field(field).is_some() || !candidates::belongs(field, facts.alert.source()) {
            continue;
        }
        let kind = if *field == "proc.pname" { Kind::Parent } else { Kind::Identity };
        chosen.insert(0, Candidate::new(kind, *field, operator, (*value).to_owned()));
        any = true;
    }
    any
}

/// Whether the command is a shell that was given nothing to do: whatever is typed there is not in the alert.
fn is_bare_shell(facts: &Facts<'_>) -> bool {
    let mut commands = facts.script.items.iter().flat_map(|item| &item.pipeline.commands);
    match (commands.next(), commands.next()) {
        (Some(command), None) => {
            command.is_shell() && command.nested.is_empty() && command.arg_texts().all(|arg| arg.starts_with('-'))
        }
        _ => false,
    }
}

/// `lanner_`, what it is about, and a short digest: a second exception of one name is an error to Falco's loader.
fn name(facts: &Facts<'_>, hits: &[BenignHit], chosen: &[Candidate]) -> String {
    const BEGINNING: &str = "lanner_";
    let audit = facts.audit.and_then(|audit| audit.user);
    let program = facts.process.program;
    let about = hits.first().map(|hit| hit.id).or(program.name).or(audit).or(facts.image_name()).unwrap_or("activity");
    let mut name = String::with_capacity(BEGINNING.len() + 40 + 9);
    name.push_str(BEGINNING);
    for c in about.chars().take(40) {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    // What is about nothing that can be written keeps both of its strokes.
    let end = name.trim_end_matches('_').len().max(BEGINNING.len());
    name.truncate(end);
    name.push('_');
    // One call of the hasher for everything: one for each part costs more than the hashing.
    let mut parts = Vec::with_capacity(512);
    for condition in chosen.iter().map(|candidate| &candidate.condition) {
        for part in [&*condition.field, &*condition.operator, &*condition.value] {
            parts.extend_from_slice(&(part.len() as u64).to_le_bytes());
            parts.extend_from_slice(part.as_bytes());
        }
    }
    let [a, b, c, d, ..] = *blake3::hash(&parts).as_bytes();
    let _ = write!(name, "{:08x}", u32::from_be_bytes([a, b, c, d]));
    name
}

fn note(level: Level, chosen: &[Candidate], from_cause: bool) -> String {
    let list = |note: &mut String, wanted: fn(&Candidate) -> bool| {
        for (n, candidate) in chosen.iter().filter(|candidate| wanted(candidate)).enumerate() {
            note.push_str(if n == 0 { "" } else { ", " });
            note.push_str(&candidate.condition.field);
        }
    };
    let is_content = |candidate: &Candidate| candidate.kind == Kind::Content;
    let is_partial = |candidate: &Candidate| candidate.kind == Kind::Content && candidate.condition.operator != "=";
    let mut note = String::with_capacity(512);
    note.push_str("Rests on who did it (");
    list(&mut note, |candidate| matches!(candidate.kind, Kind::Identity | Kind::Parent));
    if chosen.iter().any(is_content) {
        note.push_str(") and on what was done (");
        list(&mut note, is_content);
        note.push_str(").");
    } else {
        note.push_str("): it also silences whatever else this program does under this rule.");
    }
    if chosen.iter().any(is_partial) {
        note.push_str(" Of ");
        list(&mut note, is_partial);
        note.push_str(" only a part is matched, because the rest changes or Falco's loader cannot take it: what is appended to it is silenced too.");
    }
    if from_cause {
        note.push_str(" Some conditions are the known cause's own, which this alert does not carry: should it come again, it was something else.");
    }
    if level == Level::Review {
        note.push_str(" Load it only once the activity is confirmed.");
    }
    note
}

/// Whether the exception would have silenced this alert; `None` where a field that it needs is not in the alert and
/// all others hold.
pub fn evaluate(exception: &Exception, alert: &Alert) -> Option<bool> {
    if alert.rule() != exception.rule || exception.conditions.is_empty() {
        return Some(false);
    }
    let mut unknown = false;
    for condition in &exception.conditions {
        match alert.field(&condition.field) {
            Some(value) if holds(condition, value) => {}
            Some(_) => return Some(false),
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(true) }
}

/// Whether the exception would have silenced this alert, as Falco decides it: an absent field never matches.
pub fn matches(exception: &Exception, alert: &Alert) -> bool {
    evaluate(exception, alert) == Some(true)
}

fn holds(condition: &Condition, value: &str) -> bool {
    let wanted = condition.value.as_str();
    match &*condition.operator {
        "=" => value == wanted,
        "in" => wanted.split(',').any(|each| each.trim() == value),
        "startswith" => value.starts_with(wanted),
        "endswith" => value.ends_with(wanted),
        "contains" => value.contains(wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
