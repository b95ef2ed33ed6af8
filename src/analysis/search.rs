//! Looking for one of many parts in a short text.
//!
//! Nearly always the answer is no, and nearly always a character or a pair of characters that the text lacks says so. So
//! a part carries the sets of those, made when the program is built, and a search begins with them.

/// A set of characters: one bit each for letters (whatever their case) and digits, the others share some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Letters(u64);

/// A text that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    text: &'a str,
    letters: Letters,
    pairs: u64,
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
        parts.iter().any(|part| self.cover(part.letters))
    }

    /// Whether all of those are among these.
    pub fn cover(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}

impl<'a> Part<'a> {
    /// The part that is this text.
    pub const fn of(text: &'a str) -> Self {
        Self { text, letters: Letters::of(text), pairs: pairs(text) }
    }
}

/// Whether a text holds one of these, in any case.
pub(super) fn holds_any(text: &str, parts: &[Part<'_>]) -> bool {
    likely(text, parts).any(|part| holds(text.as_bytes(), part.text.as_bytes()))
}

/// Whether a text holds one of these as they are written.
pub(super) fn has_any(text: &str, parts: &[Part<'_>]) -> bool {
    likely(text, parts).any(|part| text.contains(part.text))
}

/// The parts whose characters, and pairs of characters, are all in the text.
fn likely<'p, 'a>(text: &str, parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p Part<'a>> {
    let letters = Letters::of(text);
    let mut own = None;
    let by_letters = parts.iter().filter(move |part| letters.cover(part.letters));
    by_letters.filter(move |part| part.pairs & !*own.get_or_insert_with(|| pairs(text)) == 0)
}

/// Pairs of neighbouring characters, whatever their case, as bits.
const fn pairs(text: &str) -> u64 {
    let (bytes, mut set, mut at) = (text.as_bytes(), 0, 1);
    while at < bytes.len() {
        let [one, two] = [bytes[at - 1] | 32, bytes[at] | 32];
        set |= 1 << (one.wrapping_mul(7).wrapping_add(two) % 64);
        at += 1;
    }
    set
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
