//! Expansions inside a word: parameters, substitutions, arithmetic, `$'...'`.

use super::ast::{Flag, Nested, NestedKind, Place};
use super::shell::{Parser, Stop};
use super::words::Builder;

/// What ends a stretch in which only expansions are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    DoubleQuote,
    Brace,
    Arithmetic,
    Paren,
    End,
}

impl Parser<'_, '_> {
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

    pub fn dollar(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place, quoted: bool) {
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

    pub fn process(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place) {
        let from = self.pos;
        let shape = if self.peek() == Some(b'<') { "$<()" } else { "$>()" };
        self.pos += 2;
        self.substitution(NestedKind::Process, nested, place);
        word.active(&self.src[from..self.pos], shape, false);
    }

    pub fn backtick(&mut self, word: &mut Builder, nested: &mut Vec<Nested>, place: Place, quoted: bool) {
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
