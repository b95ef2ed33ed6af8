//! The table of benign causes: known activities, each with the pattern of independent fields that shows it.
//!
//! Constraints:
//! - Identity rests on fields that the process cannot choose: executable path, parent, image, namespace, host, audit
//!   user. Two of them show a cause, or one where the whole command is specific and harmless in itself. Text alone
//!   shows nothing; only where no identity field is present may such a command count, weakly.
//! - A field that is present and says otherwise ends the match: an absent one only fails to count.
//! - A command matches as a whole after parsing: nothing may be left over, no operator, no redirection, no code.
//! - Whatever the row, some things it must say to explain them ([`oddity`]): a public address, a file that hands over
//!   the machine, a program that is not the one it is named as, a parent that outsiders talk to.
//! - Rows are data (`const` tables by theme); each carries an example, from which tests make look-alikes that must not
//!   match: another executable, another parent, another image, something appended.

mod command;
mod happening;
mod identity;
mod imitation;
mod index;
mod oddity;
mod pattern;
mod probe;
mod row;
mod table;

pub use imitation::{Imitation, imitation};

use super::{BenignHit, Facts, Strength};
use command::Line;
use row::Row;

/// Every benign cause that the alert shows, strongest first.
pub fn find(facts: &Facts<'_>) -> Vec<BenignHit> {
    let line = Line::of(facts);
    let mut hits: Vec<BenignHit> = index::candidates(facts, &line).filter_map(|row| hit(row, facts, &line)).collect();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.strength));
    hits
}

/// Conditions of a cause's own identity, for an exception on an alert that does not carry those fields: field, operator,
/// value. Empty where the cause has none.
pub fn tuning(id: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    table::rows().find(|row| row.id == id).map_or(&[], |row| row.tuning)
}

fn hit(row: &'static Row, facts: &Facts<'_>, line: &Line) -> Option<BenignHit> {
    let shown = row.shown_by(facts, line)?;
    let reason = match shown.strength {
        Strength::Strong if shown.counted.len() > 1 => {
            format!("{} agree, and none of them is the process's to choose", listed(&shown.counted))
        }
        Strength::Strong => {
            format!("{} agrees, and the whole command is specific and harmless", listed(&shown.counted))
        }
        Strength::Weak if shown.counted.is_empty() => {
            "the whole command is specific and harmless, but the alert does not say who ran it".to_owned()
        }
        Strength::Weak => format!("only {} agrees", listed(&shown.counted)),
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

/// `a`, `a and b`, `a, b and c`.
fn listed(fields: &[&str]) -> String {
    match fields {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tests;
