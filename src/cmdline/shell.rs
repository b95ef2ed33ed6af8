//! Reading shell text: lists, pipelines, commands, redirections. Tolerant: whatever is there gives
//! a script, and every position is passed once (see [`Budget`] for the exceptions).

use super::ast::{
    Assignment, Command, Compound, Connector, Flag, Flags, Item, Nested, NestedKind, Pipe, Pipeline, Place, Script,
};
use super::expand::Until;
use super::limits::{Budget, digest};
use super::redirect::{Body, Pending};
use super::start;
use super::words::{WordRole, assigned_name};

/// What ends a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    End,
    Paren,
    Brace,
    Fi,
    Done,
    Esac,
}

impl Stop {
    fn keyword(self) -> Option<&'static str> {
        match self {
            Stop::End | Stop::Paren => None,
            Stop::Brace => Some("}"),
            Stop::Fi => Some("fi"),
            Stop::Done => Some("done"),
            Stop::Esac => Some("esac"),
        }
    }
}

pub(super) struct Parser<'a, 'b> {
    pub src: &'a str,
    pub pos: usize,
    pub budget: &'b mut Budget,
    pub flags: Flags,
    pub comments: Vec<String>,
    pub lost_single: bool,
    pub lost_backtick: bool,
    pub lost_paren: bool,
    pub quotes_escaped: Option<bool>,
    pub remainder: Option<[u8; 16]>,
    pub pending: Vec<Pending>,
    pub bodies: Vec<Body>,
    pub heredocs: usize,
}

/// Reads `src` as shell text; `None` where the budget does not allow to go deeper.
pub(super) fn read(src: &str, budget: &mut Budget) -> Option<Script> {
    if !budget.take_bytes(src.len()) || !budget.enter() {
        return None;
    }
    let mut parser = Parser {
        src,
        pos: 0,
        budget,
        flags: Flags::default(),
        comments: Vec::new(),
        lost_single: false,
        lost_backtick: false,
        lost_paren: false,
        quotes_escaped: None,
        remainder: None,
        pending: Vec::new(),
        bodies: Vec::new(),
        heredocs: 0,
    };
    let mut script = parser.list(Stop::End);
    script.flags.join(parser.flags);
    parser.attach_bodies(&mut script);
    script.comments = std::mem::take(&mut parser.comments);
    script.remainder = parser.remainder;
    budget.leave();
    Some(script)
}

impl<'a> Parser<'a, '_> {
    pub fn peek(&self) -> Option<u8> {
        self.at(0)
    }

    pub fn at(&self, ahead: usize) -> Option<u8> {
        self.src.as_bytes().get(self.pos + ahead).copied()
    }

    fn starts(&self, text: &str) -> bool {
        self.src.as_bytes()[self.pos..].starts_with(text.as_bytes())
    }

    /// Stops reading: a bound was met. The rest is digested.
    pub fn give_up(&mut self) {
        self.remainder = Some(digest(self.remainder, &self.src[self.pos..]));
        self.flags.set(Flag::Bounded);
        self.pos = self.src.len();
    }

    pub fn gave_up(&self) -> bool {
        self.remainder.is_some()
    }

    /// Reads text inside this text (between backticks).
    pub fn reparse(&mut self, text: &str) -> Option<Script> {
        let script = read(text, self.budget);
        if script.is_none() {
            self.flags.set(Flag::Bounded);
        }
        script
    }

    /// Skips blanks and continued lines; with `lines`, newlines and comments too.
    pub fn blank(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.pos += 1,
                Some(b'\\') if self.at(1) == Some(b'\n') => self.pos += 2,
                Some(b'\n') if lines => self.newline(),
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let rest = &self.src[self.pos + 1..];
        let length = rest.find('\n').unwrap_or(rest.len());
        self.comments.push(rest[..length].trim().to_owned());
        self.pos += 1 + length;
    }

    /// The keyword-like run of characters at the position, if it ends like a word.
    fn keyword(&self) -> &'a str {
        let rest = &self.src[self.pos..];
        let length = rest
            .bytes()
            .take(9)
            .take_while(|b| b.is_ascii_lowercase() || matches!(b, b'{' | b'}' | b'!' | b'[' | b']'))
            .count();
        match rest.as_bytes().get(length) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                &rest[..length]
            }
            Some(_) => "",
        }
    }

    /// Reads items up to and including what ends the list.
    pub fn list(&mut self, stop: Stop) -> Script {
        let mut script = Script::default();
        let mut lead = Vec::new();
        let mut pattern = stop == Stop::Esac;
        loop {
            self.blank(true);
            let Some(b) = self.peek() else {
                if stop != Stop::End && !self.gave_up() {
                    self.flags.set(Flag::Unbalanced);
                }
                break;
            };
            if stop == Stop::Paren && b == b')' {
                self.pos += 1;
                break;
            }
            let keyword = self.keyword();
            if !keyword.is_empty() && stop.keyword() == Some(keyword) {
                self.pos += keyword.len();
                break;
            }
            if pattern {
                pattern = false;
                if self.pattern(&mut lead) {
                    continue;
                }
            }
            match keyword {
                "then" | "else" | "elif" | "do" | "!" => {
                    self.lead(keyword.len(), &mut lead);
                    continue;
                }
                "fi" | "done" | "esac" | "}" => {
                    self.flags.set(Flag::Unbalanced);
                    self.lead(keyword.len(), &mut lead);
                    continue;
                }
                _ => {}
            }
            if matches!(b, b')' | b'|' | b';') || (b == b'&' && self.at(1) != Some(b'>')) {
                if b == b';' && stop == Stop::Esac && self.at(1) == Some(b';') {
                    pattern = true;
                    self.lead(2, &mut lead);
                    continue;
                }
                self.flags.set(Flag::Unbalanced);
                self.lead(1, &mut lead);
                continue;
            }
            let pipeline = self.pipeline();
            let connector = self.connector(stop);
            pattern = stop == Stop::Esac
                && matches!(connector, Connector::CaseEnd | Connector::CaseFall | Connector::CaseTest);
            script.items.push(Item { lead: std::mem::take(&mut lead), pipeline, connector });
            if !self.bodies.is_empty() {
                self.attach_bodies(&mut script);
            }
        }
        if !lead.is_empty() {
            script.items.push(Item { lead, ..Item::default() });
        }
        script
    }

    fn lead(&mut self, length: usize, lead: &mut Vec<String>) {
        lead.push(self.src[self.pos..self.pos + length].to_owned());
        self.pos += length;
    }

    /// A pattern of `case`, up to its `)`; false where none ends before the line does.
    fn pattern(&mut self, lead: &mut Vec<String>) -> bool {
        let rest = &self.src[self.pos..];
        let skip = usize::from(rest.starts_with('('));
        let stop = |c: char| matches!(c, ')' | '\n' | ';' | '$' | '`' | '<');
        match rest[skip..].find(stop) {
            Some(length) if rest.as_bytes()[skip + length] == b')' => {
                lead.push(format!("{})", rest[skip..skip + length].trim()));
                self.pos += skip + length + 1;
                true
            }
            _ => false,
        }
    }

    fn connector(&mut self, stop: Stop) -> Connector {
        self.blank(false);
        let (connector, length) = match (self.peek(), self.at(1)) {
            (None, _) => (Connector::End, 0),
            (Some(b'&'), Some(b'&')) => (Connector::And, 2),
            (Some(b'|'), Some(b'|')) => (Connector::Or, 2),
            (Some(b'&'), _) => (Connector::Background, 1),
            (Some(b';'), Some(b';')) if self.at(2) == Some(b'&') => (Connector::CaseTest, 3),
            (Some(b';'), Some(b';')) => (Connector::CaseEnd, 2),
            (Some(b';'), Some(b'&')) => (Connector::CaseFall, 2),
            (Some(b'\n'), _) if self.src[self.pos..].trim_ascii_start().is_empty() => (Connector::End, 1),
            (Some(b';' | b'\n'), _) => (Connector::Sequence, 1),
            (Some(b')'), _) if stop == Stop::Paren => (Connector::End, 0),
            _ => (Connector::Missing, 0),
        };
        if self.peek() == Some(b'\n') {
            self.newline();
        } else {
            self.pos += length;
        }
        connector
    }

    fn pipeline(&mut self) -> Pipeline {
        let mut pipeline = Pipeline::default();
        loop {
            let mut command = self.command();
            if self.gave_up() && command == Command::default() {
                return pipeline;
            }
            self.blank(false);
            let length = match (self.peek(), self.at(1)) {
                (Some(b'|'), Some(b'|')) => 0,
                (Some(b'|'), Some(b'&')) => 2,
                (Some(b'|'), _) => 1,
                _ => 0,
            };
            if length > 0 {
                command.piped = Some(if length == 2 { Pipe::OutputAndErrors } else { Pipe::Output });
                self.pos += length;
                self.blank(true);
            }
            pipeline.commands.push(command);
            if length == 0 || matches!(self.peek(), None | Some(b'|' | b')' | b';' | b'&')) {
                return pipeline;
            }
        }
    }

    fn command(&mut self) -> Command {
        if self.budget.commands == 0 || !self.budget.enter() {
            self.give_up();
            return Command::default();
        }
        self.budget.commands -= 1;
        let mut command = self.compound().unwrap_or_default();
        if command.compound.is_none() {
            self.simple(&mut command);
        } else {
            self.redirections(&mut command);
            command.program_at = command.words.len();
        }
        self.budget.leave();
        command
    }

    fn compound(&mut self) -> Option<Command> {
        let (compound, stop) = match self.peek()? {
            b'(' if self.at(1) == Some(b'(') => {
                let mut command = Command { compound: Some(Compound::Arithmetic), ..Command::default() };
                self.pos += 2;
                let mut word = super::words::Builder::default();
                if !self.until(Until::Arithmetic, &mut word, &mut command.nested, Place::InWord(0)) {
                    self.flags.set(Flag::Unbalanced);
                }
                command.words.push(word.finish());
                return Some(command);
            }
            b'(' => {
                self.pos += 1;
                (Compound::Subshell, Stop::Paren)
            }
            _ => {
                let keyword = self.keyword();
                let found = match keyword {
                    "{" => (Compound::Group, Stop::Brace),
                    "if" => (Compound::If, Stop::Fi),
                    "while" => (Compound::While, Stop::Done),
                    "until" => (Compound::Until, Stop::Done),
                    "for" => (Compound::For, Stop::Done),
                    "select" => (Compound::Select, Stop::Done),
                    "case" => (Compound::Case, Stop::Esac),
                    "function" => (Compound::Function, Stop::Brace),
                    "[[" => (Compound::Test, Stop::End),
                    _ => return None,
                };
                self.pos += keyword.len();
                found
            }
        };
        let mut command = Command { compound: Some(compound), ..Command::default() };
        match compound {
            Compound::For | Compound::Select => self.header(&mut command, None),
            Compound::Case => self.header(&mut command, Some("in")),
            Compound::Test => {
                self.header(&mut command, Some("]]"));
                return Some(command);
            }
            Compound::Function => {
                self.header(&mut command, Some("{"));
                self.blank(true);
            }
            _ => {}
        }
        let script = self.list(stop);
        command.nested.push(Nested { kind: NestedKind::Body, place: Place::Body, script });
        Some(command)
    }

    /// Words of a compound command's head, up to the word `end` (which is passed), or the end of
    /// the line.
    fn header(&mut self, command: &mut Command, end: Option<&str>) {
        let test = end == Some("]]");
        let role = if test { WordRole::Test } else { WordRole::Argument };
        loop {
            self.blank(test);
            let before = self.pos;
            let closes = matches!(self.at(2), None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')'));
            if test && self.starts("]]") && closes {
                self.pos += 2;
                return;
            }
            if end == Some("{") && self.starts("()") {
                self.pos += 2;
                continue;
            }
            if end == Some("{") && self.peek() == Some(b'\n') {
                self.blank(true);
            }
            if end.is_none() && self.keyword() == "do" {
                return;
            }
            let at = command.words.len();
            let word = self.word(&mut command.nested, Place::InWord(at), role);
            if self.pos == before {
                return;
            }
            if word.text == end.unwrap_or("\0") && (word.is_plain() || end == Some("{")) {
                return;
            }
            command.words.push(word.finish());
        }
    }

    fn simple(&mut self, command: &mut Command) {
        loop {
            self.blank(false);
            let Some(b) = self.peek() else { break };
            if self.redirection(command) {
                continue;
            }
            if b == b'(' && command.words.len() == 1 && self.at(1) == Some(b')') {
                self.function(command);
                return;
            }
            if matches!(b, b'\n' | b'|' | b'&' | b';' | b'(' | b')') {
                break;
            }
            if self.budget.words == 0 {
                self.give_up();
                break;
            }
            self.budget.words -= 1;
            let first = command.words.is_empty();
            let role = if first { WordRole::Program } else { WordRole::Argument };
            let before = (self.pos, command.nested.len());
            let place = Place::InWord(command.words.len());
            let word = self.word(&mut command.nested, place, role);
            if self.pos == before.0 {
                break;
            }
            if first && let Some(length) = assigned_name(&word.text, word.plain) {
                let at = command.assignments.len();
                for nested in &mut command.nested[before.1..] {
                    nested.place = Place::InAssignment(at);
                }
                let name = word.text[..length].to_owned();
                let value = word.finish().after(length + 1);
                command.assignments.push(Assignment { name, value });
            } else {
                command.words.push(word.finish());
            }
        }
        start::finish_shell(command, self.budget, &mut self.flags);
    }

    /// `name() body`: the position is at the parentheses.
    fn function(&mut self, command: &mut Command) {
        self.pos += 2;
        command.compound = Some(Compound::Function);
        command.program_at = command.words.len();
        self.blank(true);
        if self.peek() == Some(b'(') || self.keyword() == "{" {
            let body = self.command();
            let items = vec![Item { pipeline: Pipeline { commands: vec![body] }, ..Item::default() }];
            let script = Script { items, ..Script::default() };
            command.nested.push(Nested { kind: NestedKind::Body, place: Place::Body, script });
        }
    }
}
