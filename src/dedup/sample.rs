//! A bounded sample of what a group has folded: which files, which pids, how many.

use super::Distinct;
use super::fields;
use serde::{Deserialize, Serialize};

/// Values kept of each field: the first ones.
const VALUES: usize = 4;
/// Bytes kept of each value.
const VALUE_BYTES: usize = 64;
/// Fields sampled of one group: the first ones.
const FIELDS: usize = 8;
/// Distinct values counted exactly; beyond, an estimate.
const EXACT: usize = 8;

/// What is sampled of one group, packed: most groups have few members and few fields that vary.
///
/// Each field is its place, how many are counted, the counter (four bytes a hash, or all registers), and the first values.
/// As long as all that are counted are kept, these are the counter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Field>", into = "Vec<Field>")]
pub(super) struct Sample(Box<[u8]>);

impl From<Vec<Field>> for Sample {
    fn from(fields: Vec<Field>) -> Self {
        let size = |field: &Field| 2 + counter_bytes(field.counted) + field.values.len();
        let mut packed = Vec::with_capacity(fields.iter().map(size).sum());
        for field in &fields {
            packed.extend([field.place, field.counted]);
            let counter = field.counter.iter().flat_map(|four| four.to_le_bytes());
            packed.extend(counter.take(counter_bytes(field.counted)));
            for value in split(&field.values).chain(std::iter::repeat(&[][..])).take(kept(field.counted)) {
                packed.push(value.len() as u8);
                packed.extend_from_slice(value);
            }
        }
        Self(packed.into())
    }
}

impl From<Sample> for Vec<Field> {
    fn from(sample: Sample) -> Self {
        let mut fields = sample.fields();
        for field in fields.iter_mut().filter(|field| counter_bytes(field.counted) == 0) {
            field.counter = [0; EXACT];
        }
        fields
    }
}

/// How many values are kept where so many are counted.
fn kept(counted: u8) -> usize {
    usize::from(counted).min(VALUES)
}

fn counter_bytes(counted: u8) -> usize {
    if usize::from(counted) <= VALUES { 0 } else { 4 * usize::from(counted).min(EXACT) }
}

/// Values, each behind a byte for its length.
fn split(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first()?;
        let (value, after) = after.split_at_checked(usize::from(*length))?;
        rest = after;
        Some(value)
    })
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Field {
    /// Place in the table of fields; written by name, so that the table may grow.
    #[serde(serialize_with = "write_place", deserialize_with = "read_place")]
    place: u8,
    /// How many are counted exactly; `ESTIMATED` once there were more.
    counted: u8,
    /// Hashes of the distinct values, or the registers of an estimate (HyperLogLog with 32 registers of a byte). Written
    /// without the zeros at its end, and without those that follow from the values; older journals have all.
    #[serde(serialize_with = "write_counter", deserialize_with = "read_counter")]
    counter: [u32; EXACT],
    /// The first values: a byte for the length, then the text.
    #[serde(with = "serde_bytes")]
    values: Box<[u8]>,
}

const ESTIMATED: u8 = u8::MAX;
/// Stands for fields of a later version that this one does not know.
const UNKNOWN: u8 = u8::MAX;

/// The place of a field in the table; `None` for a field that is never sampled.
pub(super) fn place(field: &str) -> Option<u8> {
    fields::place(field).filter(|place| *place != UNKNOWN)
}

/// The beginning of a value, as it is kept.
pub(super) fn readable(value: &str) -> &str {
    &value[..value.floor_char_boundary(VALUE_BYTES)]
}

impl Sample {
    /// Counts a value, and keeps it if it is among the first. Only the value's beginning counts.
    pub fn see(&mut self, place: u8, value: &str) {
        let value = readable(value);
        let hash = hash(value.as_bytes());
        match self.counts_already(place, hash, value) {
            Some(true) => return,
            Some(false) => {}
            None => return self.begin(place, value),
        }
        let mut fields = self.fields();
        if let Some(field) = fields.iter_mut().find(|field| field.place == place) {
            field.add(hash, value);
            *self = fields.into();
        }
    }

    /// Adds a field with its first value, which is all that most groups ever have, unless there are enough.
    fn begin(&mut self, place: u8, value: &str) {
        let mut rest = &*self.0;
        if std::iter::from_fn(|| next(&mut rest)).count() >= FIELDS {
            return;
        }
        let mut packed = Vec::with_capacity(self.0.len() + 3 + value.len());
        packed.extend_from_slice(&self.0);
        packed.extend([place, 1, value.len() as u8]);
        packed.extend_from_slice(value.as_bytes());
        self.0 = packed.into();
    }

    /// Whether a value changes nothing: it was counted exactly, or its register is as high already. `None` for a field
    /// that is not there yet.
    fn counts_already(&self, place: u8, hash: u64, value: &str) -> Option<bool> {
        let mut rest = &*self.0;
        while let Some((head, counter, values)) = next(&mut rest) {
            if head[0] != place {
                continue;
            }
            if head[1] == ESTIMATED {
                let (at, rank) = register_of(hash);
                return Some(counter.get(at).is_some_and(|known| *known >= rank));
            }
            if counter.is_empty() {
                return Some(split(values).any(|kept| kept == value.as_bytes()));
            }
            return Some(counter.chunks_exact(4).any(|four| four == (hash as u32).to_le_bytes()));
        }
        None
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    fn fields(&self) -> Vec<Field> {
        let mut rest = &*self.0;
        let mut fields = Vec::new();
        while let Some((head, counter, values)) = next(&mut rest) {
            let mut field = Field { place: head[0], counted: head[1], counter: [0; EXACT], values: values.into() };
            for (four, bytes) in field.counter.iter_mut().zip(counter.chunks_exact(4)) {
                *four = u32::from_le_bytes(bytes.try_into().unwrap_or_default());
            }
            if counter.is_empty() {
                for (four, value) in field.counter.iter_mut().zip(split(values)) {
                    *four = hash(value) as u32;
                }
            }
            fields.push(field);
        }
        fields
    }

    /// What was folded: fields of which there was more than one value.
    pub fn distinct(&self) -> Vec<Distinct> {
        let fields = self.fields();
        let more = fields.iter().filter(|field| field.place != UNKNOWN && field.estimate() > 1);
        more.map(|field| Distinct {
            field: match fields::name(field.place) {
                "proc.cmdline" => "variants".to_owned(),
                name => name.to_owned(),
            },
            values: split(&field.values).map(|value| String::from_utf8_lossy(value).into_owned()).collect(),
            count: field.estimate(),
            estimated: field.counted == ESTIMATED,
        })
        .collect()
    }
}

/// Reads one packed field off the front: place and count, counter, values.
fn next<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
    let (head, after) = rest.split_at_checked(2)?;
    let (counter, after) = after.split_at_checked(counter_bytes(head[1]))?;
    let mut length = 0;
    for _ in 0..kept(head[1]) {
        length += 1 + usize::from(*after.get(length)?);
    }
    let (values, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((head, counter, values))
}

/// Which register of an estimate a hash belongs to, and how high it puts it. Only the lower half of a hash is kept
/// while counting exactly, so only that half decides.
fn register_of(hash: u64) -> (usize, u8) {
    let hash = spread(u64::from(hash as u32));
    ((hash >> 59) as usize, ((hash << 5).leading_zeros() + 1).min(60) as u8)
}

impl Field {
    /// Counts a value, and keeps it if it is among the first.
    fn add(&mut self, hash: u64, value: &str) {
        if self.count(hash) && split(&self.values).count() < VALUES {
            let mut values = std::mem::take(&mut self.values).into_vec();
            values.push(value.len() as u8);
            values.extend_from_slice(value.as_bytes());
            self.values = values.into();
        }
    }

    /// Counts a hash; true if it was counted exactly, and is new.
    fn count(&mut self, hash: u64) -> bool {
        if self.counted == ESTIMATED {
            self.register(hash);
            return false;
        }
        let short = hash as u32;
        let counted = usize::from(self.counted);
        if self.counter[..counted].contains(&short) {
            return false;
        }
        if counted < EXACT {
            self.counter[counted] = short;
            self.counted += 1;
            return true;
        }
        let seen = std::mem::replace(&mut self.counter, [0; EXACT]);
        self.counted = ESTIMATED;
        for short in seen {
            self.register(u64::from(short));
        }
        self.register(hash);
        false
    }

    fn register(&mut self, hash: u64) {
        let (at, rank) = register_of(hash);
        let mut bytes = self.counter[at / 4].to_le_bytes();
        bytes[at % 4] = bytes[at % 4].max(rank);
        self.counter[at / 4] = u32::from_le_bytes(bytes);
    }

    fn estimate(&self) -> u64 {
        if self.counted != ESTIMATED {
            return u64::from(self.counted);
        }
        let registers = self.counter.iter().flat_map(|four| four.to_le_bytes());
        let zeros = registers.clone().filter(|rank| *rank == 0).count();
        let sum: f64 = registers.map(|rank| (-f64::from(rank)).exp2()).sum();
        let raw = 0.697 * 32.0 * 32.0 / sum;
        let few = if zeros > 0 && raw <= 80.0 { 32.0 * (32.0 / zeros as f64).ln() } else { raw };
        (few.round() as u64).max(EXACT as u64 + 1)
    }
}

/// FNV-1a, spread over all bits. Whoever finds two values that meet makes a count too low by one.
fn hash(value: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    spread(value.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

fn spread(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn write_place<S: serde::Serializer>(place: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(fields::name(*place))
}

fn read_place<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok(fields::place(&name).unwrap_or(UNKNOWN))
}

fn write_counter<S: serde::Serializer>(counter: &[u32; EXACT], serializer: S) -> Result<S::Ok, S::Error> {
    let end = counter.iter().rposition(|four| *four != 0).map_or(0, |last| last + 1);
    serializer.collect_seq(&counter[..end])
}

fn read_counter<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<[u32; EXACT], D::Error> {
    let mut counter = [0; EXACT];
    for (four, read) in counter.iter_mut().zip(Vec::<u32>::deserialize(deserializer)?) {
        *four = read;
    }
    Ok(counter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_counted_exactly_and_many_are_estimated() {
        let mut sample = Sample::default();
        let pid = place("proc.pid").unwrap();
        for round in 0..2 {
            for n in 0..8 {
                sample.see(pid, &format!("{n}"));
            }
            let seen = &sample.distinct()[0];
            assert_eq!((seen.count, seen.estimated, seen.values.len()), (8, false, 4), "round {round}");
        }
        for n in 0..10_000 {
            sample.see(pid, &format!("{n}"));
        }
        let seen = &sample.distinct()[0];
        assert!(seen.estimated && (5_000..20_000).contains(&seen.count), "{}", seen.count);
        assert_eq!(seen.values, ["0", "1", "2", "3"]);
    }

    #[test]
    fn a_sample_is_bounded_and_survives_its_bytes() {
        let mut sample = Sample::default();
        for place in 0..40 {
            for n in 0..20 {
                sample.see(place, &format!("{}{n}", "é".repeat(n * 40)));
            }
        }
        assert_eq!(sample.fields().len(), FIELDS);
        let bytes = rmp_serde::to_vec(&sample).unwrap();
        assert_eq!(rmp_serde::from_slice::<Sample>(&bytes).unwrap(), sample);
    }

    #[test]
    fn a_sample_of_an_older_journal_is_read() {
        for values in [1, 3, 7, 100] {
            let mut sample = Sample::default();
            for n in 0..values {
                sample.see(place("proc.pid").unwrap(), &format!("{n}"));
            }
            let whole = |field: Field| (fields::name(field.place), field.counted, field.counter, field.values);
            let older: Vec<_> = sample.fields().into_iter().map(whole).collect();
            let bytes = rmp_serde::to_vec(&older).unwrap();
            assert_eq!(rmp_serde::from_slice::<Sample>(&bytes).unwrap(), sample, "{values}");
        }
    }
}
