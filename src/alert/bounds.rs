//! How much of an alert is kept. Padding must not evade: what is cut is marked with its length and hash, so two
//! alerts that differ only in the cut part stay different, and the end of a value is kept as well as its start.

use std::borrow::Cow;

/// The longest value (rule, output, tag or field value) kept whole, in bytes. Falco itself cuts most earlier.
pub const MAX_VALUE_BYTES: usize = 16 * 1024;
/// The most text kept of one alert, in bytes; values beyond are cut to their mark.
pub const MAX_TEXT_BYTES: usize = 192 * 1024;
/// The most fields kept; the rest is folded into one field, `lanner.cut`.
pub const MAX_FIELDS: usize = 1024;
/// The most tags kept.
pub const MAX_TAGS: usize = 128;

const HEAD: usize = MAX_VALUE_BYTES / 4 * 3;
const TAIL: usize = MAX_VALUE_BYTES / 8;

/// The value as it is kept where `budget` bytes are left for the whole alert.
pub(super) fn cut(value: &str, budget: usize) -> Cow<'_, str> {
    if value.len() <= MAX_VALUE_BYTES.min(budget) {
        return Cow::Borrowed(value);
    }
    let (head, tail) = if budget < MAX_VALUE_BYTES { (0, 0) } else { (HEAD, TAIL) };
    let start = value.floor_char_boundary(head);
    let end = value.ceil_char_boundary(value.len() - tail);
    let hash = blake3::hash(&value.as_bytes()[start..end]).to_hex();
    Cow::Owned(format!(
        "{}[lanner cut {} bytes, blake3 {}]{}",
        &value[..start],
        end - start,
        &hash[..32],
        &value[end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_value_keeps_both_ends_and_tells_the_middle_apart() {
        let long = |middle: &str| format!("head{}{middle}{}tail", "x".repeat(20_000), "y".repeat(20_000));
        let (a, b) = (long("1"), long("2"));
        let (a, b) = (cut(&a, usize::MAX), cut(&b, usize::MAX));
        assert!(a.starts_with("head") && a.ends_with("tail") && a.len() < MAX_VALUE_BYTES);
        assert_ne!(a, b);
        assert_eq!(cut("short", usize::MAX), "short");
        assert!(cut("short", 2).starts_with("[lanner cut 5 bytes"));
    }
}
