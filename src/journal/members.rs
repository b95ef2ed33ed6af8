//! Which alert joined which group.
//!
//! Alerts are taken in spans of 512: one row a span holds, for each of its alerts, how far back its group was opened.
//! A second row holds the ids of the groups that the span's alerts opened, so that a group is found by its id with
//! a scan of a few bytes a group. An index says in which regions of 8,192 alerts a group has members beside the region
//! that it was opened in; so an alert that opens a group, or joins a fresh one, costs no index entry.

use super::Seq;
use crate::dedup::GroupId;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashSet;

const SPAN: u64 = 512;
const REGION: u64 = 8192;
pub(super) const SPANS_IN_REGION: u64 = REGION / SPAN;
/// Bytes of an opened group: its place in the span, and the first half of its id.
const OPENED: usize = 2 + 8;

pub(super) fn span_of(seq: Seq) -> u64 {
    seq.previous().get() / SPAN
}

pub(super) fn region_of(seq: Seq) -> u64 {
    seq.previous().get() / REGION
}

/// The groups of one span's alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    number: u64,
    /// For each alert 0 (no group) or how far back its group was opened, plus one.
    back: Vec<u64>,
}

impl Span {
    pub(super) fn new(number: u64) -> Self {
        Self { number, back: Vec::new() }
    }

    /// Reads a row; what is damaged is missing at the end.
    pub(super) fn decode(number: u64, mut bytes: &[u8]) -> Self {
        let mut back = Vec::with_capacity(bytes.len().min(SPAN as usize));
        while back.len() < SPAN as usize
            && let Some(value) = read_varint(&mut bytes)
        {
            back.push(value);
        }
        Self { number, back }
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.back.len() * 2);
        self.back.iter().for_each(|value| write_varint(&mut bytes, *value));
        bytes
    }

    fn set(&mut self, alert: Seq, group: Seq) {
        let place = (alert.previous().get() % SPAN) as usize;
        if self.back.len() <= place {
            self.back.resize(place + 1, 0);
        }
        self.back[place] = alert.get().saturating_sub(group.get()) + 1;
    }

    /// The members: alert and group.
    pub(super) fn members(&self) -> impl Iterator<Item = (Seq, Seq)> {
        let first = self.number * SPAN + 1;
        let known = self.back.iter().enumerate().filter(|(_, back)| **back > 0);
        known.filter_map(move |(place, back)| {
            let alert = first + place as u64;
            Some((Seq::new(alert), Seq::new(alert.checked_sub(back - 1)?)))
        })
    }
}

/// Writes memberships; keeps what it wrote last, so that a span is read once and written once a transaction.
#[derive(Debug, Default)]
pub(super) struct Members {
    span: Option<Span>,
    opened: Option<(u64, Vec<u8>)>,
    /// Groups whose entry for `region` exists.
    indexed: HashSet<Seq>,
    region: u64,
}

impl Members {
    /// Notes which alert joined which group.
    pub(super) fn join(&mut self, sql: &Connection, memberships: &[(Seq, Seq)]) -> rusqlite::Result<()> {
        for &(alert, group) in memberships {
            let number = span_of(alert);
            if self.span.as_ref().is_none_or(|span| span.number != number) {
                self.write_span(sql)?;
                self.span = Some(read_span(sql, number)?.unwrap_or_else(|| Span::new(number)));
            }
            if let Some(span) = &mut self.span {
                span.set(alert, group);
            }
            let region = region_of(alert);
            if region != self.region {
                self.indexed.clear();
                self.region = region;
            }
            if region != region_of(group) && self.indexed.insert(group) {
                sql.prepare_cached("INSERT OR IGNORE INTO joined (number, region) VALUES (?1, ?2)")?
                    .execute((group, region as i64))?;
            }
        }
        if memberships.is_empty() { Ok(()) } else { self.write_span(sql) }
    }

    /// Notes the ids of groups, by number. One that is noted already, as where all of a group's analyses had gone and its
    /// id had not, is not noted again.
    pub(super) fn open(&mut self, sql: &Connection, groups: &[(Seq, GroupId)]) -> rusqlite::Result<()> {
        for (number, id) in groups {
            let span = span_of(*number);
            if self.opened.as_ref().is_none_or(|(known, _)| *known != span) {
                self.write_opened(sql)?;
                let mut statement = sql.prepare_cached("SELECT ids FROM opened WHERE span = ?1")?;
                let found: Option<Vec<u8>> = statement.query_row([span as i64], |row| row.get(0)).optional()?;
                self.opened = Some((span, found.unwrap_or_default()));
            }
            if let Some((_, ids)) = &mut self.opened {
                let mut entry = [0; OPENED];
                entry[..2].copy_from_slice(&((number.previous().get() % SPAN) as u16).to_le_bytes());
                entry[2..].copy_from_slice(&id.as_bytes()[..8]);
                if !ids.chunks_exact(OPENED).any(|known| known == entry) {
                    ids.extend_from_slice(&entry);
                }
            }
        }
        if groups.is_empty() { Ok(()) } else { self.write_opened(sql) }
    }

    /// Forgets what it kept: after a transaction that was rolled back, or rows that retention removed.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    fn write_span(&self, sql: &Connection) -> rusqlite::Result<()> {
        let Some(span) = &self.span else { return Ok(()) };
        sql.prepare_cached("INSERT OR REPLACE INTO members (span, groups) VALUES (?1, ?2)")?
            .execute((span.number as i64, span.encode()))?;
        Ok(())
    }

    fn write_opened(&self, sql: &Connection) -> rusqlite::Result<()> {
        let Some((span, ids)) = &self.opened else { return Ok(()) };
        sql.prepare_cached("INSERT OR REPLACE INTO opened (span, ids) VALUES (?1, ?2)")?
            .execute((*span as i64, ids))?;
        Ok(())
    }
}

pub(super) fn read_span(sql: &Connection, number: u64) -> rusqlite::Result<Option<Span>> {
    let mut statement = sql.prepare_cached("SELECT groups FROM members WHERE span = ?1")?;
    statement.query_row([number as i64], |row| Ok(Span::decode(number, row.get_ref(0)?.as_blob()?))).optional()
}

/// The numbers of groups in one row of opened groups whose id starts as this one does.
pub(super) fn find_opened(span: u64, ids: &[u8], id: GroupId) -> impl Iterator<Item = Seq> {
    let entries = ids.chunks_exact(OPENED).filter(move |entry| entry[2..] == id.as_bytes()[..8]);
    entries.map(move |entry| Seq::new(span * SPAN + u64::from(u16::from_le_bytes([entry[0], entry[1]])) + 1))
}

pub(super) fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub(super) fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn numbers_survive_their_bytes(values in prop::collection::vec(any::<u64>(), 0..50)) {
            let mut bytes = Vec::new();
            for value in &values {
                write_varint(&mut bytes, *value);
            }
            let mut rest = bytes.as_slice();
            let read: Vec<u64> = std::iter::from_fn(|| read_varint(&mut rest)).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn damaged_spans_never_panic(number in 0u64..1 << 40, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let span = Span::decode(number, &bytes);
            prop_assert!(span.members().count() <= SPAN as usize);
        }
    }

    #[test]
    fn a_span_tells_each_alerts_group() {
        let mut span = Span::new(1);
        for (alert, group) in [(513, 1), (600, 600), (1024, 600)] {
            span.set(Seq::new(alert), Seq::new(group));
        }
        let span = Span::decode(1, &span.encode());
        let found: Vec<_> = span.members().map(|(alert, group)| (alert.get(), group.get())).collect();
        assert_eq!(found, [(513, 1), (600, 600), (1024, 600)]);
    }
}
