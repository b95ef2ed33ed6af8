//! What looks like a known cause and is not: the command or the name fits, and an identity field says otherwise.

use super::command::Line;
use super::command_pattern::commands;
use super::identity::Says;
use super::row::{Is, Row};
use super::{index, table};
use crate::analysis::Facts;
use crate::analysis::paths::{Location, base_name};

/// An imitation of a known cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imitation {
    /// The row that it looks like.
    pub id: &'static str,
    /// The activity that it looks like.
    pub activity: &'static str,
    /// The identity field that says otherwise.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// Why it is not that activity, in one sentence.
    pub reason: String,
}

/// The known cause that this alert looks like without being it, where there is one: its specific command was run, or
/// its program's name used, and the executable, the parent, the image or the rest of the command say otherwise. To be
/// asked where [`find`](super::find) finds no cause.
pub fn imitation(facts: &Facts<'_>, line: &Line<'_>) -> Option<Imitation> {
    misplaced(facts).or_else(|| index::by_command(line).find_map(|row| of_row(row, facts, line)))
}

/// A known program's name on an executable that lies where anyone can write.
fn misplaced(facts: &Facts<'_>) -> Option<Imitation> {
    let path = facts.process.program.exepath?;
    if !matches!(Location::of(path), Location::Temporary | Location::Memory | Location::Home) {
        return None;
    }
    let name = facts.process.program.name.unwrap_or_else(|| base_name(path));
    let row = table::rows().find(|row| {
        row.who.iter().any(|is| match is {
            Is::Exe(paths) => paths.iter().any(|known| base_name(known) == name || base_name(known) == base_name(path)),
            _ => false,
        })
    })?;
    Some(Imitation {
        id: row.id,
        activity: row.activity,
        field: "proc.exepath",
        value: path.to_owned(),
        reason: format!(
            "the process is named {name}, but its executable is not the one that is installed under that name"
        ),
    })
}

/// The row's own specific command, run by somebody else or with something added.
fn of_row(row: &'static Row, facts: &Facts<'_>, line: &Line<'_>) -> Option<Imitation> {
    if row.command == super::row::Command::Ordinary && line.plain {
        // Anyone may run it, and nothing was added.
        return None;
    }
    let commands = commands(row)?;
    let whole = commands.iter().any(|pattern| pattern.matches(line));
    let extended = !whole && commands.iter().any(|pattern| pattern.is_telling && pattern.begins(line));
    if !(whole || extended) {
        return None;
    }
    let made = |field: &'static str, reason: String| {
        let value: String = facts.get(field).unwrap_or_default().chars().take(200).collect();
        Some(Imitation { id: row.id, activity: row.activity, field, value, reason })
    };
    if extended {
        return made("proc.cmdline", "the command begins like the known one, and does something more".to_owned());
    }
    if row.command == super::row::Command::Ordinary {
        return None;
    }
    for is in row.who {
        if let Says::No(field) = row.says(*is, facts) {
            return made(field, format!("by {field} it is run by somebody else, or elsewhere"));
        }
    }
    let odd = facts.lineage().find_map(|program| program.name);
    odd.and_then(|_| made("proc.pname", "it was started by a program that has no reason to run it".to_owned()))
}
