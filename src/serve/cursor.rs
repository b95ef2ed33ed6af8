//! Places that go out to clients and come back: a watch's cursor and the tokens of pages.
//!
//! Both are one form, opaque to clients: numbers in hexadecimal, and four bytes of a check sum, so a cut or mistyped one is
//! told from one of another journal. They are no secret and no authority: what a client may read does
//! not depend on them.

use crate::journal::{JournalId, Seq};

/// What a place is for; one is not taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Watch = 1,
    Page = 2,
}

/// A text that is no place, or not one here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not what lanner gives out.
    #[error("`{field}` is not one that lanner gave out: {reason}")]
    Malformed {
        /// The request's field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A place in another journal.
    #[error(
        "`{field}` belongs to the journal {theirs} and this one is {ours}: the journal was replaced, or this is another \
         lanner; begin without a cursor"
    )]
    OtherJournal {
        /// The request's field.
        field: &'static str,
        /// The journal that it belongs to.
        theirs: JournalId,
        /// The journal that is served here.
        ours: JournalId,
    },
    /// A place that this journal has not reached.
    #[error(
        "`{field}` is at {seq} and the journal's newest is {newest}: an older copy of the journal was put in its place; \
         begin without a cursor"
    )]
    Future {
        /// The request's field.
        field: &'static str,
        /// Where it is.
        seq: Seq,
        /// Where the journal is.
        newest: Seq,
    },
    /// A page of another request.
    #[error(
        "`page_token` belongs to a request with other fields: keep them all as they were, or begin without a token"
    )]
    OtherQuery,
}

/// Identifies what a list was asked, all but page size and token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryId(u64);

impl QueryId {
    /// The id of a request: its method and its encoded message, page size and token cleared.
    pub fn new(method: &str, request: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(method.len() as u64).to_le_bytes());
        hasher.update(method.as_bytes());
        hasher.update(request);
        Self(first_eight(hasher.finalize().as_bytes()))
    }
}

/// Where the next page goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The last one that was looked at.
    pub at: Seq,
    /// The newest when the first page was asked for, where the list says what was true then.
    pub until: Seq,
}

/// The cursor of a watch: everything up to `seq` has been sent.
pub fn watch_cursor(journal: JournalId, seq: Seq) -> String {
    write(Kind::Watch, journal, [seq.get(), 0])
}

/// Reads a watch's cursor.
///
/// # Errors
/// [`CursorError`] where it is none, of another journal, or beyond `newest`.
pub fn read_watch_cursor(text: &str, journal: JournalId, newest: Seq) -> Result<Seq, CursorError> {
    const FIELD: &str = "cursor";
    let [seq, _] = read(text, Kind::Watch, FIELD, journal)?;
    let seq = Seq::new(seq);
    if seq > newest {
        return Err(CursorError::Future { field: FIELD, seq, newest });
    }
    Ok(seq)
}

/// The token of this page of this query.
pub fn page_token(journal: JournalId, page: Page, query: QueryId) -> String {
    write(Kind::Page, journal, [page.at.get(), query.0, page.until.get()])
}

/// Reads a page token; the empty one is the first page.
///
/// # Errors
/// [`CursorError`] where it is none, of another journal, or of another query.
pub fn read_page_token(text: &str, journal: JournalId, query: QueryId) -> Result<Option<Page>, CursorError> {
    if text.is_empty() {
        return Ok(None);
    }
    let [at, theirs, until] = read(text, Kind::Page, "page_token", journal)?;
    let page = Page { at: Seq::new(at), until: Seq::new(until) };
    if theirs == query.0 { Ok(Some(page)) } else { Err(CursorError::OtherQuery) }
}

/// The bytes of a place of so many numbers: kind, journal, numbers, check sum.
const fn length(numbers: usize) -> usize {
    1 + 8 + 8 * numbers + SUM
}

const SUM: usize = 4;

fn write<const N: usize>(kind: Kind, journal: JournalId, numbers: [u64; N]) -> String {
    let mut bytes = Vec::with_capacity(length(N));
    bytes.push(kind as u8);
    bytes.extend_from_slice(&journal.bits().to_be_bytes());
    for number in numbers {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    let sum = blake3::hash(&bytes);
    bytes.extend_from_slice(&sum.as_bytes()[..SUM]);
    let mut text = String::with_capacity(2 * length(N));
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn read<const N: usize>(text: &str, kind: Kind, field: &'static str, ours: JournalId) -> Result<[u64; N], CursorError> {
    let malformed = |reason| CursorError::Malformed { field, reason };
    if text.len() != 2 * length(N) {
        return Err(malformed("it has another length"));
    }
    let mut bytes = Vec::with_capacity(length(N));
    for pair in text.as_bytes().chunks_exact(2) {
        let digit = |digit: u8| DIGITS.iter().position(|known| *known == digit);
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            return Err(malformed("it is not in hexadecimal digits"));
        };
        bytes.push((high << 4 | low) as u8);
    }
    let (summed, sum) = bytes.split_at(length(N) - SUM);
    if blake3::hash(summed).as_bytes()[..SUM] != *sum {
        return Err(malformed("its check sum is wrong"));
    }
    if bytes[0] != kind as u8 {
        return Err(malformed("it is for another field"));
    }
    let theirs = JournalId::from_bits(first_eight(&bytes[1..]));
    if theirs != ours {
        return Err(CursorError::OtherJournal { field, theirs, ours });
    }
    Ok(std::array::from_fn(|n| first_eight(&bytes[9 + 8 * n..])))
}

fn first_eight(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OURS: JournalId = JournalId::from_bits(0x1122_3344_5566_7788);
    const NEWEST: Seq = Seq::new(1000);
    const PAGE: Page = Page { at: Seq::new(7), until: Seq::new(9) };

    #[test]
    fn a_cursor_of_another_journal_or_of_the_future_is_told_apart() {
        let other = watch_cursor(JournalId::from_bits(1), Seq::new(5));
        let error = read_watch_cursor(&other, OURS, NEWEST).unwrap_err();
        assert!(matches!(error, CursorError::OtherJournal { .. }), "{error}");
        let future = watch_cursor(OURS, Seq::new(1001));
        let error = read_watch_cursor(&future, OURS, NEWEST).unwrap_err();
        assert!(error.to_string().contains("is at 1001 and the journal's newest is 1000"), "{error}");
    }

    #[test]
    fn a_page_token_serves_its_own_query_only() {
        let (query, other) = (QueryId::new("ListAnalyses", b"filter"), QueryId::new("ListAnalyses", b"another"));
        let token = page_token(OURS, PAGE, query);
        assert_eq!(read_page_token(&token, OURS, query), Ok(Some(PAGE)));
        assert_eq!(read_page_token(&token, OURS, other), Err(CursorError::OtherQuery));
        assert_eq!(read_page_token("", OURS, query), Ok(None));
        assert_ne!(query, QueryId::new("ListAlerts", b"filter"));
    }

    #[test]
    fn one_kind_of_place_is_not_taken_for_another() {
        let token = page_token(OURS, PAGE, QueryId::new("ListAnalyses", b""));
        assert!(matches!(read_watch_cursor(&token, OURS, NEWEST), Err(CursorError::Malformed { .. })));
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(journal: u64, seq in 0..=1000u64) {
            let journal = JournalId::from_bits(journal);
            let text = watch_cursor(journal, Seq::new(seq));
            prop_assert_eq!(read_watch_cursor(&text, journal, NEWEST), Ok(Seq::new(seq)));
        }

        #[test]
        fn a_page_token_comes_back_as_it_went(journal: u64, at: u64, until: u64, request: Vec<u8>) {
            let journal = JournalId::from_bits(journal);
            let query = QueryId::new("ListAlerts", &request);
            let page = Page { at: Seq::new(at), until: Seq::new(until) };
            let text = page_token(journal, page, query);
            prop_assert_eq!(read_page_token(&text, journal, query), Ok(Some(page)));
        }

        /// No text panics, and none but a real one is taken.
        #[test]
        fn other_texts_are_refused(text in ".{0,80}") {
            prop_assert!(read_watch_cursor(&text, OURS, NEWEST).is_err());
        }

        #[test]
        fn a_changed_digit_is_noticed(seq in 0..=1000u64, at in 0..2 * length(2), digit in 0..16usize) {
            let text = watch_cursor(OURS, Seq::new(seq));
            let mut changed = text.clone().into_bytes();
            changed[at] = DIGITS[digit];
            let changed = String::from_utf8(changed).unwrap();
            prop_assume!(changed != text);
            prop_assert!(read_watch_cursor(&changed, OURS, NEWEST).is_err());
        }
    }
}
