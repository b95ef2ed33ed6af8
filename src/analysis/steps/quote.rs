//! Values as single words of a POSIX shell.

use std::borrow::Cow;

/// The longest value that goes into a command.
const MAX_VALUE: usize = 200;

/// The value as one word of a POSIX shell, whatever it holds; `None` where it cannot be written safely on one line
/// (control characters, characters that change the reading direction or are not seen) or is too long to read.
pub fn quote(value: &str) -> Option<Cow<'_, str>> {
    if value.is_empty() || value.len() > MAX_VALUE {
        return None;
    }
    let plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b',');
    if value.bytes().all(plain) {
        return Some(Cow::Borrowed(value));
    }
    if value.chars().any(is_unwritable) {
        return None;
    }
    Some(Cow::Owned(["'", &value.replace('\'', r"'\''"), "'"].concat()))
}

/// The value as [`quote`], where it could not be taken for an option.
pub(super) fn operand(value: &str) -> Option<Cow<'_, str>> {
    if value.starts_with('-') { None } else { quote(value) }
}

/// An address as [`operand`] for `ss`, to which an IPv6 address without brackets ends in a port.
pub(super) fn socket_address(address: &str) -> Option<Cow<'_, str>> {
    if address.contains(':') {
        return quote(&["[", address, "]"].concat()).map(|word| Cow::Owned(word.into_owned()));
    }
    operand(address)
}

fn is_unwritable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmdline::parse_shell;
    use proptest::prelude::*;

    #[test]
    fn hostile_values_stay_one_word() {
        for value in ["a b", "$(id)", "`id`", "'; rm -rf / #", "a'b\"c", "*", "~root", "a\\", "&&", "x=1", "!x", "é ü"]
        {
            let quoted = quote(value).unwrap();
            assert!(quoted.starts_with('\'') && quoted.ends_with('\''), "{quoted}");
        }
        assert_eq!(quote("/etc/shadow").as_deref(), Some("/etc/shadow"));
        for refused in ["", "a\nb", "a\u{1b}[2Jb", "a\u{202e}b", "\0"] {
            assert_eq!(quote(refused), None);
        }
        assert_eq!(quote(&"x".repeat(10_000)), None);
        assert_eq!(operand("--help"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn any_value_reads_back_as_exactly_one_word(value in "\\PC{1,60}|[ '\"\\\\$`;&|<>(){}*?!#~=a-]{1,30}") {
            let Some(quoted) = quote(&value) else { return Ok(()) };
            let script = parse_shell(&format!("printf %s {quoted}"));
            prop_assert_eq!(script.items.len(), 1);
            let commands = &script.items[0].pipeline.commands;
            prop_assert_eq!(commands.len(), 1);
            let words: Vec<&str> = commands[0].words.iter().map(|word| word.text.as_str()).collect();
            prop_assert_eq!(words, ["printf", "%s", value.as_str()]);
            prop_assert!(commands[0].redirections.is_empty() && commands[0].nested.is_empty() && script.comments.is_empty());
        }
    }
}
