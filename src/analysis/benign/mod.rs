//! The table of benign causes: known activities, each with the pattern of independent fields that shows it.
//!
//! Constraints:
//! - Identity rests on fields that the process cannot choose: executable path, parent, image, namespace, host, audit
//!   user. Two of them show a cause, or one where the whole command is specific and harmless in itself. Text alone
//!   shows nothing; only where no identity field is present may such a command count, weakly.
//! - A field that is present and says otherwise ends the match: an absent one only fails to count.
//! - A command matches as a whole after parsing: nothing may be left over, no operator, no redirection, no code.
//! - Whatever the row, some things it must say to explain them (`oddity`): a public address, a file that hands over
//!   the machine, a program that is not the one it is named as, a parent that outsiders talk to.
//! - Rows are data (`const` tables by theme); each carries an example, from which tests make look-alikes that must not
//!   match: another executable, another parent, another image, something appended.

mod command;
mod command_pattern;
mod happening;
mod identity;
mod imitation;
mod index;
mod oddity;
mod pattern;
mod probe;
mod row;
mod table;

pub use command::Line;
pub use imitation::{Imitation, imitation};

use super::{BenignHit, Facts, Strength};
use row::Row;

/// Every benign cause that the alert shows, strongest first. `line` is the alert's command line.
pub fn find(facts: &Facts<'_>, line: &Line<'_>) -> Vec<BenignHit> {
    let mut hits: Vec<BenignHit> = index::candidates(facts, line).filter_map(|row| hit(row, facts, line)).collect();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.strength));
    hits
}

/// Conditions of a cause's own identity, for an exception on an alert that does not carry those fields: field, operator,
/// value. Empty where the cause has none.
pub fn tuning(id: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    table::rows().find(|row| row.id == id).map_or(&[], |row| row.tuning)
}

fn hit(row: &'static Row, facts: &Facts<'_>, line: &Line<'_>) -> Option<BenignHit> {
    let shown = row.shown_by(facts, line)?;
    let reason = match shown.strength {
        Strength::Strong if shown.counted.len() > 1 => {
            format!("{} are those of this activity, and the process cannot choose them", listed(&shown.counted))
        }
        Strength::Strong => {
            format!("{} fits this activity, and the whole command is specific and harmless", listed(&shown.counted))
        }
        Strength::Weak if shown.counted.is_empty() => {
            "the whole command is specific and harmless, but the alert does not say who ran it".to_owned()
        }
        Strength::Weak => format!("only {} fits this activity", listed(&shown.counted)),
    };
    Some(BenignHit {
        id: row.id,
        activity: row.activity.to_owned(),
        strength: shown.strength,
        field: shown.field.to_owned(),
        value: shown.value,
        reason,
        confirm: row.confirm.to_owned(),
        imitation: row.imitation.to_owned(),
    })
}

/// `the image`, `the image and the parent process`, `the image, the parent process and the namespace`.
fn listed(fields: &[&str]) -> String {
    let words: Vec<&str> = fields.iter().map(|field| in_words(field)).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What a field is to a reader.
fn in_words(field: &str) -> &str {
    match field {
        "container.image.repository" => "the image",
        "container.name" => "the container's name",
        "container.id" => "the place (the host itself)",
        "k8s.ns.name" => "the namespace",
        "k8s.pod.name" => "the pod",
        "proc.exepath" => "the executable",
        "proc.pname" => "the parent process",
        "proc.pexepath" => "the parent's executable",
        "proc.name" => "the process name",
        "user.name" => "the user",
        _ if field.starts_with("proc.a") => "the processes above it",
        _ => field,
    }
}

#[cfg(test)]
mod borrowed;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tests;
