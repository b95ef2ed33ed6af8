//! Reading one word of shell text: quotes, escapes, expansions.

use super::ast::{Flag, Nested, Place, Word};
use super::expand::Until;
use super::launch::is_name;
use super::shell::Parser;

/// A word while it is read.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub text: String,
    shape: Option<String>,
    /// How many bytes at the start were plain: unquoted and inactive.
    pub plain: usize,
    pub quoted: bool,
}

/// A point to which a builder can go back.
struct Mark {
    text: usize,
    shape: Option<usize>,
    plain: usize,
    quoted: bool,
    nested: usize,
}

/// Whether a character has a meaning in [`Word`]'s shape, so that a literal one gets a backslash.
fn is_special(c: char) -> bool {
    matches!(c, '\\' | '"' | '$' | '`' | '*' | '?' | '[' | '~' | '{')
}

fn push_escaped(shape: &mut String, text: &str) {
    for c in text.chars() {
        if is_special(c) {
            shape.push('\\');
        }
        shape.push(c);
    }
}

impl Builder {
    /// Characters that stand for themselves and were not quoted.
    pub fn plain(&mut self, text: &str) {
        if !self.quoted && self.plain == self.text.len() {
            self.plain += text.len();
        }
        self.literal(text);
    }

    pub fn literal(&mut self, text: &str) {
        if let Some(shape) = &mut self.shape {
            push_escaped(shape, text);
        }
        self.text.push_str(text);
    }

    pub fn quote(&mut self, text: &str) {
        self.quoted = true;
        self.literal(text);
    }

    /// Active characters: `text` as written, `shape` in the fixed quoting.
    pub fn active(&mut self, text: &str, shape: &str, in_quotes: bool) {
        let known = self.shape.get_or_insert_with(|| {
            let mut known = String::with_capacity(self.text.len() + 16);
            push_escaped(&mut known, &self.text);
            known
        });
        if in_quotes {
            known.push('"');
        }
        known.push_str(shape);
        self.text.push_str(text);
    }

    /// Whether no part was quoted or active.
    pub fn is_plain(&self) -> bool {
        !self.quoted && self.shape.is_none() && self.plain == self.text.len()
    }

    pub fn finish(self) -> Word {
        Word { text: self.text, shape: self.shape.map(String::into_boxed_str) }
    }

    fn mark(&self, nested: &[Nested]) -> Mark {
        Mark {
            text: self.text.len(),
            shape: self.shape.as_ref().map(String::len),
            plain: self.plain,
            quoted: self.quoted,
            nested: nested.len(),
        }
    }

    fn back(&mut self, mark: &Mark, nested: &mut Vec<Nested>) {
        self.text.truncate(mark.text);
        match (mark.shape, &mut self.shape) {
            (Some(length), Some(shape)) => shape.truncate(length),
            _ => self.shape = None,
        }
        self.plain = mark.plain;
        self.quoted = mark.quoted;
        nested.truncate(mark.nested);
    }
}

/// Where a word stands, as far as that changes how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordRole {
    /// At the beginning of a command.
    Program,
    /// After the program.
    Argument,
    /// Inside `[[ ]]`, where operators are words.
    Test,
}

/// Bytes that end a run of ordinary characters.
fn is_ordinary(b: u8) -> bool {
    !matches!(
        b,
        b' ' | b'\t'
            | b'\r'
            | b'\n'
            | b'|'
            | b'&'
            | b';'
            | b'<'
            | b'>'
            | b'('
            | b')'
            | b'\''
            | b'"'
            | b'\\'
            | b'$'
            | b'`'
            | b'*'
            | b'?'
            | b'['
            | b'~'
            | b'{'
    )
}

impl Parser<'_, '_> {
    /// Reads the word at the position; an empty builder and no progress where none stands there.
    pub fn word(&mut self, nested: &mut Vec<Nested>, place: Place, role: WordRole) -> Builder {
        let operators = role == WordRole::Test;
        let argument = role == WordRole::Argument;
        let mut word = Builder::default();
        let begin = self.pos;
        while let Some(b) = self.peek() {
            match b {
                b' ' | b'\t' | b'\r' | b'\n' => break,
                b'<' | b'>' if !operators && self.at(1) == Some(b'(') => {
                    self.process(&mut word, nested, place);
                }
                b'(' if !operators && word.plain == word.text.len() && word.text.ends_with('=') => {
                    self.pos += 1;
                    word.active("(", "(", false);
                    if self.until(Until::Paren, &mut word, nested, place) {
                        word.active(")", ")", false);
                    }
                }
                b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' if !operators => break,
                b'\'' => self.single(&mut word),
                b'"' => self.double(&mut word, nested, place),
                b'\\' if self.pos == begin && argument && self.requoted(&mut word) => {}
                b'\\' => self.escape(&mut word),
                b'$' => self.dollar(&mut word, nested, place, false),
                b'`' => self.backtick(&mut word, nested, place, false),
                b'*' | b'?' | b'[' | b'{' => {
                    let text = &self.src[self.pos..=self.pos];
                    word.active(text, text, false);
                    self.pos += 1;
                }
                b'~' => {
                    if self.pos == begin || word.text.ends_with(['=', ':']) {
                        word.active("~", "~", false);
                    } else {
                        word.plain("~");
                    }
                    self.pos += 1;
                }
                _ if is_ordinary(b) => {
                    let rest = &self.src.as_bytes()[self.pos..];
                    let run = rest.iter().position(|b| !is_ordinary(*b)).unwrap_or(rest.len());
                    word.plain(&self.src[self.pos..self.pos + run]);
                    self.pos += run;
                }
                _ => {
                    word.plain(&self.src[self.pos..=self.pos]);
                    self.pos += 1;
                }
            }
        }
        word
    }

    fn single(&mut self, word: &mut Builder) {
        let from = self.pos + 1;
        let close = if self.lost_single { None } else { self.src[from..].find('\'') };
        if let Some(length) = close {
            word.quote(&self.src[from..from + length]);
            self.pos = from + length + 1;
        } else {
            self.lost_single = true;
            self.lone_quote(word);
        }
    }

    /// An opening quote without a partner is a plain character.
    pub fn lone_quote(&mut self, word: &mut Builder) {
        self.flags.set(Flag::Unbalanced);
        word.plain(&self.src[self.pos..=self.pos]);
        self.pos += 1;
    }

    pub fn double(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place) {
        if self.budget.rereads == 0 {
            return self.lone_quote(word);
        }
        let (from, flags, comments) = (self.pos, self.flags, self.comments.len());
        let pending = self.pending.len();
        let mark = word.mark(nested);
        self.pos += 1;
        word.quoted = true;
        if !self.until(Until::DoubleQuote, word, nested, place) && !self.gave_up() {
            self.budget.rereads = self.budget.rereads.saturating_sub(1);
            word.back(&mark, nested);
            self.pos = from;
            self.flags = flags;
            self.comments.truncate(comments);
            self.pending.truncate(pending);
            self.lone_quote(word);
        }
    }

    fn escape(&mut self, word: &mut Builder) {
        let Some(next) = self.src[self.pos + 1..].chars().next() else {
            word.plain("\\");
            self.pos += 1;
            return;
        };
        let end = self.pos + 1 + next.len_utf8();
        if next != '\n' {
            word.quote(&self.src[self.pos + 1..end]);
        }
        self.pos = end;
    }

    /// `\"text\"` for `"text"`: what is left when a line went through a program that escapes every
    /// double quote. Taken for quotes only where that changes nothing that matters: no double quote
    /// in the whole text is without its backslash, it is an argument (never the program), and
    /// what stands between the two is one inert word, or only blanks. Otherwise
    /// `echo \"; curl x | sh; echo \"` could pass for an `echo`, and `cat \"x /etc/shadow y\"`
    /// for one of a file with a long name.
    fn requoted(&mut self, word: &mut Builder) -> bool {
        if self.at(1) != Some(b'"') || !self.all_quotes_escaped() {
            return false;
        }
        let from = self.pos + 2;
        let inert = |b: &u8| {
            b.is_ascii_alphanumeric()
                || matches!(b, b' ' | b',' | b':' | b'/' | b'.' | b'-' | b'_' | b'=' | b'%' | b'+' | b'@')
        };
        let rest = &self.src.as_bytes()[from..];
        let length = rest.iter().take(256).take_while(|b| inert(b)).count();
        let closes = rest.get(length..length + 2) == Some(b"\\\"")
            && rest.get(length + 2).is_none_or(|b| matches!(b, b' ' | b'\t' | b'\n' | b'|' | b';' | b'&' | b')'));
        let inside = &self.src[from..from + length];
        let closes = closes && (!inside.contains(' ') || inside.trim_ascii().is_empty());
        if closes {
            word.quote(inside);
            self.pos = from + length + 2;
        }
        closes
    }

    fn all_quotes_escaped(&mut self) -> bool {
        let src = self.src.as_bytes();
        *self
            .quotes_escaped
            .get_or_insert_with(|| (0..src.len()).all(|at| src[at] != b'"' || (at > 0 && src[at - 1] == b'\\')))
    }
}

/// Length of the name (with a `+`) if the word is an assignment; `plain` bytes of it are unquoted.
pub(super) fn assigned_name(text: &str, plain: usize) -> Option<usize> {
    let length = text.find('=')?;
    let name = text[..length].strip_suffix('+').unwrap_or(&text[..length]);
    (length < plain && is_name(name)).then_some(length)
}

impl Word {
    /// The word without its first `count` bytes, which are plain.
    pub(super) fn after(mut self, count: usize) -> Word {
        self.text.drain(..count);
        self.shape = self.shape.map(|shape| shape[count..].into());
        self
    }
}
