//! Redirections of shell text, and the bodies of heredocs.

use super::ast::{Command, Nested, Place, Redirect, Redirection, Script, Word};
use super::expand::Until;
use super::shell::Parser;
use super::start;
use super::words::{Builder, WordRole};

/// A heredoc whose body has not been read.
pub(super) struct Pending {
    delimiter: String,
    literal: bool,
    strip_tabs: bool,
    /// Index of its redirection, counted over the whole text.
    id: usize,
}

/// A heredoc's body, waiting for its redirection.
pub(super) struct Body {
    pub id: usize,
    pub target: Word,
    pub nested: Vec<Nested>,
}

impl<'a> Parser<'a, '_> {
    /// Passes a newline and the bodies of heredocs that begin after it.
    pub fn newline(&mut self) {
        self.pos += 1;
        for pending in std::mem::take(&mut self.pending) {
            let from = self.pos;
            let mut end = self.src.len();
            let mut next = self.src.len();
            let mut line = from;
            while line < self.src.len() {
                let rest = &self.src[line..];
                let length = rest.find('\n').unwrap_or(rest.len());
                let text = &rest[..length];
                let text = if pending.strip_tabs { text.trim_start_matches('\t') } else { text };
                if text == pending.delimiter {
                    end = line;
                    next = (line + length + 1).min(self.src.len());
                    break;
                }
                line += length + 1;
            }
            let body = &self.src[from..end];
            let mut nested = Vec::new();
            let target = if pending.strip_tabs {
                let lines: Vec<&str> = body.split('\n').map(|line| line.trim_start_matches('\t')).collect();
                Word::literal(lines.join("\n"))
            } else if pending.literal || !self.budget.take_bytes(body.len()) {
                Word::literal(body)
            } else {
                self.expand(body, pending.id, &mut nested)
            };
            self.bodies.push(Body { id: pending.id, target, nested });
            self.pos = next;
        }
    }

    /// A heredoc's body, in which expansions are active.
    fn expand(&mut self, body: &'a str, id: usize, nested: &mut Vec<Nested>) -> Word {
        let (src, pos) = (self.src, self.pos);
        let pending = std::mem::take(&mut self.pending);
        (self.src, self.pos) = (body, 0);
        let mut word = Builder::default();
        self.until(Until::End, &mut word, nested, Place::InRedirection(id));
        (self.src, self.pos, self.pending) = (src, pos, pending);
        word.finish()
    }

    /// Gives heredocs' bodies that have been read to their redirections, which are marked with the
    /// number of the body that they wait for.
    pub fn attach_bodies(&mut self, script: &mut Script) {
        for body in std::mem::take(&mut self.bodies) {
            let mark = waiting_mark(body.id);
            let recent = script.items.iter_mut().rev().take(16);
            let found = recent.flat_map(|item| &mut item.pipeline.commands).find_map(|command| {
                let waits = |r: &Redirection| r.target.shape.as_deref() == Some(mark.as_str());
                command.redirections.iter().position(waits).map(|at| (command, at))
            });
            let Some((command, at)) = found else {
                self.comments.push(body.target.text);
                continue;
            };
            command.redirections[at].target = body.target;
            for mut nested in body.nested {
                nested.place = Place::InRedirection(at);
                command.nested.push(nested);
            }
            start::read_here(command, at, self.budget, &mut self.flags);
        }
    }

    pub fn redirections(&mut self, command: &mut Command) {
        loop {
            self.blank(false);
            if self.peek().is_none() || !self.redirection(command) {
                return;
            }
        }
    }

    /// Reads a redirection, if one begins at the position.
    pub fn redirection(&mut self, command: &mut Command) -> bool {
        let rest = &self.src.as_bytes()[self.pos..];
        let digits = rest.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let (kind, length) = match &rest[digits..] {
            [b'&', b'>', b'>', ..] if digits == 0 => (Redirect::AppendAll, 3),
            [b'&', b'>', ..] if digits == 0 => (Redirect::WriteAll, 2),
            [b'<' | b'>', b'(', ..] => return false,
            [b'<', b'<', b'<', ..] => (Redirect::HereString, 3),
            [b'<', b'<', b'-', ..] => (Redirect::HereDocument, 3),
            [b'<', b'<', ..] => (Redirect::HereDocument, 2),
            [b'<', b'>', ..] => (Redirect::ReadWrite, 2),
            [b'<', b'&', ..] => (Redirect::CopyInput, 2),
            [b'<', ..] => (Redirect::Read, 1),
            [b'>', b'>', ..] => (Redirect::Append, 2),
            [b'>', b'&', ..] => (Redirect::CopyOutput, 2),
            [b'>', b'|', ..] => (Redirect::Write, 2),
            [b'>', ..] => (Redirect::Write, 1),
            _ => return false,
        };
        let descriptor = self.src[self.pos..self.pos + digits].parse().ok();
        self.pos += digits + length;
        self.blank(false);
        let at = command.redirections.len();
        let word = self.word(&mut command.nested, Place::InRedirection(at), WordRole::Argument);
        let plain = word.is_plain();
        let mut target = word.finish();
        let kind = match kind {
            Redirect::CopyOutput if !is_descriptor(&target.text) => Redirect::WriteAll,
            other => other,
        };
        if kind == Redirect::HereDocument {
            self.pending.push(Pending {
                delimiter: target.text.clone(),
                literal: !plain,
                strip_tabs: length == 3,
                id: self.heredocs,
            });
            target.shape = Some(waiting_mark(self.heredocs).into());
            self.heredocs += 1;
        }
        command.redirections.push(Redirection { descriptor, kind, target });
        true
    }
}

/// Stands in a heredoc's target until its body has come; stays where newlines were lost. No shape
/// of a word begins like this.
fn waiting_mark(id: usize) -> String {
    format!("<<{id}")
}

/// Whether the target of `>&` names a descriptor: digits, `-`, or an expansion.
fn is_descriptor(text: &str) -> bool {
    text.starts_with('$') || text.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit())
}
