//! What the pipeline reads to continue where it stopped.

use super::Reader;
use crate::dedup::Fingerprint;
use crate::journal::members::read_varint;
use crate::journal::{Batch, Limits, ReadError, Seq};
use rusqlite::OptionalExtension;

impl Reader {
    /// The last alert that the pipeline is done with.
    pub fn pipeline_cursor(&self) -> Result<Seq, ReadError> {
        Ok(self.sql.query_row("SELECT cursor FROM state", [], |row| row.get(0))?)
    }

    /// The state of live groups after the group of this number, in order: opaque bytes of the pipeline's.
    pub fn live_groups(&self, after: Seq, limits: Limits) -> Result<Batch<(Seq, Vec<u8>)>, ReadError> {
        let mut batch = Batch::at(after);
        let mut bytes = 0;
        let mut statement =
            self.sql.prepare_cached("SELECT number, body FROM live WHERE number > ?1 ORDER BY number")?;
        let mut rows = statement.query([after])?;
        while let Some(row) = rows.next()? {
            if batch.items.len() >= limits.count.max(1) || bytes >= limits.bytes && !batch.items.is_empty() {
                batch.more = true;
                break;
            }
            let number: Seq = row.get(0)?;
            batch.next = number;
            match row.get_ref(1)?.as_blob() {
                Ok(body) => {
                    bytes += body.len();
                    batch.items.push((number, body.to_vec()));
                }
                Err(_) => batch.damaged += 1,
            }
        }
        Ok(batch)
    }

    /// What live groups share, in the order in which it was kept: opaque bytes of the pipeline's, all of them. Dedup bounds
    /// them, by writing them anew, to some two MiB.
    pub fn shared_state(&self) -> Result<Vec<Vec<u8>>, ReadError> {
        let mut statement = self.sql.prepare_cached("SELECT body FROM shared ORDER BY n")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The newest openings (65,536, and a few more), oldest first, each given to `visit` with its group's number.
    /// Answers how many rows of them were damaged.
    pub fn openings(&self, mut visit: impl FnMut(Seq, &[u8])) -> Result<u64, ReadError> {
        let mut damaged = 0;
        let mut statement = self.sql.prepare_cached("SELECT number, count, body FROM openings ORDER BY number")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (first, count): (Seq, Seq) = (row.get(0)?, row.get(1)?);
            let mut rest = row.get_ref(2)?.as_blob().unwrap_or_default();
            for _ in 0..count.get() {
                let Some((number, body)) = opening(first, &mut rest) else {
                    damaged += 1;
                    break;
                };
                visit(number, body);
            }
        }
        Ok(damaged)
    }

    /// What an LLM has said about a fingerprint: opaque bytes.
    pub fn narrative(&self, fingerprint: Fingerprint) -> Result<Option<Vec<u8>>, ReadError> {
        let mut statement = self.sql.prepare_cached("SELECT body FROM narratives WHERE fingerprint = ?1")?;
        Ok(statement.query_row([fingerprint.as_bytes()], |row| row.get(0)).optional()?)
    }
}

fn opening<'a>(first: Seq, rest: &mut &'a [u8]) -> Option<(Seq, &'a [u8])> {
    let number = first.get().checked_add(read_varint(rest)?)?;
    let bytes = usize::try_from(read_varint(rest)?).ok()?;
    let (body, later) = rest.split_at_checked(bytes)?;
    *rest = later;
    Some((Seq::new(number), body))
}
