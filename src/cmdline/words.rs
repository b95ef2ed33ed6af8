//! Reading one word of shell text: quotes, escapes, expansions.

use super::ast::{Flag, Nested, NestedKind, Place, Word};
use super::shell::{Parser, Stop};

/// A word while it is read.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub text: String,
    shape: Option<String>,
    /// How many bytes at the start were plain: unquoted and inactive.
    pub plain: usize,
    quoted: bool,
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

    fn literal(&mut self, text: &str) {
        if let Some(shape) = &mut self.shape {
            push_escaped(shape, text);
        }
        self.text.push_str(text);
    }

    fn quote(&mut self, text: &str) {
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

/// What ends a stretch in which only expansions are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    DoubleQuote,
    Brace,
    Arithmetic,
    Paren,
    End,
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

impl<'a> Parser<'a, '_> {
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
    fn lone_quote(&mut self, word: &mut Builder) {
        self.flags.set(Flag::Unbalanced);
        word.plain(&self.src[self.pos..=self.pos]);
        self.pos += 1;
    }

    fn double(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place) {
        if self.budget.rereads == 0 {
            return self.lone_quote(word);
        }
        let (from, flags, comments) = (self.pos, self.flags, self.comments.len());
        let pending = self.pending.len();
        let mark = word.mark(nested);
        self.pos += 1;
        word.quoted = true;
        if !self.until(Until::DoubleQuote, word, nested, place) && !self.gave_up() {
            self.budget.rereads -= 1;
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
    /// nothing between the two could be an operator, an expansion or another quote. Otherwise
    /// `echo \"; curl x | sh; echo \"` could pass for an `echo`.
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
        if closes {
            word.quote(&self.src[from..from + length]);
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

    /// Reads up to and including the end; false where the text ended first.
    pub fn until(&mut self, end: Until, word: &mut Builder, nested: &mut Vec<Nested>, place: Place) -> bool {
        if !self.budget.enter() {
            self.give_up();
            return false;
        }
        let found = self.until_inner(end, word, nested, place);
        self.budget.leave();
        found
    }

    fn until_inner(&mut self, end: Until, word: &mut Builder, nested: &mut Vec<Nested>, place: Place) -> bool {
        let quotes = end == Until::DoubleQuote || end == Until::End;
        let mut open = 0u32;
        while let Some(b) = self.peek() {
            match b {
                b'"' if end == Until::DoubleQuote => {
                    self.pos += 1;
                    return true;
                }
                b'}' if end == Until::Brace => {
                    self.pos += 1;
                    return true;
                }
                b')' if end == Until::Paren && open == 0 => {
                    self.pos += 1;
                    return true;
                }
                b')' if end == Until::Arithmetic && open == 0 && self.at(1) == Some(b')') => {
                    self.pos += 2;
                    return true;
                }
                b'\\' => {
                    let next = self.src[self.pos + 1..].chars().next();
                    let length = next.map_or(0, char::len_utf8);
                    let text = &self.src[self.pos + 1..self.pos + 1 + length];
                    match next {
                        Some('\n') => {}
                        Some('$' | '`' | '"' | '\\') => word.quote(text),
                        _ => {
                            word.quote("\\");
                            word.quote(text);
                        }
                    }
                    self.pos += 1 + length;
                }
                b'$' => self.dollar(word, nested, place, true),
                b'`' => self.backtick(word, nested, place, true),
                _ => {
                    if matches!(end, Until::Paren | Until::Arithmetic) {
                        match b {
                            b'(' => open += 1,
                            b')' => open = open.saturating_sub(1),
                            _ => {}
                        }
                    }
                    let rest = &self.src.as_bytes()[self.pos + 1..];
                    let stop = |b: &u8| matches!(b, b'"' | b'}' | b'(' | b')' | b'\\' | b'$' | b'`');
                    let run = 1 + rest.iter().position(stop).unwrap_or(rest.len());
                    let text = &self.src[self.pos..self.pos + run];
                    if quotes {
                        word.quote(text);
                    } else {
                        word.active(text, text, false);
                    }
                    self.pos += run;
                }
            }
        }
        end == Until::End
    }

    fn dollar(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place, quoted: bool) {
        let from = self.pos;
        match self.at(1) {
            Some(b'\'') if !quoted => {
                self.pos += 1;
                self.ansi(word);
            }
            Some(b'"') if !quoted => {
                self.pos += 1;
                self.double(word, nested, place);
            }
            Some(b'(') if self.at(2) == Some(b'(') && self.is_arithmetic() => {
                word.active("$((", "$((", quoted);
                self.pos += 3;
                if self.until(Until::Arithmetic, word, nested, place) {
                    word.active("))", "))", false);
                } else {
                    self.flags.set(Flag::Unbalanced);
                }
            }
            Some(b'(') => {
                self.pos += 2;
                self.substitution(NestedKind::Substitution, nested, place);
                word.active(&self.src[from..self.pos], "$()", quoted);
            }
            Some(b'{') => {
                word.active("${", "${", quoted);
                self.pos += 2;
                if self.until(Until::Brace, word, nested, place) {
                    word.active("}", "}", false);
                } else {
                    self.flags.set(Flag::Unbalanced);
                }
            }
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                let rest = &self.src.as_bytes()[from + 1..];
                let name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
                let length = rest.iter().position(|b| !name(b)).unwrap_or(rest.len());
                self.pos = from + 1 + length;
                let text = &self.src[from..self.pos];
                // `$ab` and `$a` followed by a literal `b` are different: the name is ended.
                word.active(text, &format!("{text}."), quoted);
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.pos = from + 2;
                let text = &self.src[from..self.pos];
                word.active(text, text, quoted);
            }
            _ => {
                if quoted {
                    word.quote("$");
                } else {
                    word.plain("$");
                }
                self.pos += 1;
            }
        }
    }

    /// Whether the `$((` at the position closes with `))`: else it is a substitution that begins
    /// with a subshell.
    fn is_arithmetic(&mut self) -> bool {
        if self.lost_paren {
            return false;
        }
        let mut open = 0u32;
        for (at, b) in self.src.as_bytes()[self.pos + 3..].iter().enumerate() {
            match b {
                b'(' => open += 1,
                b')' if open == 0 => return self.at(at + 4) == Some(b')'),
                b')' => open -= 1,
                _ => {}
            }
            if !self.budget.take_bytes(1) {
                break;
            }
        }
        self.lost_paren = true;
        false
    }

    /// Reads the script up to its `)`; the opening characters have been read.
    fn substitution(&mut self, kind: NestedKind, nested: &mut Vec<Nested>, place: Place) {
        if !self.budget.enter() {
            return self.give_up();
        }
        let script = self.list(Stop::Paren);
        self.budget.leave();
        nested.push(Nested { kind, place, script });
    }

    fn process(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place) {
        let from = self.pos;
        let shape = if self.peek() == Some(b'<') { "$<()" } else { "$>()" };
        self.pos += 2;
        self.substitution(NestedKind::Process, nested, place);
        word.active(&self.src[from..self.pos], shape, false);
    }

    fn backtick(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place, quoted: bool) {
        let from = self.pos + 1;
        let Some(length) = self.closing_backtick(from) else {
            self.flags.set(Flag::Unbalanced);
            word.literal("`");
            word.quoted = true;
            self.pos = from;
            return;
        };
        let inside = &self.src[from..from + length];
        let mut text = String::with_capacity(length);
        let mut rest = inside.chars().peekable();
        while let Some(c) = rest.next() {
            match rest.peek() {
                Some('`' | '\\' | '$') if c == '\\' => {}
                _ => text.push(c),
            }
            if c == '\\'
                && let Some(next) = rest.next_if(|c| matches!(c, '`' | '\\' | '$'))
            {
                text.push(next);
            }
        }
        let Some(script) = self.reparse(&text) else {
            word.quote(&self.src[self.pos..=from + length]);
            self.pos = from + length + 1;
            return;
        };
        nested.push(Nested { kind: NestedKind::Substitution, place, script });
        word.active(&self.src[self.pos..=from + length], "$()", quoted);
        self.pos = from + length + 1;
    }

    fn closing_backtick(&mut self, from: usize) -> Option<usize> {
        if self.lost_backtick {
            return None;
        }
        let mut escaped = false;
        for (at, b) in self.src.as_bytes()[from..].iter().enumerate() {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'`' => return Some(at),
                _ => {}
            }
        }
        self.lost_backtick = true;
        None
    }

    /// `$'...'`: the position is at the quote.
    fn ansi(&mut self, word: &mut Builder) {
        let from = self.pos + 1;
        let bytes = self.src.as_bytes();
        let mut end = from;
        while end < bytes.len() && bytes[end] != b'\'' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() || self.lost_single {
            self.lost_single = true;
            word.quote("$");
            return self.lone_quote(word);
        }
        let text = unescape_ansi(&self.src[from..end]);
        word.quote(&text);
        self.pos = end + 1;
    }
}

/// Decodes `$'...'`'s escapes. Bytes that are not UTF-8 become U+FFFD.
fn unescape_ansi(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(kind) = rest.chars().next() else {
            bytes.push(b'\\');
            break;
        };
        let after = &rest[kind.len_utf8()..];
        let plain = match kind {
            'n' => Some(b'\n'),
            't' => Some(b'\t'),
            'r' => Some(b'\r'),
            'a' => Some(7),
            'b' => Some(8),
            'e' | 'E' => Some(27),
            'f' => Some(12),
            'v' => Some(11),
            '\\' | '\'' | '"' | '?' => Some(kind as u8),
            _ => None,
        };
        if let Some(byte) = plain {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let (digits, radix, most) = match kind {
            'x' => (after, 16, 2),
            'u' => (after, 16, 4),
            'U' => (after, 16, 8),
            '0'..='7' => (rest, 8, 3),
            _ => ("", 16, 0),
        };
        let length = digits.bytes().take(most).take_while(|b| (*b as char).is_digit(radix)).count();
        match u32::from_str_radix(&digits[..length], radix) {
            Ok(value) if matches!(kind, 'u' | 'U') => {
                let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &digits[length..];
            }
            Ok(value) => {
                bytes.push(value as u8);
                rest = &digits[length..];
            }
            Err(_) => bytes.push(b'\\'),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
