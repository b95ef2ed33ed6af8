//! A group as it is kept: each of its lists on its own, in the order in which records have always had them.

use super::{Group, Line, VARIANT, Window, variant};
use crate::alert::Time;
use crate::dedup::command::Tail;
use crate::dedup::hash::Digest;
use crate::dedup::normal::Wild;
use crate::dedup::sample::Sample;
use crate::dedup::{Fingerprint, GroupId, State};
use serde::{Deserialize, Serialize, Serializer};
use serde_bytes::ByteArray;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(super) struct Record<'a> {
    number: u64,
    id: GroupId,
    fingerprint: Fingerprint,
    #[serde(with = "serde_bytes")]
    core: Digest,
    window: Window,
    line: Line,
    first: Time,
    last: Time,
    received: Time,
    active: u64,
    count: u64,
    spread: (f64, f64),
    announced: Time,
    revision: u32,
    state: State,
    verdict: (u8, u8),
    wild: Cow<'a, [Wild]>,
    tail: Cow<'a, Option<Tail>>,
    variants: Vec<ByteArray<16>>,
    sample: Cow<'a, Sample>,
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Record::from(self).serialize(serializer)
    }
}

impl<'a> From<&'a Group> for Record<'a> {
    fn from(group: &'a Group) -> Self {
        Self {
            wild: Cow::Borrowed(group.wild()),
            variants: group.variants().iter().map(|variant| ByteArray::new(variant.value)).collect(),
            number: group.number,
            id: group.id,
            fingerprint: group.fingerprint,
            core: group.core,
            window: *group.window,
            line: group.line,
            first: group.first,
            last: group.last,
            received: group.received,
            active: group.active,
            count: group.count,
            spread: group.spread,
            announced: group.announced,
            revision: group.revision,
            state: group.state,
            verdict: group.verdict,
            tail: Cow::Borrowed(&group.tail),
            sample: Cow::Borrowed(&group.sample),
        }
    }
}

impl From<Record<'_>> for Group {
    fn from(record: Record<'_>) -> Self {
        let wild = record.wild.iter().copied().filter(|wild| wild.number != VARIANT);
        Self {
            bound: wild.chain(record.variants.into_iter().map(|value| variant(value.into_array()))).collect(),
            number: record.number,
            id: record.id,
            fingerprint: record.fingerprint,
            core: record.core,
            window: Arc::new(record.window),
            line: record.line,
            first: record.first,
            last: record.last,
            received: record.received,
            active: record.active,
            count: record.count,
            spread: record.spread,
            announced: record.announced,
            revision: record.revision,
            state: record.state,
            verdict: record.verdict,
            tail: record.tail.into_owned(),
            sample: record.sample.into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_an_older_journal_are_read() {
        let older = rmp_serde::to_vec(&[[0_u8; 16], [200; 16]]).unwrap();
        let read: Vec<ByteArray<16>> = rmp_serde::from_slice(&older).unwrap();
        assert_eq!(read.into_iter().map(ByteArray::into_array).collect::<Vec<_>>(), [[0; 16], [200; 16]]);
    }
}
