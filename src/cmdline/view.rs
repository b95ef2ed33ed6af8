//! The words of a command as [`launch`](super::launch) sees them, and what it finds out.

use std::borrow::Cow;

use super::ast::{Language, NestedKind, Word};

/// The words of a command, in either form.
#[derive(Clone, Copy)]
pub(super) enum View<'w> {
    /// An argument vector: its tokens, and the text of which they are parts.
    Argv(&'w [&'w str], &'w str),
    Shell(&'w [Word]),
}

impl<'w> View<'w> {
    pub fn len(self) -> usize {
        match self {
            View::Argv(tokens, _) => tokens.len(),
            View::Shell(words) => words.len(),
        }
    }

    pub fn get(self, at: usize) -> Option<&'w str> {
        match self {
            View::Argv(tokens, _) => tokens.get(at).copied(),
            View::Shell(words) => words.get(at).map(|word| word.text.as_str()),
        }
    }

    /// Where the argument at `at` ends: an argument vector has lost that, so that it takes all.
    pub fn one(self, at: usize) -> usize {
        match self {
            View::Argv(..) => self.len(),
            View::Shell(_) => at + 1,
        }
    }

    /// The text of the words from `from` to before `to`.
    pub fn text(self, from: usize, to: usize) -> Cow<'w, str> {
        match self {
            View::Argv(tokens, text) => Cow::Borrowed(span(tokens, text, from, to)),
            View::Shell([]) => Cow::Borrowed(""),
            View::Shell(words) if to == from + 1 => Cow::Borrowed(words[from].text.as_str()),
            View::Shell(words) => {
                let texts: Vec<&str> = words[from..to].iter().map(|w| w.text.as_str()).collect();
                Cow::Owned(texts.join(" "))
            }
        }
    }
}

/// The part of `text` from the start of one token to the end of another.
pub(super) fn span<'w>(tokens: &[&str], text: &'w str, from: usize, to: usize) -> &'w str {
    let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to.wrapping_sub(1))) else {
        return "";
    };
    let base = text.as_ptr() as usize;
    let begin = first.as_ptr() as usize - base;
    let end = last.as_ptr() as usize - base + last.len();
    text.get(begin..end).unwrap_or("")
}

/// A script among the words.
pub(super) struct Inner {
    pub kind: NestedKind,
    pub from: usize,
    pub to: usize,
    /// Whether the words are text for a shell, or an argument vector.
    pub is_text: bool,
}

/// What the words of a command mean.
#[derive(Default)]
pub(super) struct Launch {
    pub wrappers: Vec<(usize, usize)>,
    pub program_at: usize,
    pub inner: Vec<Inner>,
    pub code: Option<(Language, usize)>,
}

impl Launch {
    pub fn text(&mut self, kind: NestedKind, from: usize, to: usize) {
        self.inner.push(Inner { kind, from, to, is_text: true });
    }

    pub fn argv(&mut self, kind: NestedKind, from: usize, to: usize) {
        self.inner.push(Inner { kind, from, to, is_text: false });
    }
}
