//! The project's one understanding of command lines, used by grouping and by analysis.
//!
//! Falco's `proc.cmdline` is the process name and its arguments joined with single spaces: quotes
//! are gone, arguments may be cut off, newlines may have become spaces. So there are two ways in:
//!
//! - [`parse_argv`] reads such a line. At the top it is an argument vector: `|` and `;` are
//!   arguments, unless a program that takes shell text (`sh -c`, `ssh host`, `eval`, ...) reads
//!   them; then the whole rest of the line is that text, since nothing tells where it ended.
//! - [`parse_shell`] reads shell text.
//!
//! Invariants:
//!
//! - Total: any text gives a [`Script`], nothing fails or panics.
//! - Bounded, in linear time: see [`MAX_INPUT`], [`MAX_DEPTH`], [`MAX_COMMANDS`], [`MAX_WORDS`].
//!   What lies beyond a bound is digested ([`Script::remainder`]), so that padding makes two
//!   different lines neither equal nor unseen ([`Flag::Bounded`], [`Flag::Cut`]).
//! - Nothing is dropped: what has no place in the grammar stands in [`Item::lead`], comments in
//!   [`Script::comments`]. The canonical form holds all of it.
//! - Doubt is settled towards seeing more commands, not fewer: an opening quote without a partner
//!   is a plain character, text for a shell reaches to the end of the line.
//! - Pure: no I/O, no clock, no state.
//!
//! Where to find what: `ast` the data, `visit` the walk over all commands; `shell`, `words`,
//! `expand`, `redirect` the reading of shell text; `launch` (with `launch_table`, `view`) what a
//! command starts, `start` the scripts that come of it; `roles` and `operands` what a command is
//! for and what it touches (with the tables `role_table`, `operand_use`, `family`); `canonical`,
//! `cut` and `filter` when two scripts are the same.

mod ast;
mod canonical;
mod cut;
mod expand;
mod family;
mod filter;
#[cfg(test)]
mod hostile;
mod launch;
mod launch_table;
mod limits;
mod operand_use;
mod operands;
#[cfg(test)]
mod properties;
mod redirect;
mod role_table;
mod roles;
mod shell;
mod start;
#[cfg(test)]
mod tests;
mod view;
mod visit;
mod words;

pub use ast::{
    Assignment, Code, Command, Compound, Connector, Flag, Flags, Item, Language, Nested, NestedKind, Pipe, Pipeline,
    Place, Redirect, Redirection, Script, Word, Wrapper,
};
pub use canonical::{Mask, WordContext, WordPlace, canonical, write_canonical};
pub use cut::{CutForm, Shorter, cut_pipeline, last_pipeline};
pub use family::{base_name, is_shell, program_family};
pub use filter::is_text_filter;
pub use limits::{MAX_COMMANDS, MAX_DEPTH, MAX_INPUT, MAX_WORDS};
pub use operands::{Access, MAX_OPERANDS, Operand, OperandKind, mentions, operands};
pub use roles::Role;
pub use visit::Visit;

use limits::Budget;

/// Falco keeps at most this many bytes of a process's arguments.
const FALCO_LIMIT: usize = 4096;

/// Reads a process's argument vector that was joined with spaces (`proc.cmdline`).
pub fn parse_argv(line: &str) -> Script {
    let (text, beyond) = bound(line);
    let mut budget = Budget::new(text.len());
    let mut flags = Flags::default();
    let mut tokens: Vec<&str> = Vec::with_capacity(16);
    let mut words = text.split_ascii_whitespace();
    tokens.extend(words.by_ref().take(MAX_WORDS));
    let mut script = Script::default();
    if let Some(next) = words.next() {
        let at = next.as_ptr() as usize - text.as_ptr() as usize;
        script.remainder = Some(limits::digest(None, &text[at..]));
        flags.set(Flag::Bounded);
    }
    if !tokens.is_empty() {
        budget.commands -= 1;
        let command = start::argv_command(&tokens, text, &mut budget, &mut flags);
        let pipeline = Pipeline { commands: vec![command] };
        script.items.push(Item { pipeline, ..Item::default() });
    }
    script.flags.join(flags);
    if script.flags.has(Flag::OperatorsInArgv) {
        script.source = Some(text.into());
    }
    finish(script, text, beyond)
}

/// Reads shell text.
pub fn parse_shell(text: &str) -> Script {
    let (text, beyond) = bound(text);
    let mut budget = Budget::new(text.len());
    let script = shell::read(text, &mut budget).unwrap_or_default();
    finish(script, text, beyond)
}

/// The text up to our input bound, and what lies beyond.
fn bound(text: &str) -> (&str, &str) {
    if text.len() <= MAX_INPUT {
        return (text, "");
    }
    let mut end = MAX_INPUT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end)
}

fn finish(mut script: Script, text: &str, beyond: &str) -> Script {
    if !beyond.is_empty() {
        script.remainder = Some(limits::digest(script.remainder, beyond));
    }
    let end = text.trim_end();
    // `go test ./...` is whole; `sh [...]` and `curl http://exam...` are not.
    let dots = (end.ends_with("...") && !end.ends_with("/...")) || end.ends_with("[...]") || end.ends_with('…');
    if dots || text.len() >= FALCO_LIMIT {
        mark_cut(&mut script);
    }
    script
}

/// Marks the script and the commands in which its text ends.
fn mark_cut(script: &mut Script) {
    script.flags.set(Flag::Cut);
    let last = script.items.last_mut().and_then(|item| item.pipeline.commands.last_mut());
    if let Some(command) = last {
        command.cut = true;
        if let Some(nested) = command.nested.last_mut() {
            mark_cut(&mut nested.script);
        }
    }
}
