//! Dictionaries that bodies of analyses are compressed against: trained on the journal's own analyses, and kept in it.

use rusqlite::{Connection, OptionalExtension};
use std::collections::VecDeque;
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

/// Bytes of a dictionary. Twice as many compress no better and push more out of the processor's caches.
pub(super) const MAX_DICTIONARY: usize = 32 * 1024;
/// How many bodies a dictionary is made of, and bytes of all of them.
const SAMPLES: u64 = 64;
const MAX_SAMPLED: usize = 256 * 1024;
/// Analyses before the first dictionary. The second takes sixteen times as many, each later one as many again: training
/// takes some 15 milliseconds.
const FIRST: u64 = 256;
const GROWTHS: u32 = 2;
/// A dictionary by which bodies become this many times smaller is good enough.
const GOOD: u64 = 6;
/// With a dictionary, less effort than level 1's takes half the time and few more bytes ...
const LEVEL: i32 = -3;
/// ... with more places in the dictionary remembered than the 2^13 that belong to the level ...
const PLACES_LOG: u32 = 15;
/// ... and without short matches, which cost more time than they save bytes.
const SHORTEST_MATCH: u32 = 7;

/// A dictionary as its row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dictionary {
    pub number: u32,
    pub bytes: Vec<u8>,
}

impl Dictionary {
    /// A compressor that uses it; `None` without memory.
    pub fn compressor(&self) -> Option<Compressor<'static>> {
        let mut compressor = Compressor::with_dictionary(LEVEL, &self.bytes).ok()?;
        compressor.set_parameter(CParameter::HashLog(PLACES_LOG)).ok()?;
        compressor.set_parameter(CParameter::MinMatch(SHORTEST_MATCH)).ok()?;
        // The body says itself which dictionary it needs.
        compressor.set_parameter(CParameter::DictIdFlag(false)).ok()?;
        Some(compressor)
    }
}

/// The journal's newest dictionary.
pub(super) fn newest(sql: &Connection) -> rusqlite::Result<Option<Dictionary>> {
    let newest = "SELECT number, body FROM dictionaries ORDER BY number DESC LIMIT 1";
    sql.query_row(newest, [], |row| Ok(Dictionary { number: row.get(0)?, bytes: row.get(1)? })).optional()
}

/// Says when a dictionary is worthwhile, and what it is made of: bodies evenly spread over the time since the last one.
#[derive(Debug, Default)]
pub(super) struct Trainer {
    /// The dictionary in use; 0: none.
    number: u32,
    samples: VecDeque<Vec<u8>>,
    sampled: usize,
    /// Bodies since the last decision, and their bytes before and after.
    bodies: u64,
    plain: u64,
    packed: u64,
}

impl Trainer {
    /// For bodies that are compressed against this dictionary.
    pub fn new(number: u32) -> Self {
        Self { number, ..Self::default() }
    }

    /// How many bodies there are between two decisions.
    fn due(&self) -> u64 {
        FIRST << (4 * self.number.min(GROWTHS))
    }

    /// Learns of a body, and of how many bytes it was packed into.
    pub fn see(&mut self, body: &[u8], packed: usize) {
        self.bodies += 1;
        self.plain += body.len() as u64;
        self.packed += packed as u64;
        if !self.bodies.is_multiple_of(self.due() / SAMPLES) || body.len() > MAX_SAMPLED / 16 {
            return;
        }
        self.sampled += body.len();
        self.samples.push_back(body.to_vec());
        while self.samples.len() as u64 > SAMPLES || self.sampled > MAX_SAMPLED {
            let Some(oldest) = self.samples.pop_front() else { break };
            self.sampled -= oldest.len();
        }
    }

    /// A new dictionary, where one is worthwhile.
    pub fn train(&mut self) -> Option<Dictionary> {
        if self.bodies < self.due() {
            return None;
        }
        let good = self.number > 0 && self.packed * GOOD <= self.plain;
        (self.bodies, self.plain, self.packed) = (0, 0, 0);
        if good || self.samples.is_empty() {
            return None;
        }
        let number = self.number.checked_add(1)?;
        let samples = self.samples.make_contiguous();
        // What is too little or too much alike to train on is a dictionary as it is.
        let bytes = zstd::dict::from_samples(samples, MAX_DICTIONARY).unwrap_or_else(|_| {
            let mut all = samples.concat();
            all.drain(..all.len().saturating_sub(MAX_DICTIONARY));
            all
        });
        *self = Self::new(number);
        Some(Dictionary { number, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(n: u64) -> Vec<u8> {
        format!("{:?}", blake3::hash(&n.to_le_bytes())).repeat(4).into_bytes()
    }

    /// Shows it as many bodies as lie between two decisions, each packed to a part of its bytes.
    fn see(trainer: &mut Trainer, part: usize) {
        for n in 0..trainer.due() {
            let body = body(n);
            trainer.see(&body, body.len() / part);
        }
    }

    #[test]
    fn a_dictionary_is_made_at_first_and_then_where_bodies_compress_badly() {
        let mut trainer = Trainer::default();
        assert_eq!(trainer.train(), None, "nothing was seen");
        see(&mut trainer, 10);
        let first = trainer.train().unwrap();
        assert_eq!((first.number, first.bytes.is_empty()), (1, false));
        assert!(first.compressor().is_some());
        see(&mut trainer, 10);
        assert_eq!(trainer.train(), None, "it is good enough");
        see(&mut trainer, 2);
        assert_eq!(trainer.train().map(|dictionary| dictionary.number), Some(2));
        assert_eq!(Trainer::new(2).train(), None, "a restart decides nothing");
    }

    #[test]
    fn samples_are_few_and_spread_over_all_bodies() {
        let mut trainer = Trainer::new(1);
        for n in 0..trainer.due() {
            trainer.see(&[(n / 64) as u8; 8000], 1);
        }
        assert!(trainer.sampled <= MAX_SAMPLED && trainer.samples.len() as u64 <= SAMPLES);
        assert!(trainer.samples.iter().map(|body| body[0]).eq(64 - trainer.samples.len() as u8..64));
        trainer.see(&vec![0; 1 << 20], 1);
        assert!(trainer.sampled <= MAX_SAMPLED, "what is huge is no sample");
    }
}
