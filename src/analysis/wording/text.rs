//! Values and phrases inside sentences: quoted, cut, joined.

use std::borrow::Cow;

/// A value between back quotes, on one line, cut.
pub(super) fn quoted(text: &str, bytes: usize) -> String {
    let text = if text.contains('`') { Cow::Owned(text.replace('`', "'")) } else { Cow::Borrowed(text) };
    format!("`{}`", shown(&text, bytes))
}

/// A value on one line, cut.
pub(super) fn shown(text: &str, bytes: usize) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return cut(text.trim_ascii(), bytes);
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(line.trim(), bytes)
}

pub(super) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes)])
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

pub(super) fn lower(text: &str) -> String {
    const NAMES: &[&str] = &["Bash", "Falco", "Falco's", "Java", "Kubernetes", "Monero", "Redis"];
    if text.split(' ').next().is_some_and(|word| NAMES.contains(&word)) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let first = chars.next();
    let second = chars.clone().next();
    match (first, second) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

pub(super) fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ").next().unwrap_or(text).trim().to_owned()
}

/// `no parent process and no image`
pub(super) fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
