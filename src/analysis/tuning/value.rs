//! Which values Falco's rule loader takes as they are, and what to match where it does not.
//!
//! The loader builds the condition's text from field, operator and value: a value with a space is wrapped in double
//! quotes without escaping, one without is put there bare, and the filter's grammar reads the result (Falco's
//! `rule_loader_compiler.cpp`, libsinsp's `filter/parser.cpp`). So a value with a space must hold no `"` and no
//! backslash and not begin with a quote; one without a space must hold none of `( ) " ' = ,` either.

/// The longest value that is matched whole.
const MAX_VALUE: usize = 512;
/// The shortest part of a value that still tells it from others.
const MIN_PART: usize = 12;

/// Whether the loader takes the value as it is.
pub(super) fn is_loadable(value: &str) -> bool {
    let Some(first) = value.chars().next() else { return false };
    if let Some(loadable) = is_plain_loadable(value) {
        return loadable;
    }
    let bare = !value.contains(' ');
    !matches!(first, '"' | '\'' | '(')
        && value.trim() == value
        && !value.chars().any(|c| is_breaking(c) || (bare && matches!(c, '(' | ')' | '\'' | '=' | ',')))
}

/// The same of a value in plain ASCII, which most are, in one pass; `None` of any other.
fn is_plain_loadable(value: &str) -> Option<bool> {
    let (mut spaced, mut grouped, mut broken) = (false, false, false);
    for byte in value.bytes() {
        match byte {
            b' ' => spaced = true,
            b'(' | b')' | b'\'' | b'=' | b',' => grouped = true,
            b'"' | b'\\' => broken = true,
            b'!'..=b'~' => {}
            _ => return None,
        }
    }
    let edges = value.starts_with(['"', '\'', '(', ' ']) || value.ends_with(' ');
    Some(!broken && !edges && (spaced || !grouped))
}

/// Characters that no value may hold, quoted or not.
fn is_breaking(c: char) -> bool {
    c == '"' || c == '\\' || c.is_control() || (c.is_whitespace() && c != ' ') || c == '\u{fffd}' || is_yaml_break(c)
}

fn is_yaml_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Operator and value that match this value, as much of it as is stable and loadable; `None` where no part tells.
pub(super) fn expressed(value: &str) -> Option<(&'static str, String)> {
    let stable = stable_prefix(value);
    if stable.len() == value.len() && value.len() <= MAX_VALUE && is_loadable(value) {
        return Some(("=", value.to_owned()));
    }
    let stable = &stable[..stable.floor_char_boundary(MAX_VALUE)];
    let clean = stable.split(is_breaking).next().unwrap_or_default();
    if let Some(part) = loadable_start(clean) {
        return Some(("startswith", part.to_owned()));
    }
    let limit = value.floor_char_boundary(4 * MAX_VALUE);
    let parts = value[..limit].split(|c: char| is_breaking(c) || matches!(c, '(' | ')' | '\'' | '=' | ','));
    let longest = parts.map(stable_prefix).map(str::trim).max_by_key(|part| part.len())?;
    let part = longest[..longest.floor_char_boundary(MAX_VALUE)].trim();
    (part.len() >= MIN_PART && is_loadable(part)).then(|| ("contains", part.to_owned()))
}

/// The directory of a path, with its closing slash, where it is deep enough to tell.
pub(super) fn directory(path: &str) -> Option<String> {
    let end = path.rfind('/')? + 1;
    let directory = stable_prefix(&path[..end]);
    let directory = &directory[..=directory.rfind('/')?];
    (directory.matches('/').count() >= 3 && is_loadable(directory)).then(|| directory.to_owned())
}

/// The beginning of a text that can be loaded and is long enough: more than one word, or a long one.
fn loadable_start(text: &str) -> Option<&str> {
    let text = text.trim_end();
    if is_loadable(text) {
        return (text.len() >= MIN_PART).then_some(text);
    }
    let end = text.find(['(', ')', '\'', '=', ','])?;
    let part = text[..end].trim_end();
    (part.len() >= MIN_PART && is_loadable(part)).then_some(part)
}

/// The text up to its first word or path component that looks made up for one run: a long number, a hash, an id, a
/// random suffix.
fn stable_prefix(value: &str) -> &str {
    let is_edge = |byte| matches!(byte, b' ' | b'/' | b'=' | b':' | b',' | b'-' | b'_' | b'.' | b'@' | b'"' | b'\'');
    let (mut start, mut digits) = (0, 0);
    for (at, byte) in value.bytes().chain(std::iter::once(b' ')).enumerate() {
        if is_edge(byte) {
            if digits >= 2 && is_volatile(&value[start..at]) {
                return &value[..start];
            }
            (start, digits) = (at + 1, 0);
        } else {
            digits += usize::from(byte.is_ascii_digit());
        }
    }
    value
}

/// Whether a piece looks made up for one run. Without two digits none does.
fn is_volatile(piece: &str) -> bool {
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let all_digits = digits == piece.len() && digits >= 5;
    let hex = piece.len() >= 8 && digits >= 2 && piece.bytes().all(|b| b.is_ascii_hexdigit());
    let capitals = piece.bytes().filter(u8::is_ascii_uppercase).count();
    let smalls = piece.bytes().filter(u8::is_ascii_lowercase).count();
    let mixed = piece.len() >= 8 && digits >= 2 && capitals >= 2 && smalls >= 2;
    all_digits || hex || mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_values_are_matched_whole_where_the_loader_takes_them() {
        for value in [
            "falcoctl",
            "falcoctl artifact follow --allowed-types=rulesfile",
            "/etc/falco/rules.d",
            "it's fine (really)",
        ] {
            assert_eq!(expressed(value), Some(("=", value.to_owned())));
        }
    }

    #[test]
    fn what_the_loader_breaks_on_is_matched_by_a_part_of_it() {
        let dkms = "bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\"";
        assert_eq!(expressed(dkms), Some(("startswith", "bash -c /usr/sbin/dkms status -m".to_owned())));
        assert_eq!(expressed("--allowed-types=rulesfile"), Some(("startswith", "--allowed-types".to_owned())));
        assert_eq!(
            expressed("\"x\" and then something long"),
            Some(("contains", "and then something long".to_owned()))
        );
        assert_eq!(expressed("a\"b"), None);
        assert_eq!(expressed(""), None);
    }

    #[test]
    fn what_changes_from_run_to_run_is_left_out() {
        let umount = "umount /var/lib/kubelet/pods/6866e1b0-ebd6-42ae/volumes";
        assert_eq!(expressed(umount), Some(("startswith", "umount /var/lib/kubelet/pods/".to_owned())));
        assert_eq!(directory("/root/.kube/cache/http/0a1b2c3d4e5f").as_deref(), Some("/root/.kube/cache/http/"));
        assert_eq!(directory("/etc/shadow"), None);
    }
}
