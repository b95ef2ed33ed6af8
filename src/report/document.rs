//! The parts that a report is made of, free of any format.

use super::visible;

/// A report.
pub(super) type Document = Vec<Block>;

/// One part of a report.
pub(super) enum Block {
    /// 1: the report's title, 2: a section, 3: a part of it.
    Heading(u8, String),
    Paragraph(Vec<Inline>),
    /// Items, and whether they are numbered.
    List(Numbering, Vec<Item>),
    /// Text that stands as it is, and its language.
    Code(&'static str, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbering {
    Bullets,
    Numbers,
}

/// One item of a list: a line, and what stands below it.
pub(super) struct Item {
    pub(super) line: Vec<Inline>,
    pub(super) below: Vec<Block>,
}

/// A stretch of text.
pub(super) enum Inline {
    Text(String),
    Strong(String),
    /// A value, shown as code.
    Value(String),
}

/// The longest value shown inside a line, in characters.
const LONGEST_VALUE: usize = 400;
/// The longest block of code, in characters.
const LONGEST_CODE: usize = 8_000;

pub(super) fn heading(level: u8, text: impl AsRef<str>) -> Block {
    Block::Heading(level, single_line(text.as_ref()))
}

pub(super) fn paragraph(text: impl AsRef<str>) -> Block {
    Block::Paragraph(vec![plain(text)])
}

pub(super) fn code(language: &'static str, text: impl AsRef<str>) -> Block {
    let lines: Vec<String> = text.as_ref().lines().map(|line| visible(line).into_owned()).collect();
    Block::Code(language, cut(&lines.join("\n"), LONGEST_CODE))
}

pub(super) fn plain(text: impl AsRef<str>) -> Inline {
    Inline::Text(single_line(text.as_ref()))
}

pub(super) fn strong(text: impl AsRef<str>) -> Inline {
    Inline::Strong(single_line(text.as_ref()))
}

pub(super) fn value(text: impl AsRef<str>) -> Inline {
    let text = single_line(text.as_ref());
    if text.is_empty() { Inline::Text("(empty)".to_owned()) } else { Inline::Value(cut(&text, LONGEST_VALUE)) }
}

/// A sentence of the analysis, with the values that stand between back quotes in it shown as values. Where the quotes
/// do not pair up it stays text.
pub(super) fn prose(text: impl AsRef<str>) -> Vec<Inline> {
    let parts: Vec<&str> = text.as_ref().split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![plain(text)];
    }
    let shown = parts.iter().enumerate().filter(|(_, part)| !part.is_empty());
    shown.map(|(place, part)| if place % 2 == 1 { value(part) } else { plain(part) }).collect()
}

pub(super) fn item(line: Vec<Inline>) -> Item {
    Item { line, below: Vec::new() }
}

/// Control characters made visible, on one line.
fn single_line(text: &str) -> String {
    visible(text).into_owned()
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{} … ({} more characters)", &text[..at], text[at..].chars().count()),
        None => text.to_owned(),
    }
}
