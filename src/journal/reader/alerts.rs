//! Reading alerts: in order, one by one, and the members of a group.

use super::Reader;
use crate::alert::AlertId;
use crate::dedup::GroupId;
use crate::journal::chunk::{Contexts, Record, Records, unpack};
use crate::journal::members::{SPANS_IN_REGION, read_span, region_of, span_of};
use crate::journal::{Batch, Limits, ReadError, Seq, StoredAlert};
use rusqlite::Row;
use std::borrow::Cow;
use zstd::bulk::Decompressor;

/// Regions looked through by one read of a group's members, so that it ends soon.
const MAX_REGIONS: usize = 256;
/// The chunk that holds an alert is the last one that begins no later.
const FROM_CHUNK: &str = "SELECT first, count, data FROM chunks
    WHERE first >= coalesce((SELECT first FROM chunks WHERE first <= ?1 ORDER BY first DESC LIMIT 1), 0)
    ORDER BY first";

impl Reader {
    /// The alerts after `after`, in order.
    pub fn alerts_after(&mut self, after: Seq, limits: Limits) -> Result<Batch<StoredAlert>, ReadError> {
        let transaction = self.sql.unchecked_transaction()?;
        let gone = self.gone()?.0;
        let mut batch = Batch::at(after.max(gone));
        batch.passed = gone.get().saturating_sub(after.get());
        let mut statement = self.sql.prepare_cached(FROM_CHUNK)?;
        let mut rows = statement.query([batch.next.next()])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            if is_enough(&batch, bytes, limits) {
                batch.more = true;
                break;
            }
            let (first, last, text) = chunk(row, &mut self.unpacker.plain)?;
            // Alerts that should stand between two chunks are lost.
            batch.damaged += first.previous().get().saturating_sub(batch.next.get());
            batch.next = batch.next.max(first.previous());
            let mut seq = first.previous();
            for record in Records::new(&text) {
                seq = seq.next();
                if seq <= batch.next {
                    continue;
                }
                if is_enough(&batch, bytes, limits) {
                    batch.more = true;
                    break;
                }
                match stored(&mut self.contexts, seq, &record) {
                    Some(alert) => {
                        bytes += alert.alert.size();
                        batch.items.push(alert);
                    }
                    None => batch.damaged += 1,
                }
                batch.next = seq;
            }
            if batch.more {
                break;
            }
            batch.damaged += last.get().saturating_sub(batch.next.get());
            batch.next = batch.next.max(last);
        }
        drop(rows);
        drop(statement);
        drop(transaction);
        Ok(batch)
    }

    /// One alert; `None` where it is not kept (or cannot be read).
    pub fn alert(&mut self, seq: Seq) -> Result<Option<StoredAlert>, ReadError> {
        let find = "SELECT first, count, data FROM chunks WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
        let mut statement = self.sql.prepare_cached(find)?;
        let mut rows = statement.query([seq])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (first, last, text) = chunk(row, &mut self.unpacker.plain)?;
        if seq > last {
            return Ok(None);
        }
        let place = (seq.get() - first.get()) as usize;
        Ok(Records::new(&text).nth(place).and_then(|record| stored(&mut self.contexts, seq, &record)))
    }

    /// The alert of this id. Looks through the ids of all alerts kept, newest first: 8 bytes each.
    pub fn alert_by_id(&mut self, id: AlertId) -> Result<Option<StoredAlert>, ReadError> {
        let short = id.short().to_le_bytes();
        let mut before = Seq::new(u64::MAX);
        loop {
            let Some((first, places)) = self.places_of(short, before)? else { return Ok(None) };
            for place in places {
                let found = self.alert(Seq::new(first.get() + place as u64))?;
                if found.as_ref().is_some_and(|found| found.alert.id() == id) {
                    return Ok(found);
                }
            }
            before = first;
        }
    }

    /// The newest chunk before `before` with this short id, and the places where it stands there.
    fn places_of(&self, short: [u8; 8], before: Seq) -> Result<Option<(Seq, Vec<usize>)>, ReadError> {
        let mut statement =
            self.sql.prepare_cached("SELECT first, ids FROM chunks WHERE first < ?1 ORDER BY first DESC")?;
        let mut rows = statement.query([before])?;
        while let Some(row) = rows.next()? {
            let ids = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let same = ids.chunks_exact(8).enumerate().filter(|(_, one)| *one == short);
            let places: Vec<usize> = same.map(|(place, _)| place).collect();
            if !places.is_empty() {
                return Ok(Some((row.get(0)?, places)));
            }
        }
        Ok(None)
    }

    /// The number of the group that an alert joined; `None` where it has none, or is not kept.
    pub fn group_of(&self, alert: Seq) -> Result<Option<Seq>, ReadError> {
        Ok(self.groups_of(&[alert])?.pop().map(|(_, group)| group))
    }

    /// The numbers of the groups that alerts, which are in order, joined: alert and group, where it has one and is kept.
    pub fn groups_of(&self, alerts: &[Seq]) -> Result<Vec<(Seq, Seq)>, ReadError> {
        let mut found = Vec::with_capacity(alerts.len());
        for near in alerts.chunk_by(|one, next| span_of(*one) == span_of(*next)) {
            let Some(span) = read_span(&self.sql, span_of(near[0]))? else { continue };
            found.extend(span.members().filter(|(member, _)| near.binary_search(member).is_ok()));
        }
        Ok(found)
    }

    /// The members of a group after `after`, in order, as far as they are kept.
    pub fn alerts_of_group(
        &mut self,
        id: GroupId,
        after: Seq,
        limits: Limits,
    ) -> Result<Batch<StoredAlert>, ReadError> {
        let Some(group) = self.number_of(id)? else { return Ok(Batch::at(after)) };
        let transaction = self.sql.unchecked_transaction()?;
        let mut batch = Batch::at(after.max(self.gone()?.0));
        let (members, complete) = self.members_of(group, batch.next, limits.count.max(1))?;
        let end = members.last().copied();
        let mut bytes = 0;
        let mut rest = members.as_slice();
        while let Some(&seq) = rest.first() {
            let mut statement = self.sql.prepare_cached(
                "SELECT first, count, data FROM chunks WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
            )?;
            let mut rows = statement.query([seq])?;
            let Some(row) = rows.next()? else { break };
            let (first, last, text) = chunk(row, &mut self.unpacker.plain)?;
            let here = rest.partition_point(|member| *member <= last);
            // A member that no chunk holds any more, though later ones are held, is lost.
            let (wanted, later) = rest.split_at(here.max(1));
            rest = later;
            let mut records = Records::new(&text).enumerate();
            for member in wanted {
                if is_enough(&batch, bytes, limits) {
                    batch.more = true;
                    break;
                }
                let place = (member.get() - first.get()) as usize;
                let record = records.find(|(found, _)| *found == place);
                match record.and_then(|(_, record)| stored(&mut self.contexts, *member, &record)) {
                    Some(alert) => {
                        bytes += alert.alert.size();
                        batch.items.push(alert);
                    }
                    None => batch.damaged += 1,
                }
                batch.next = *member;
            }
            if batch.more {
                break;
            }
        }
        batch.more |= !complete || end.is_some_and(|end| batch.next < end);
        drop(transaction);
        Ok(batch)
    }

    /// Members after `after`, at most `count`; and whether that is all.
    fn members_of(&self, group: Seq, after: Seq, count: usize) -> Result<(Vec<Seq>, bool), ReadError> {
        let from = region_of(after.next());
        let mut statement =
            self.sql.prepare_cached("SELECT region FROM joined WHERE number = ?1 AND region >= ?2 ORDER BY region")?;
        let later = statement.query_map((group, from as i64), |row| row.get::<_, Seq>(0).map(Seq::get))?;
        let opening = region_of(group);
        let first = (opening >= from).then_some(Ok(opening));
        let mut found = Vec::new();
        for (looked, region) in first.into_iter().chain(later).enumerate() {
            if looked >= MAX_REGIONS && !found.is_empty() {
                return Ok((found, false));
            }
            let region = region?;
            for span in region * SPANS_IN_REGION..(region + 1) * SPANS_IN_REGION {
                let Some(span) = read_span(&self.sql, span)? else { continue };
                for (alert, joined) in span.members() {
                    if joined == group && alert > after {
                        if found.len() == count {
                            return Ok((found, false));
                        }
                        found.push(alert);
                    }
                }
            }
        }
        Ok((found, true))
    }
}

fn is_enough<T>(batch: &Batch<T>, bytes: usize, limits: Limits) -> bool {
    batch.items.len() >= limits.count.max(1) || (!batch.items.is_empty() && bytes >= limits.bytes)
}

/// A chunk's first and last alert and its text; no text where it is damaged.
fn chunk<'a>(row: &'a Row<'_>, with: &mut Decompressor<'static>) -> rusqlite::Result<(Seq, Seq, Cow<'a, [u8]>)> {
    let (first, count): (Seq, Seq) = (row.get(0)?, row.get(1)?);
    let text = row.get_ref(2)?.as_blob().ok().and_then(|data| unpack(data, with)).unwrap_or_default();
    Ok((first, Seq::new((first.get() + count.get()).saturating_sub(1)), text))
}

fn stored(contexts: &mut Contexts, seq: Seq, record: &Record<'_>) -> Option<StoredAlert> {
    let context = contexts.decode(record.context)?;
    Some(StoredAlert { seq, received: record.received, context, alert: record.decode()? })
}
