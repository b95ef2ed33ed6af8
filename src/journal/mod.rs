//! The durable store: alerts and analyses, each in an append-only order with a sequence number, in one SQLite file.
//!
//! Constraints and invariants:
//! - One thread writes ([`JournalThread`]); [`Journal`] is a cheap handle that queues work for it. The writer commits
//!   whenever it is free and everything queued meanwhile is its next transaction: no timer is waited for. SQLite's
//!   write-ahead log is written back beside it, by a thread of its own, so that commits wait for less of a flush.
//! - What [`Journal::append`] has answered survives `kill -9` (with [`Sync::Full`] a power cut). The pipeline's cursor,
//!   analyses, live groups and what these share are one transaction ([`Journal::commit`]), so a restart continues where
//!   it stopped.
//! - Sequences count from 1 without gaps and are never used twice. Merging chunks and retention change no sequence.
//! - Alerts lie in compressed chunks, many in a row; analyses one a row. There is no index entry per alert: the newest
//!   million ids are kept in memory to recognise duplicates, and which alerts joined which group is kept per span of
//!   512 alerts.
//! - Everything is bounded: the queue by bytes, chunks by bytes and count, the file by [`Settings::max_bytes`], reads by
//!   [`Limits`] or by what is kept.
//! - Readers have connections of their own and short transactions; damaged rows are counted and skipped, and a damaged
//!   file is refused at start. Nothing here starts anew over a file that it cannot read.
//!
//! Retention runs along the order of alerts: an analysis goes when the alerts go that were newest when it was written.
//! It never passes the pipeline's cursor.

mod body;
mod chunk;
mod clock;
mod dictionary;
mod encoded;
mod entry;
mod error;
mod handle;
mod members;
mod open;
mod reader;
mod schema;
mod seen;
mod status;
mod tail;
mod write_back;
mod writer;

#[cfg(test)]
mod tests;

pub use encoded::{EncodeError, Encoded, NewRevision};
pub use entry::{
    Appended, Batch, Committed, JournalId, Limits, Outcome, ParseJournalIdError, Received, Seq, StoredAlert,
    StoredAnalysis,
};
pub use error::{AppendError, CommitError, OpenError, ReadError};
pub use handle::{Journal, JournalThread, Settings, Sync};
pub use reader::{Floor, Reader, Revisions};
pub use status::{Health, Status};
pub use tail::{Recent, Tail};
