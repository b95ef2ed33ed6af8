//! The canonical form of a script: bytes that are equal exactly where two scripts are the same
//! after white space, comments' margins and ways of quoting are normalised, and words are masked.
//!
//! An attacker writes the command line, so the form must not let two different ones meet. Every
//! string carries its length, every list its count, every node a tag: the form can be read back,
//! hence nothing in a word can pass for structure. An operator is a tag; a quoted operator is a
//! word. A word with active characters (`*`, `$x`, `~`) is written in one fixed quoting with a tag
//! of its own, so that `'*'` and `*` differ. A masked word has a tag of its own as well, so that
//! no literal word can pass for a mask.
//!
//! Taken for the same: `"x"`, `'x'`, `\x` and `x`; `` `x` `` and `$(x)`; a newline and `;` between
//! commands; `>` and `>|`; white space between words.

use std::borrow::Cow;

use super::ast::{Command, Flag, Item, Nested, NestedKind, Pipeline, Place, Redirect, Script, Word};

/// Where a word stands, for masks.
#[derive(Debug, Clone, Copy)]
pub struct WordContext<'a> {
    /// The command that the word belongs to.
    pub command: &'a Command,
    /// What the word is to the command.
    pub place: WordPlace,
    /// The word before it in the command, if there is one.
    pub preceding: Option<&'a str>,
    /// Why the script is nested; `None` for the outermost.
    pub within: Option<NestedKind>,
}

/// What a word is to its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordPlace {
    /// A wrapper, or one of its options and operands.
    Wrapper,
    /// The program.
    Program,
    /// An argument, counted from 0.
    Argument(usize),
    /// Program text for an interpreter.
    Code,
    /// A variable's value.
    Value,
    /// What a redirection leads to.
    Target(Redirect),
}

/// Gives what to write for a literal word instead of its text, or `None` to leave it. Words with
/// active characters are never offered.
pub type Mask<'m> = dyn for<'a> FnMut(&WordContext<'a>, &'a str) -> Option<Cow<'a, str>> + 'm;

/// Appends the script's canonical form to `out`.
pub fn write_canonical(script: &Script, mask: &mut Mask<'_>, out: &mut Vec<u8>) {
    Writer { mask, out, stop: None }.script(script, None);
}

/// The script's canonical form without masks.
pub fn canonical(script: &Script) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_canonical(script, &mut |_, _| None, &mut out);
    out
}

/// Where the form of a pipeline ends early: its first stages only.
pub(super) struct StopAt<'s> {
    pub pipeline: &'s Pipeline,
    pub stages: usize,
}

pub(super) struct Writer<'w, 'm, 's> {
    pub mask: &'w mut Mask<'m>,
    pub out: &'w mut Vec<u8>,
    /// The pipeline that is cut; the flag for unbalanced quotes of its script is left out.
    pub stop: Option<StopAt<'s>>,
}

impl Writer<'_, '_, '_> {
    fn tag(&mut self, tag: u8) {
        self.out.push(tag);
    }

    fn count(&mut self, count: usize) {
        self.out.extend_from_slice(&(count as u32).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    pub fn script(&mut self, script: &Script, within: Option<NestedKind>) {
        self.tag(b'S');
        let mut bits = script.flags.bits();
        if self.stops_in(script) {
            bits &= !(Flag::Unbalanced as u8);
        }
        self.tag(bits);
        match &script.remainder {
            None => self.tag(0),
            Some(digest) => {
                self.tag(1);
                self.out.extend_from_slice(digest);
            }
        }
        self.count(script.comments.len());
        for comment in &script.comments {
            self.text(comment);
        }
        self.count(script.items.len());
        for item in &script.items {
            self.item(item, within);
        }
    }

    fn stops_in(&self, script: &Script) -> bool {
        let last = script.items.last().map(|item| &item.pipeline);
        match (&self.stop, last) {
            (Some(stop), Some(last)) => std::ptr::eq(stop.pipeline, last),
            _ => false,
        }
    }

    fn item(&mut self, item: &Item, within: Option<NestedKind>) {
        self.count(item.lead.len());
        for lead in &item.lead {
            self.text(lead);
        }
        self.tag(item.connector as u8);
        let commands = item.pipeline.commands.as_slice();
        let stages = match &self.stop {
            Some(stop) if std::ptr::eq(stop.pipeline, &raw const item.pipeline) => Some(stop.stages),
            _ => None,
        };
        self.tag(if stages.is_some() { b'T' } else { b'P' });
        let commands = &commands[..stages.unwrap_or(commands.len()).min(commands.len())];
        self.count(commands.len());
        let mut incoming = None;
        for command in commands {
            self.command(command, incoming, within);
            incoming = command.piped;
        }
    }

    /// A command, with the pipe that leads to it.
    pub fn command(&mut self, command: &Command, incoming: Option<super::ast::Pipe>, within: Option<NestedKind>) {
        self.tag(b'C');
        self.tag(incoming.map_or(0, |pipe| 1 + pipe as u8));
        self.tag(command.compound.map_or(0, |compound| 1 + compound as u8));
        self.count(command.assignments.len());
        for (at, assignment) in command.assignments.iter().enumerate() {
            self.text(&assignment.name);
            let context = WordContext { command, place: WordPlace::Value, preceding: None, within };
            self.word(&assignment.value, &context);
            self.nested_at(command, |place| place == Place::InAssignment(at));
        }
        self.words(command, within);
        self.count(command.redirections.len());
        for (at, redirection) in command.redirections.iter().enumerate() {
            self.count(redirection.descriptor.map_or(0, |descriptor| 1 + descriptor as usize));
            self.tag(redirection.kind as u8);
            let read = command
                .nested
                .iter()
                .find(|nested| nested.kind == NestedKind::HereString && nested.place == Place::InRedirection(at));
            if let Some(nested) = read {
                self.tag(b'V');
                if let Some(shape) = &redirection.target.shape {
                    self.tag(b'A');
                    self.text(shape);
                }
                self.nested(nested);
                continue;
            }
            let place = WordPlace::Target(redirection.kind);
            self.word(&redirection.target, &WordContext { command, place, preceding: None, within });
            self.nested_at(command, |place| place == Place::InRedirection(at));
        }
        self.nested_at(command, |place| place == Place::Body);
        self.tag(b'.');
    }

    fn words(&mut self, command: &Command, within: Option<NestedKind>) {
        let mut at = 0;
        let mut preceding = None;
        while let Some(word) = command.words.get(at) {
            let covering = command.nested.iter().find_map(|nested| match nested.place {
                Place::Words(from, to) if from == at && to > at => Some((nested, to)),
                _ => None,
            });
            if let Some((nested, to)) = covering {
                // Text with an expansion in it is expanded before it is read: not the same as text
                // that has the expansion in quotes.
                self.tag(b'V');
                for word in &command.words[at..to] {
                    if let Some(shape) = &word.shape {
                        self.tag(b'A');
                        self.text(shape);
                    }
                }
                self.nested(nested);
                let inside = at..to;
                self.nested_at(command, |place| matches!(place, Place::InWord(i) if inside.contains(&i)));
                at = to;
                preceding = None;
                continue;
            }
            let is_code = command.code.as_ref().is_some_and(|code| code.text == word.text);
            let place = match at.checked_sub(command.program_at) {
                None => WordPlace::Wrapper,
                Some(0) => WordPlace::Program,
                Some(_) if is_code => WordPlace::Code,
                Some(argument) => WordPlace::Argument(argument - 1),
            };
            self.word(word, &WordContext { command, place, preceding, within });
            self.nested_at(command, |place| place == Place::InWord(at));
            preceding = Some(word.text.as_str());
            at += 1;
        }
        self.tag(b';');
    }

    fn nested_at(&mut self, command: &Command, stands: impl Fn(Place) -> bool) {
        self.count(command.nested.iter().filter(|nested| stands(nested.place)).count());
        for nested in command.nested.iter().filter(|nested| stands(nested.place)) {
            self.nested(nested);
        }
    }

    fn nested(&mut self, nested: &Nested) {
        self.tag(b'N');
        self.tag(nested.kind as u8);
        self.script(&nested.script, Some(nested.kind));
    }

    fn word<'a>(&mut self, word: &'a Word, context: &WordContext<'a>) {
        if let Some(shape) = &word.shape {
            self.tag(b'A');
            return self.text(shape);
        }
        let masked = (self.mask)(context, &word.text);
        self.tag(if masked.is_some() { b'M' } else { b'L' });
        self.text(masked.as_deref().unwrap_or(&word.text));
    }
}
