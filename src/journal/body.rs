//! Bodies of rows: what is long is compressed.
//!
//! Analyses are small rows that say much the same, so they are compressed against a dictionary that is trained on the
//! journal's own analyses and kept in the journal. On 4.4 KB of MessagePack that is 3 microseconds and 450 bytes where
//! zstd alone takes 36 and 2,300.
//!
//! A revision that only counts anew is the body that it is a revision of, as it lies there, with the new counts before it.

use super::dictionary::{Dictionary, Trainer};
use super::members::{read_varint, write_varint};
use crate::analysis::{Analysis, revise};
use crate::dedup::GroupView;
use rusqlite::Connection;
use serde::Deserialize;
use std::borrow::Cow;
use zstd::bulk::{Compressor, Decompressor};

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Followed by the dictionary's number.
const WITH_DICTIONARY: u8 = 2;
/// Followed by the length of MessagePack of [`Counts`], this, and the body that they are of.
const RECOUNT: u8 = 3;
/// Below this, compressing gains nothing.
const WORTH_COMPRESSING: usize = 128;
/// The largest body that is read; a larger one is damage.
const MAX_BYTES: usize = 16 << 20;
/// zstd's level: 1 costs least for what it gains.
const LEVEL: i32 = 1;

/// What a revision that only counts anew says.
#[derive(Deserialize)]
struct Counts {
    group: GroupView,
    /// In older journals; it follows from the counts.
    #[serde(default)]
    summary: Option<String>,
}

/// Bytes as they are kept: a byte that says how, then themselves or what zstd makes of them, whichever is shorter.
pub(super) fn pack(plain: &[u8], compressor: &mut Compressor<'static>) -> Vec<u8> {
    compress(&[ZSTD], plain, compressor).unwrap_or_else(|| {
        let mut bytes = Vec::with_capacity(plain.len() + 1);
        bytes.push(PLAIN);
        bytes.extend_from_slice(plain);
        bytes
    })
}

fn compress(head: &[u8], plain: &[u8], compressor: &mut Compressor<'static>) -> Option<Vec<u8>> {
    if plain.len() < WORTH_COMPRESSING {
        return None;
    }
    let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(plain.len()));
    let count = compressor.compress_to_buffer(plain, &mut frame).ok()?;
    (count < plain.len()).then(|| [head, &frame].concat())
}

/// What was packed without a dictionary, up to a bound; `None` where it is damaged.
pub(super) fn unpack<'a>(bytes: &'a [u8], max: usize, with: &mut Decompressor<'static>) -> Option<Cow<'a, [u8]>> {
    let (kind, body) = bytes.split_first()?;
    match *kind {
        PLAIN => (body.len() <= max).then_some(Cow::Borrowed(body)),
        ZSTD => decompress(body, max, with).map(Cow::Owned),
        _ => None,
    }
}

fn decompress(frame: &[u8], max: usize, with: &mut Decompressor<'static>) -> Option<Vec<u8>> {
    let size = usize::try_from(zstd::zstd_safe::get_frame_content_size(frame).ok()??).ok()?;
    if size > max { None } else { with.decompress(frame, size).ok() }
}

/// How many bytes were packed without a dictionary, as far as the bytes say.
pub(super) fn unpacked_size(bytes: &[u8]) -> Option<usize> {
    let (kind, body) = bytes.split_first()?;
    match *kind {
        PLAIN => Some(body.len()),
        ZSTD => usize::try_from(zstd::zstd_safe::get_frame_content_size(body).ok()??).ok(),
        _ => None,
    }
}

/// A compressor for chunks and for bodies without a dictionary.
pub(super) fn compressor() -> Compressor<'static> {
    // Fails only without memory; then compressing fails as well, and bytes are kept as they are.
    Compressor::new(LEVEL).unwrap_or_default()
}

/// Makes bodies of analyses, and dictionaries for them.
pub(super) struct Packer {
    plain: Compressor<'static>,
    /// The dictionary in use, by its number.
    current: Option<(u32, Compressor<'static>)>,
    trainer: Trainer,
}

impl Packer {
    /// Goes on with the journal's newest dictionary.
    pub(super) fn new(newest: Option<&Dictionary>) -> Self {
        let mut packer = Self { plain: compressor(), current: None, trainer: Trainer::default() };
        if let Some(dictionary) = newest {
            packer.trainer = Trainer::new(dictionary.number);
            packer.adopt(dictionary);
        }
        packer
    }

    fn adopt(&mut self, dictionary: &Dictionary) {
        self.current = dictionary.compressor().map(|compressor| (dictionary.number, compressor));
    }

    /// The body of an analysis whose MessagePack this is.
    pub(super) fn pack_analysis(&mut self, plain: &[u8]) -> Vec<u8> {
        let packed = self.current.as_mut().and_then(|(number, compressor)| {
            let mut head = vec![WITH_DICTIONARY];
            write_varint(&mut head, u64::from(*number));
            compress(&head, plain, compressor)
        });
        let packed = packed.unwrap_or_else(|| pack(plain, &mut self.plain));
        self.trainer.see(plain, packed.len());
        packed
    }

    /// A new dictionary, where one is worthwhile: to be written with the first bodies that are made after this.
    pub(super) fn renew(&mut self) -> Option<Dictionary> {
        let dictionary = self.trainer.train()?;
        self.adopt(&dictionary);
        Some(dictionary)
    }
}

/// Reads bodies of analyses. Keeps the dictionaries that it used last.
pub(super) struct Unpacker {
    pub plain: Decompressor<'static>,
    known: Vec<(u32, Decompressor<'static>)>,
}

/// Dictionaries kept open: a page of analyses seldom spans more.
const MAX_KNOWN: usize = 2;

impl Default for Unpacker {
    fn default() -> Self {
        // Fails only without memory; then decompressing fails as well, and that is an answer.
        Self { plain: Decompressor::new().unwrap_or_default(), known: Vec::new() }
    }
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacker").finish_non_exhaustive()
    }
}

impl Unpacker {
    /// The analysis and its size; `None` where it is damaged.
    pub(super) fn decode(&mut self, sql: &Connection, bytes: &[u8]) -> Option<(Analysis, usize)> {
        let (counts, of) = split(bytes)?;
        let plain = self.plain_analysis(sql, of)?;
        let analysis: Analysis = rmp_serde::from_slice(&plain).ok()?;
        let analysis = match counts.map(rmp_serde::from_slice).transpose().ok()? {
            Some(Counts { group, summary: Some(summary) }) => Analysis { group, summary, ..analysis },
            Some(Counts { group, summary: None }) => revise(analysis, group),
            None => analysis,
        };
        Some((analysis, plain.len()))
    }

    /// MessagePack of an analysis, without newer counts that the body may have; `None` where it is damaged.
    pub(super) fn plain_analysis<'a>(&mut self, sql: &Connection, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let (_, bytes) = split(bytes)?;
        match *bytes.first()? {
            WITH_DICTIONARY => {
                let mut frame = &bytes[1..];
                let number = u32::try_from(read_varint(&mut frame)?).ok()?;
                Some(Cow::Owned(decompress(frame, MAX_BYTES, self.dictionary(sql, number)?)?))
            }
            _ => unpack(bytes, MAX_BYTES, &mut self.plain),
        }
    }

    fn dictionary(&mut self, sql: &Connection, number: u32) -> Option<&mut Decompressor<'static>> {
        if !self.known.iter().any(|(known, _)| *known == number) {
            let mut statement = sql.prepare_cached("SELECT body FROM dictionaries WHERE number = ?1").ok()?;
            let bytes: Vec<u8> = statement.query_row([number], |row| row.get(0)).ok()?;
            if self.known.len() == MAX_KNOWN {
                self.known.remove(0);
            }
            self.known.push((number, Decompressor::with_dictionary(&bytes).ok()?));
        }
        self.known.iter_mut().find(|(known, _)| *known == number).map(|(_, dictionary)| dictionary)
    }
}

/// The body of what `last` is the body of, with these counts.
pub(super) fn recount(counts: &GroupView, last: &[u8]) -> Option<Vec<u8>> {
    let counts = rmp_serde::to_vec(&(counts,)).ok()?;
    let (_, of) = split(last)?;
    let mut bytes = Vec::with_capacity(counts.len() + of.len() + 4);
    bytes.push(RECOUNT);
    write_varint(&mut bytes, counts.len() as u64);
    bytes.extend_from_slice(&counts);
    bytes.extend_from_slice(of);
    Some(bytes)
}

/// The newer counts, where there are such, and the body that they are of.
fn split(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    if *bytes.first()? != RECOUNT {
        return Some((None, bytes));
    }
    let mut rest = &bytes[1..];
    let count = usize::try_from(read_varint(&mut rest)?).ok()?;
    let (counts, of) = rest.split_at_checked(count)?;
    Some((Some(counts), of))
}

/// The number of the dictionary that this body needs.
pub(super) fn dictionary_of(bytes: &[u8]) -> Option<u32> {
    let (_, of) = split(bytes)?;
    let mut rest = of.strip_prefix(&[WITH_DICTIONARY])?;
    u32::try_from(read_varint(&mut rest)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::dictionary::{self, MAX_DICTIONARY};
    use crate::journal::tests::analysis;
    use crate::journal::{Encoded, schema};
    use bytes::Bytes;
    use proptest::prelude::*;

    fn journal() -> Connection {
        let sql = Connection::open_in_memory().unwrap();
        schema::migrate(&sql, 0, schema::MIGRATIONS).unwrap();
        sql
    }

    fn plain(analysis: &Analysis) -> Bytes {
        Encoded::new(analysis, &mut Vec::new()).unwrap().plain
    }

    fn keep(sql: &Connection, dictionary: &Dictionary) {
        sql.execute(
            "INSERT INTO dictionaries (number, since, body) VALUES (?1, 1, ?2)",
            (dictionary.number, &dictionary.bytes),
        )
        .unwrap();
    }

    #[test]
    fn a_dictionary_is_made_kept_and_makes_bodies_small() {
        let sql = journal();
        let (mut packer, mut unpacker) = (Packer::new(None), Unpacker::default());
        let mut sizes = Vec::new();
        let mut made = 0;
        for n in 1..=500 {
            if let Some(dictionary) = packer.renew() {
                assert!(dictionary.bytes.len() <= MAX_DICTIONARY);
                keep(&sql, &dictionary);
                made += 1;
            }
            let hash = |n: u8| blake3::hash(&[n]).to_hex();
            let mut one = analysis(&hash(n as u8), n, 1);
            // What compresses badly, and is the same in all of them.
            one.implications = (0..12).map(|n| hash(n).to_string().into()).collect();
            let bytes = packer.pack_analysis(&plain(&one));
            assert_eq!(unpacker.decode(&sql, &bytes).unwrap().0, one);
            sizes.push(bytes.len());
        }
        assert!(made >= 1 && sizes[499] * 2 < sizes[0], "{made} {} {}", sizes[0], sizes[499]);
        let mut later = Packer::new(dictionary::newest(&sql).unwrap().as_ref());
        assert_eq!(later.pack_analysis(&plain(&analysis("t", 1, 1)))[0], WITH_DICTIONARY);
    }

    #[test]
    fn a_recount_of_an_older_journal_is_read() {
        let (sql, one) = (journal(), analysis("t", 1, 1));
        let counts = GroupView { count: 7, revision: 2, ..one.group.clone() };
        let body = Packer::new(None).pack_analysis(&plain(&one));
        let older = rmp_serde::to_vec(&(&counts, "a summary of then")).unwrap();
        let bytes = [&[RECOUNT, older.len() as u8], older.as_slice(), &body].concat();
        let expected = Analysis { group: counts.clone(), summary: "a summary of then".to_owned(), ..one.clone() };
        assert_eq!(Unpacker::default().decode(&sql, &bytes).unwrap().0, expected);
        // And counted anew once more.
        let bytes = recount(&GroupView { revision: 3, ..counts.clone() }, &bytes).unwrap();
        let expected = revise(one, GroupView { revision: 3, ..counts });
        assert_eq!(Unpacker::default().decode(&sql, &bytes).unwrap().0, expected);
    }

    #[test]
    fn a_body_whose_dictionary_is_gone_is_damage() {
        let mut packer = Packer::new(Some(&Dictionary { number: 3, bytes: vec![7; 1000] }));
        let bytes = packer.pack_analysis(&plain(&analysis("t", 1, 1)));
        assert!(Unpacker::default().decode(&journal(), &bytes).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_bytes_never_panic(with: bool, at in 0usize..2000, byte: u8, cut in 0usize..2000) {
            let sql = journal();
            let dictionary = Dictionary { number: 3, bytes: vec![7; 1000] };
            keep(&sql, &dictionary);
            let mut bytes = Packer::new(with.then_some(&dictionary)).pack_analysis(&plain(&analysis("t", 1, 1)));
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut % bytes.len());
            let _ = Unpacker::default().decode(&sql, &bytes);
        }
    }
}
