//! Takes secrets out of text before it leaves the process: to an LLM, a forwarder or, if configured, the journal.
//!
//! Constraints:
//! - Every matcher reads the text once: linear time, whatever an attacker writes into an argument.
//! - Redacting twice gives what redacting once gave.
//! - The matchers are tables (`names`, `programs`, `shapes`, `markers`): each row has its reason, a text in which it
//!   finds a secret and a look-alike that it leaves alone.
//! - When in doubt a value is a secret: what is lost is a word of an explanation.

mod markers;
mod names;
mod programs;
mod shapes;

use crate::alert::{Alert, AlertBuilder};
use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// One row of a table: why something is a secret, and two tests.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Why this is a secret, in one sentence.
    pub reason: &'static str,
    /// A text with such a secret, and the same text redacted.
    pub found: (&'static str, &'static str),
    /// A look-alike that stays as it is.
    pub untouched: &'static str,
}

/// What is taken out and why: every row of the tables.
pub fn table() -> Vec<Sample> {
    [names::samples(), shapes::samples(), markers::samples(), programs::samples()].concat()
}

/// Passes over the text: taking one secret out may show another (`-p` of a program behind a quote).
const MAX_PASSES: usize = 4;

/// The text with every secret replaced by [`MARK`]; borrowed where there is none.
pub fn redact(text: &str) -> Cow<'_, str> {
    redact_arguments("", text)
}

/// As [`redact`], for text that is the arguments of `program` without its name (`proc.args`).
pub fn redact_arguments<'a>(program: &str, text: &'a str) -> Cow<'a, str> {
    let mut current = Cow::Borrowed(text);
    for _ in 0..MAX_PASSES {
        match pass(program, &current) {
            Some(changed) => current = Cow::Owned(changed),
            None => break,
        }
    }
    current
}

/// A copy of the alert whose output and field values are redacted.
///
/// It is for showing and sending: being other content it has an id of its own, so whoever refers to the alert passes
/// the id of the original along. Rule, host, tags and field names stay as they are.
pub fn redact_alert(alert: &Alert) -> Alert {
    let mut builder = AlertBuilder::new()
        .rule(alert.rule())
        .time(alert.time())
        .priority(alert.priority())
        .source(alert.source())
        .hostname(alert.hostname())
        .output(redact(alert.output()));
    for tag in alert.tags() {
        builder.push_tag(Cow::Borrowed(tag));
    }
    // Inferred fields come from the output's text, and are inferred again from the redacted one.
    if !alert.fields_inferred() {
        for (key, value) in alert.fields() {
            builder.push_field(Cow::Borrowed(key), redact_field(alert, key, value));
        }
    }
    builder.build().unwrap_or_else(|_| alert.clone())
}

/// The value of one field; some fields tell of which program they are the arguments.
fn redact_field<'a>(alert: &Alert, key: &str, value: &'a str) -> Cow<'a, str> {
    match key {
        "proc.args" => redact_arguments(alert.field("proc.name").unwrap_or_default(), value),
        "proc.pargs" => redact_arguments(alert.field("proc.pname").unwrap_or_default(), value),
        _ => redact(value),
    }
}

/// One pass of every matcher; `None` where nothing is left to take out.
fn pass(program: &str, text: &str) -> Option<String> {
    let mut secrets = Vec::new();
    names::find(text, &mut secrets);
    shapes::find(text, &mut secrets);
    markers::find(text, &mut secrets);
    programs::find(program, text, &mut secrets);
    secrets.retain(|range| range.start < range.end && &text[range.clone()] != MARK);
    if secrets.is_empty() {
        return None;
    }
    secrets.sort_by_key(|range| range.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(secrets.len());
    for range in secrets {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    for range in merged {
        result.push_str(&text[done..range.start]);
        result.push_str(MARK);
        done = range.end;
    }
    result.push_str(&text[done..]);
    (result != text).then_some(result)
}

/// Words of a text: byte ranges between white space. A word that opens a quote reaches to its closing quote.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        Some(start..at)
    })
}

/// The range without the quotes (and a closing separator) around it.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let word = &text[range.clone()];
    let quotes = ['"', '\'', '`'];
    let front = word.len() - word.trim_start_matches(quotes).len();
    let inner = word[front..].trim_end_matches(';').trim_end_matches(quotes);
    range.start + front..range.start + front + inner.len()
}

/// Where an unquoted value ends that starts at `start`: at white space, a quote, a bracket, or an operator that joins
/// commands or parameters.
fn value_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        let ends = match bytes[at] {
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' => true,
            b'&' | b';' | b'|' => joins(bytes, at),
            byte => byte.is_ascii_whitespace(),
        };
        if ends {
            break;
        }
        at += 1;
    }
    at
}

/// Whether an operator character at `at` joins commands (`; `, `&&`) or parameters (`&name=`): else it is a character
/// of the value.
fn joins(bytes: &[u8], at: usize) -> bool {
    let Some(&next) = bytes.get(at + 1) else { return true };
    if next.is_ascii_whitespace() || matches!(next, b'&' | b';' | b'|' | b'"' | b'\'') {
        return true;
    }
    let rest = &bytes[at + 1..bytes.len().min(at + 49)];
    let name = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ')).count();
    name > 0 && rest.get(name) == Some(&b'=')
}

#[cfg(test)]
mod tests;
