//! Looking for one of many parts in a text, in any case.

/// A text in which many parts are looked for.
pub(super) struct Searched<'a> {
    text: &'a [u8],
    /// The ASCII characters that it has, letters in lower case; all others count as one. Nearly always the answer is
    /// no, and nearly always a letter that the text lacks says so.
    letters: u128,
}

impl<'a> Searched<'a> {
    /// The text, looked through once.
    pub fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), letters: text.bytes().fold(0, |set, byte| set | bit(byte)) }
    }

    /// Whether it holds one of these.
    pub fn holds_any(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.holds(part.as_bytes()))
    }

    fn holds(&self, part: &[u8]) -> bool {
        let Some(last) = self.text.len().checked_sub(part.len()) else { return false };
        if !part.iter().all(|byte| self.letters & bit(*byte) != 0) {
            return false;
        }
        let Some((first, rest)) = part.split_first() else { return true };
        let lower = first.to_ascii_lowercase();
        let mut starts = self.text[..=last].iter().enumerate().filter(|(_, byte)| byte.to_ascii_lowercase() == lower);
        starts.any(|(at, _)| self.text[at + 1..=at + rest.len()].eq_ignore_ascii_case(rest))
    }
}

/// Whether a text holds one of these, in any case.
pub(super) fn holds_any(text: &str, parts: &[&str]) -> bool {
    Searched::new(text).holds_any(parts)
}

fn bit(byte: u8) -> u128 {
    1 << byte.to_ascii_lowercase().min(127)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_holds_a_part_in_any_case_and_in_any_script() {
        assert!(holds_any("Verdict: BENIGN", &["x", "verdict: benign"]) && holds_any("a é\u{7f}b", &["é", "q"]));
        assert!(holds_any("anything", &[""]) && !holds_any("", &["a"]) && !holds_any("ab", &["ba", "abc", "è"]));
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_plain_search_finds(text in "[abAB é\u{7f}]{0,12}", part in "[abAB é]{0,3}") {
            let plain = text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
            prop_assert_eq!(holds_any(&text, &[&part]), plain);
        }
    }
}
