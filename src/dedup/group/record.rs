//! A group as it is kept: each of its lists on its own, in the order in which records have always had them.

use super::{Group, Line, VARIANT, Window, variant};
use crate::alert::Time;
use crate::dedup::command::Tail;
use crate::dedup::hash::Digest;
use crate::dedup::normal::Wild;
use crate::dedup::sample::Sample;
use crate::dedup::{Fingerprint, GroupId, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
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
    wild: Vec<Wild>,
    tail: Option<Tail>,
    variants: Vec<Digest>,
    sample: Sample,
}

impl From<Group> for Record {
    fn from(group: Group) -> Self {
        Self {
            wild: group.wild().to_vec(),
            variants: group.variants().iter().map(|variant| variant.value).collect(),
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
            tail: group.tail,
            sample: group.sample,
        }
    }
}

impl From<Record> for Group {
    fn from(record: Record) -> Self {
        let wild = record.wild.into_iter().filter(|wild| wild.number != VARIANT);
        Self {
            bound: wild.chain(record.variants.into_iter().map(variant)).collect(),
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
            tail: record.tail,
            sample: record.sample,
        }
    }
}
