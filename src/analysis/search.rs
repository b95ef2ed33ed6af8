//! Looking for one of many parts in a short text, in any case.

/// Whether a text holds one of these, in any case.
pub(super) fn holds_any(text: &str, parts: &[&str]) -> bool {
    let text = text.as_bytes();
    // Nearly always the answer is no, and nearly always a letter that the text lacks says so.
    let letters = text.iter().fold(0, |set, byte| set | bit(*byte));
    parts
        .iter()
        .map(|part| part.as_bytes())
        .any(|part| part.len() <= text.len() && part.iter().all(|byte| letters & bit(*byte) != 0) && holds(text, part))
}

/// The ASCII characters, letters in lower case, as bits; all others are one.
fn bit(byte: u8) -> u128 {
    1 << byte.to_ascii_lowercase().min(127)
}

/// Whether the text, which is no shorter than the part, holds it in any case.
fn holds(text: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else { return true };
    let lower = first.to_ascii_lowercase();
    let starts = &text[..=text.len() - part.len()];
    let mut starts = starts.iter().enumerate().filter(|(_, byte)| byte.to_ascii_lowercase() == lower);
    starts.any(|(at, _)| text[at + 1..=at + rest.len()].eq_ignore_ascii_case(rest))
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
