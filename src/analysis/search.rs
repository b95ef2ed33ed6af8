//! Looking for one of many parts in a short text.
//!
//! Nearly always the answer is no, and nearly always a character that the text lacks says so. So a part carries the set
//! of its characters, made when the program is built, and a text whose set is known is asked by that first.

/// A set of characters: one bit each for letters (whatever their case) and digits, the others share some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Letters(u64);

/// A text that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    text: &'a str,
    letters: Letters,
}

/// Parts to look for, prepared when the program is built: `parts!["a", "b"]`.
macro_rules! parts {
    ($($text:expr),* $(,)?) => {
        &const { [$($crate::analysis::search::Part::of($text)),*] }
    };
}
pub(super) use parts;

impl Letters {
    /// The characters of the text.
    pub const fn of(text: &str) -> Self {
        let (bytes, mut set, mut at) = (text.as_bytes(), 0, 0);
        while at < bytes.len() {
            set |= BITS[bytes[at] as usize];
            at += 1;
        }
        Self(set)
    }

    /// These and those.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a text of these characters can hold one of the parts.
    pub fn may_hold(self, parts: &[Part<'_>]) -> bool {
        parts.iter().any(|part| self.has(part))
    }

    fn has(self, part: &Part<'_>) -> bool {
        part.letters.0 & !self.0 == 0
    }
}

impl<'a> Part<'a> {
    /// The part that is this text.
    pub const fn of(text: &'a str) -> Self {
        Self { text, letters: Letters::of(text) }
    }
}

/// Whether a text holds one of these, in any case.
pub(super) fn holds_any(text: &str, parts: &[Part<'_>]) -> bool {
    let (letters, text) = (Letters::of(text), text.as_bytes());
    parts.iter().any(|part| letters.has(part) && holds(text, part.text.as_bytes()))
}

/// Whether a text holds one of these as they are written.
pub(super) fn has_any(text: &str, parts: &[Part<'_>]) -> bool {
    let letters = Letters::of(text);
    parts.iter().any(|part| letters.has(part) && text.contains(part.text))
}

const BITS: [u64; 256] = {
    let (mut bits, mut byte) = ([0; 256], 0);
    while byte < 256 {
        let place = match (byte as u8).to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            other => 36 + other % 28,
        };
        bits[byte] = 1 << place;
        byte += 1;
    }
    bits
};

/// Whether the text holds the part in any case.
fn holds(text: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else { return true };
    let Some(last) = text.len().checked_sub(part.len()) else { return false };
    let lower = first.to_ascii_lowercase();
    let mut starts = text[..=last].iter().enumerate().filter(|(_, byte)| byte.to_ascii_lowercase() == lower);
    starts.any(|(at, _)| text[at + 1..=at + rest.len()].eq_ignore_ascii_case(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_holds_a_part_in_any_case_and_in_any_script() {
        assert!(
            holds_any("Verdict: BENIGN", parts!["x", "verdict: benign"]) && holds_any("a é\u{7f}b", parts!["é", "q"])
        );
        assert!(holds_any("anything", parts![""]) && !holds_any("", parts!["a"]));
        assert!(!holds_any("ab", parts!["ba", "abc", "è"]));
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_plain_search_finds(text in "[abAB é\u{7f}]{0,12}", part in "[abAB é]{0,3}") {
            let plain = text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
            prop_assert_eq!(holds_any(&text, &[Part::of(&part)]), plain);
            prop_assert_eq!(has_any(&text, &[Part::of(&part)]), text.contains(&part));
            prop_assert!(!plain || Letters::of(&text).may_hold(&[Part::of(&part)]));
        }
    }
}
