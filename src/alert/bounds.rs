//! How much of an alert is kept. Padding must not evade: what is cut is marked with its length and hash, so two
//! alerts that differ only in the cut part stay different, and the end of a value is kept as well as its start.

use std::borrow::Cow;

/// The longest value (rule, output, tag or field value) kept whole, in bytes. Falco itself cuts most earlier.
pub const MAX_VALUE_BYTES: usize = 16 * 1024;
/// The most text kept of one alert, in bytes; where there is more, the longest values are cut shorter, so that no padding
/// in one field pushes another out. (An alert of a thousand fields may take half as much again.)
pub const MAX_TEXT_BYTES: usize = 192 * 1024;
/// The most fields kept; the rest is folded into one field, `lanner.cut`.
pub const MAX_FIELDS: usize = 1024;
/// The most tags kept.
pub const MAX_TAGS: usize = 128;

/// No value is cut to less than about this, in bytes.
const LEAST: usize = 128;

/// The length up to which values are kept whole, so that values of these lengths fit into an alert.
pub(super) fn limit(lengths: &(impl Iterator<Item = usize> + Clone)) -> usize {
    let mut limit = MAX_VALUE_BYTES;
    while limit > LEAST && lengths.clone().map(|length| length.min(limit)).sum::<usize>() > MAX_TEXT_BYTES {
        limit /= 2;
    }
    limit
}

/// The value, cut where it is longer than the limit: most of what is kept is its start, some its end.
pub(super) fn cut(value: &str, limit: usize) -> Cow<'_, str> {
    if value.len() <= limit {
        return Cow::Borrowed(value);
    }
    let start = value.floor_char_boundary(limit / 2);
    let end = value.ceil_char_boundary(value.len() - limit / 8);
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
        let (a, b) = (cut(&a, MAX_VALUE_BYTES), cut(&b, MAX_VALUE_BYTES));
        assert!(a.starts_with("head") && a.ends_with("tail") && a.len() < MAX_VALUE_BYTES);
        assert_ne!(a, b);
        assert_eq!(cut("short", MAX_VALUE_BYTES), "short");
    }

    #[test]
    fn the_longest_values_are_cut_first() {
        assert_eq!(limit(&[MAX_VALUE_BYTES; 12].into_iter()), MAX_VALUE_BYTES);
        assert_eq!(limit(&[MAX_VALUE_BYTES; 13].into_iter()), MAX_VALUE_BYTES / 2);
        assert_eq!(limit(&[usize::MAX / 4096; 2048].into_iter()), LEAST);
    }
}
