//! What goes into the journal and what comes out.

use super::NewRevision;
use crate::alert::{Alert, Context, Time};
use crate::analysis::Analysis;
use crate::dedup::{Fingerprint, SharedState};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use std::sync::Arc;

/// A place in the order of alerts or of analyses: they count from 1, each by itself; 0 is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(u64);

impl Seq {
    /// Before everything.
    pub const START: Self = Self(0);

    /// The sequence of this number. Numbers beyond SQLite's (63 bits) become the last one.
    pub const fn new(number: u64) -> Self {
        Self(if number > i64::MAX as u64 { i64::MAX as u64 } else { number })
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::new(self.0 + 1)
    }

    /// The one before this; the start stays the start.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ToSql for Seq {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((self.0 as i64).into())
    }
}

impl FromSql for Seq {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// Tells journals apart: random, made when the file is made. Cursors carry it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct JournalId(u64);

/// A text that is no journal id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a journal id is 16 hexadecimal digits")]
pub struct ParseJournalIdError;

impl JournalId {
    /// The id of these bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for JournalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::fmt::Debug for JournalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for JournalId {
    type Err = ParseJournalIdError;

    fn from_str(text: &str) -> Result<Self, ParseJournalIdError> {
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseJournalIdError);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| ParseJournalIdError)
    }
}

/// An alert on its way into the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The alert.
    pub alert: Alert,
    /// Where it was received. Alerts of one source share one `Arc`.
    pub context: Arc<Context>,
    /// When it was received, by [`Journal::now`](super::Journal::now): retention by age counts from here.
    pub received: Time,
}

/// An alert in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    /// Its place in the order of alerts.
    pub seq: Seq,
    /// When it was received.
    pub received: Time,
    /// Where it was received.
    pub context: Arc<Context>,
    /// The alert.
    pub alert: Alert,
}

/// An analysis in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnalysis {
    /// Its place in the order of analyses.
    pub seq: Seq,
    /// The number of its group: the sequence of the alert that opened the group.
    pub group: Seq,
    /// The analysis.
    pub analysis: Arc<Analysis>,
}

/// What the pipeline made of a stretch of alerts: journaled as a whole or not at all.
///
/// A group's number is the sequence of the alert that opened it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The last alert that is dealt with; never less than the cursor before.
    pub cursor: Seq,
    /// New revisions in order, each with its group's number.
    pub revisions: Vec<(Seq, NewRevision)>,
    /// Which alert (of those after the cursor before, up to `cursor`) joined which group.
    pub memberships: Vec<(Seq, Seq)>,
    /// Records of live groups by number, to be kept for a restart (`Some`) or forgotten (`None`); opaque here.
    pub live: Vec<(Seq, Option<Vec<u8>>)>,
    /// What live groups share, to be kept for a restart; opaque here.
    pub shared: Option<SharedState>,
    /// What history needs to know of each group that was opened, by number, ascending; opaque here. The newest 65,536
    /// are kept.
    pub openings: Vec<(Seq, Vec<u8>)>,
    /// lanner's own alerts, appended behind the newest alert.
    pub notices: Vec<Received>,
    /// LLM narratives to remember for a fingerprint; opaque here. The newest 4,096 are kept.
    pub narratives: Vec<(Fingerprint, Vec<u8>)>,
}

/// What became of an append: all of it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Appended {
    /// Alerts that are new.
    pub accepted: u64,
    /// Alerts that the journal had already.
    pub duplicates: u64,
}

/// What became of an outcome: all of it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// The newest analysis in the journal.
    pub newest_analysis: Seq,
    /// The outcome's notices.
    pub notices: Appended,
}

/// How much one read gives at most. At least one item is given where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Items.
    pub count: usize,
    /// Bytes of text (alerts) or of encoded bodies (analyses).
    pub bytes: usize,
}

impl Default for Limits {
    /// 1,000 items, 1 MiB.
    fn default() -> Self {
        Self { count: 1000, bytes: 1024 * 1024 }
    }
}

/// One short read.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<T> {
    /// What was found, in order.
    pub items: Vec<T>,
    /// Where to go on: everything up to here has been given, filtered out, passed or found damaged.
    pub next: Seq,
    /// How many retention had removed between the place asked for and the oldest kept.
    pub passed: u64,
    /// How many are there and cannot be read.
    pub damaged: u64,
    /// True where a limit ended the read; false at the end.
    pub more: bool,
}

impl<T> Batch<T> {
    pub(super) fn at(next: Seq) -> Self {
        Self { items: Vec::new(), next, passed: 0, damaged: 0, more: false }
    }

    /// The same read, of what becomes of each item.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Batch<U> {
        let Self { items, next, passed, damaged, more } = self;
        Batch { items: items.into_iter().map(each).collect(), next, passed, damaged, more }
    }
}
