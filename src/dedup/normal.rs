//! An alert reduced to what grouping compares: digests of its parts.

use super::command::Tail;
use super::fields::Class;
use super::hash::{Digest, Digests, digest, short};
use super::parts::{self, Kind, Policy, Read};
use super::{Fingerprint, sample, wild, workload};
use crate::alert::{Alert, AlertId, Context};
use serde::{Deserialize, Serialize};

/// A value that must be equal where two alerts have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wild {
    pub number: u8,
    #[serde(with = "serde_bytes")]
    pub value: Digest,
}

/// What grouping compares of an alert.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Normal {
    /// All that must be equal.
    pub core: Digest,
    /// What analyses call the activity: the core, and the parents as far as they are known.
    pub fingerprint: Fingerprint,
    /// Sorted by number.
    pub wild: Box<[Wild]>,
    pub tail: Option<Tail>,
    /// Tells the variants that one group may hold: wildcards, filters, outcomes. Alerts that differ in masked values
    /// only are one variant.
    pub variant: Digest,
    /// Values that were masked: place in the table of fields, and the value.
    pub shown: Box<[(u8, Box<str>)]>,
    /// The host's place among clocks.
    pub host: u16,
    /// The workload's place among counters of new groups.
    pub workload: u16,
}

impl Normal {
    /// The core together with all that may be absent: equal only where nothing at all differs.
    pub fn exact(&self) -> Digest {
        let wild: Vec<u8> = self.wild.iter().flat_map(|wild| std::iter::once(wild.number).chain(wild.value)).collect();
        let tail = self.tail.as_ref().map(Tail::digest).unwrap_or_default();
        digest(&[b"exact", &self.core, &wild, &tail])
    }
}

/// Kinds of fields whose spellings an analysis may tell apart.
fn tells(class: Class) -> bool {
    matches!(class, Class::Outcome | Class::Call | Class::Flags | Class::Parent(_))
}

/// Reduces an alert.
pub(super) fn reduce(
    alert: &Alert,
    context: &Context,
    policy: &Policy,
    read: &mut Read,
    digests: &mut Digests,
) -> Normal {
    let parts = parts::take(alert, context, policy, read);
    let (mut core, mut variant) = (Vec::with_capacity(1024), Vec::with_capacity(256));
    let mut wild: Vec<Wild> = Vec::with_capacity(8);
    let mut shown = Vec::new();
    for part in &parts.list {
        match part.kind {
            Kind::Identity => {
                put(&mut core, part.field.as_bytes());
                core.push(part.key.tag);
                put(&mut core, &part.key.bytes);
            }
            Kind::Wild(number) => wild.push(Wild { number, value: digests.of(Some(part.key.tag), &part.key.bytes) }),
            Kind::Left => {}
        }
        if tells(part.class) {
            put(&mut variant, part.field.as_bytes());
            put(&mut variant, part.raw.as_bytes());
        }
        if part.masked
            && let Some(place) = sample::place(&part.field)
        {
            shown.push((place, sample::readable(part.raw).into()));
        }
    }
    core.push(u8::from(parts.tail.is_some()));
    let core = short(&blake3::hash(&core));
    wild.sort_unstable_by_key(|wild| wild.number);
    let mut named = Vec::with_capacity(256);
    put(&mut named, &core);
    for wild in &wild {
        let into = if wild::is_parent(wild.number) { &mut named } else { &mut variant };
        into.push(wild.number);
        into.extend_from_slice(&wild.value);
    }
    if let Some(tail) = &parts.tail {
        put(&mut variant, &tail.digest());
    }
    let mut place = |key: &[u8]| {
        let digest = digests.of(None, key);
        u16::from_le_bytes([digest[0], digest[1]]) % PLACES
    };
    Normal {
        core,
        fingerprint: Fingerprint::from_bytes(short(&blake3::hash(&named))),
        wild: wild.into(),
        tail: parts.tail,
        variant: short(&blake3::hash(&variant)),
        shown: shown.into(),
        host: place(workload::host(alert, context).as_bytes()),
        workload: place(&parts.workload),
    }
}

/// How many hosts have a clock of their own, and workloads a counter: beyond it, some share one.
pub(super) const PLACES: u16 = 4096;

/// The alert on its own, where grouping is off.
pub(super) fn alone(normal: &Normal, id: AlertId, seq: u64) -> Normal {
    let core = digest(&[&normal.core, id.as_bytes(), &seq.to_le_bytes()]);
    Normal {
        core,
        fingerprint: normal.fingerprint,
        wild: Box::default(),
        tail: None,
        variant: normal.variant,
        shown: Box::default(),
        host: normal.host,
        workload: normal.workload,
    }
}

/// Appends a part, preceded by its length.
fn put(into: &mut Vec<u8>, part: &[u8]) {
    into.extend_from_slice(&(part.len() as u64).to_le_bytes());
    into.extend_from_slice(part);
}
