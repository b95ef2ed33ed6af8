//! Why two alerts are one group, or two.

use super::command::Tail;
use super::parts::{self, Kind, Part, Parts, Policy};
use super::settings::{Mode, Settings};
use crate::alert::{Alert, Context};
use std::cmp::Ordering;

/// Why two alerts are one group, or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether they are one group where the first opens it and nothing else is live.
    pub same: bool,
    /// Every field in which they differ, what splits them first; then by name.
    pub reasons: Vec<Difference>,
}

/// One field in which two alerts differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field, as Falco names it; `time`, and `(message)` for the text, among them.
    pub field: String,
    /// Whether the difference splits.
    pub splits: bool,
    /// The rule by which it does, or does not.
    pub rule: &'static str,
    /// The first alert's value; `None` where it has none.
    pub value_a: Option<String>,
    /// The second alert's.
    pub value_b: Option<String>,
}

/// Says for each field in which two alerts differ whether that makes them two groups, and by which rule.
pub fn explain(settings: &Settings, a: &Alert, context_a: &Context, b: &Alert, context_b: &Context) -> Explanation {
    let policy = Policy::of(settings, a.rule());
    let row = policy.row;
    let parts_a = parts::take(a, context_a, &policy, &mut parts::read_anew);
    let parts_b = parts::take(b, context_b, &Policy::of(settings, b.rule()), &mut parts::read_anew);
    let mut reasons: Vec<Difference> = Vec::new();
    for part in &parts_a.list {
        let other = parts_b.list.iter().find(|other| alike(part, other));
        reasons.extend(compare(Some(part), other, &parts_a, &parts_b));
    }
    for part in &parts_b.list {
        if !parts_a.list.iter().any(|other| alike(part, other)) {
            reasons.extend(compare(None, Some(part), &parts_a, &parts_b));
        }
    }
    let distance = a.time().since(b.time()).saturating_abs();
    let idle = row.and_then(|row| row.idle).unwrap_or(settings.idle).max(0);
    let longest = row.and_then(|row| row.longest).unwrap_or(settings.longest).max(0);
    if distance > 0 {
        let (splits, rule) = if distance > idle {
            (true, "silent for longer than a window's idle time")
        } else if distance > longest {
            (true, "farther apart than a window may be long")
        } else {
            (false, "within one window")
        };
        let value = |alert: &Alert| Some(alert.time().to_string());
        reasons.push(Difference { field: "time".to_owned(), splits, rule, value_a: value(a), value_b: value(b) });
    }
    if policy.mode == Mode::Off {
        let rule = "grouping is off for this rule";
        reasons.push(Difference { field: "rule".to_owned(), splits: true, rule, value_a: None, value_b: None });
    }
    reasons.sort_by(|a, b| b.splits.cmp(&a.splits).then_with(|| a.field.cmp(&b.field)));
    Explanation { same: !reasons.iter().any(|reason| reason.splits), reasons }
}

/// Whether two parts are about one thing. A workload may be told by different fields, and the container is one.
fn alike(a: &Part, b: &Part) -> bool {
    let workload = |part: &Part| part.rule == parts::WORKLOAD;
    if workload(a) || workload(b) { workload(a) == workload(b) } else { a.field == b.field }
}

fn compare(a: Option<&Part>, b: Option<&Part>, parts_a: &Parts, parts_b: &Parts) -> Option<Difference> {
    let some = a.or(b)?;
    let (splits, rule) = match (a, b) {
        (Some(a), Some(b)) if a.kind == b.kind && a.key == b.key => {
            if a.field == "proc.cmdline" && a.kind == Kind::Identity {
                tails(parts_a.tail.as_ref(), parts_b.tail.as_ref(), a.rule)
            } else {
                (false, if a.kind == Kind::Left { a.rule } else { "the same once normalised" })
            }
        }
        (Some(a), Some(b)) => match (a.kind, b.kind) {
            (Kind::Left, Kind::Wild(_)) => (false, a.rule),
            (Kind::Wild(_), Kind::Left) => (false, b.rule),
            (Kind::Left, Kind::Identity) => (true, b.rule),
            _ => (true, a.rule),
        },
        _ => match some.kind {
            Kind::Left => (false, some.rule),
            Kind::Wild(_) => (false, "known on one side only"),
            Kind::Identity => (true, some.rule),
        },
    };
    let text = |part: Option<&Part>| part.map(|part| part.raw.to_owned());
    let (value_a, value_b) = (text(a), text(b));
    (splits || value_a != value_b).then(|| Difference { field: some.field.to_string(), splits, rule, value_a, value_b })
}

fn tails(a: Option<&Tail>, b: Option<&Tail>, rule: &'static str) -> (bool, &'static str) {
    match (a, b) {
        (Some(a), Some(b)) => match a.relation(b) {
            None => (true, "the pipelines end in different filters"),
            Some(Ordering::Equal) => (false, "the same once normalised"),
            Some(_) => (false, "one is the other's pipeline without trailing text filters"),
        },
        (None, None) => (false, "the same once normalised"),
        _ => (true, rule),
    }
}
