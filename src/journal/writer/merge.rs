//! Merges small chunks into large ones when nobody waits: they compress better and are fewer. No sequence changes.

use super::Writer;
use super::apply::insert_chunk;
use crate::alert::Time;
use crate::journal::chunk::{self, Chunk, MAX_ALERTS, MAX_TEXT};
use crate::journal::{Seq, body};
use rusqlite::TransactionBehavior;

/// Compressed bytes read for one merge, so that a step stays short.
const MAX_DATA: usize = MAX_TEXT / 2;

impl Writer {
    /// One merge, where there are enough small chunks for a large one; each alert is merged once.
    pub(super) fn merge(&mut self) -> rusqlite::Result<()> {
        let waiting = self.ends.newest_alert.get().saturating_sub(self.ends.merged.get());
        if waiting < MAX_ALERTS {
            self.upkeep.merge = false;
            return Ok(());
        }
        let chunks = self.small_chunks()?;
        let Some(last) = chunks.last().map(Chunk::last) else {
            // Retention has been faster.
            self.ends.merged = self.ends.newest_alert;
            return Ok(());
        };
        let merged =
            if chunks.len() > 1 { chunk::merge(&chunks, &mut self.compressor, &mut self.unpacker.plain) } else { None };
        // One that is large already (or damaged) stays as it is; that need not be written down.
        if let Some(merged) = merged {
            let sql = rusqlite::Transaction::new_unchecked(&self.sql, TransactionBehavior::Immediate)?;
            for small in &chunks {
                sql.prepare_cached("DELETE FROM chunks WHERE first = ?1")?.execute([small.first])?;
            }
            insert_chunk(&sql, &merged)?;
            sql.prepare_cached("UPDATE state SET merged = ?1")?.execute([last])?;
            sql.commit()?;
            self.status.merged_chunks += chunks.len() as u64;
        }
        self.ends.merged = last;
        Ok(())
    }

    /// The next chunks that together make no more than a large one; at least one.
    fn small_chunks(&self) -> rusqlite::Result<Vec<Chunk>> {
        let read = "SELECT first, count, received_from, received_to, ids, data FROM chunks WHERE first > ?1
                    ORDER BY first LIMIT 1024";
        let mut statement = self.sql.prepare_cached(read)?;
        let mut rows = statement.query([self.ends.merged])?;
        let mut chunks: Vec<Chunk> = Vec::new();
        let (mut alerts, mut text, mut data) = (0, 0, 0);
        while let Some(row) = rows.next()? {
            let body = row.get_ref(5)?.as_blob()?;
            alerts += row.get::<_, Seq>(1)?.get();
            data += body.len();
            text += body::unpacked_size(body).unwrap_or(MAX_TEXT);
            if !chunks.is_empty() && (alerts > MAX_ALERTS || text > MAX_TEXT || data > MAX_DATA) {
                break;
            }
            chunks.push(Chunk {
                first: row.get(0)?,
                count: row.get::<_, Seq>(1)?.get(),
                received: (Time::from_nanos(row.get(2)?), Time::from_nanos(row.get(3)?)),
                ids: row.get(4)?,
                data: body.to_vec(),
            });
        }
        Ok(chunks)
    }
}
