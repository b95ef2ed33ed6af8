//! Values and phrases inside sentences: quoted, cut, joined. All are added to the one text that is made of them.

/// Adds a value between back quotes, on one line, cut.
pub(super) fn add_quoted(into: &mut String, text: &str, bytes: usize) {
    into.push('`');
    if text.contains('`') {
        add_shown(into, &text.replace('`', "'"), bytes);
    } else {
        add_shown(into, text, bytes);
    }
    into.push('`');
}

/// Adds a value on one line, cut.
pub(super) fn add_shown(into: &mut String, text: &str, bytes: usize) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return add_cut(into, text.trim_ascii(), bytes);
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    add_cut(into, line.trim(), bytes);
}

/// Adds a text, cut.
pub(super) fn add_cut(into: &mut String, text: &str, bytes: usize) {
    if text.len() <= bytes {
        into.push_str(text);
    } else {
        into.extend([&text[..text.floor_char_boundary(bytes)], "…"]);
    }
}

/// The text, cut.
pub(super) fn cut(text: String, bytes: usize) -> String {
    if text.len() <= bytes {
        return text;
    }
    let mut short = String::with_capacity(bytes + 3);
    add_cut(&mut short, &text, bytes);
    short
}

/// Adds a text that begins with a capital.
pub(super) fn add_capital(into: &mut String, text: &str) {
    let mut chars = text.chars();
    into.extend(chars.next().into_iter().flat_map(char::to_uppercase));
    into.push_str(chars.as_str());
}

/// Adds a text that begins with a small letter, a name or an abbreviation aside.
pub(super) fn add_lower(into: &mut String, text: &str) {
    const NAMES: &[&str] = &["Bash", "Falco", "Falco's", "Java", "Kubernetes", "Monero", "Redis"];
    let mut chars = text.chars();
    let first = chars.next();
    let second = chars.clone().next();
    let is_name = || text.split(' ').next().is_some_and(|word| NAMES.contains(&word));
    match (first, second) {
        (Some(first), Some(second)) if (second.is_lowercase() || second == ' ') && !is_name() => {
            into.extend(first.to_lowercase());
            into.push_str(chars.as_str());
        }
        _ => into.push_str(text),
    }
}

/// Adds a text that ends as a sentence.
pub(super) fn add_sentence(into: &mut String, text: &str) {
    let (text, end) = sentence(text);
    into.extend([text, end]);
}

/// The text as a sentence, and the full stop that it lacks.
pub(super) fn sentence(text: &str) -> (&str, &'static str) {
    let text = text.trim();
    (text, if text.ends_with(['.', '!', '?', '…']) { "" } else { "." })
}

pub(super) fn first_sentence(text: &str) -> &str {
    let end = text.as_bytes().windows(2).position(|pair| pair == b". ").map_or(text.len(), |at| at + 2);
    text[..end].trim()
}

/// Adds `no parent process and no image`.
pub(super) fn add_listed(into: &mut String, items: &[&str]) {
    for (n, item) in items.iter().enumerate() {
        into.push_str(if n == 0 {
            ""
        } else if n + 1 == items.len() {
            " and "
        } else {
            ", "
        });
        into.push_str(item);
    }
}
