//! An analysis as something to read: Markdown, an HTML fragment, or plain text for a terminal.
//!
//! Constraints:
//! - Pure: an [`Analysis`] in, text out; the same analysis gives the same text.
//! - One `document` is laid out for all formats. Text from alerts is only ever put in as text: the Markdown library
//!   escapes it for Markdown and HTML, and control characters are made visible before that, so no alert can move the
//!   cursor of a terminal, open a link or hide a line.
//! - Bounded: values are cut, lists are cut with their count.

mod document;
mod layout;
mod markdown;
mod terminal;
mod visible;

pub use visible::visible;

use crate::analysis::Analysis;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// CommonMark.
    #[default]
    Markdown,
    /// An HTML fragment without scripts, styles or links.
    Html,
    /// Plain text.
    Text,
}

impl Format {
    /// The media type of a report in this format.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// Writes the report of an analysis.
pub fn render(analysis: &Analysis, format: Format) -> String {
    let document = layout::lay_out(analysis);
    match format {
        Format::Markdown => markdown::to_markdown(&document),
        Format::Html => markdown::to_html(&document),
        Format::Text => terminal::to_text(&document),
    }
}
