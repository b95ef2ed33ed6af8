//! One live group: what its members share, its window, and what was said of it.

use super::command::Tail;
use super::hash::Digest;
use super::normal::{Normal, Wild};
use super::sample::Sample;
use super::settings::Nanos;
use super::{Fingerprint, GroupId, GroupView, Joined, Reason, State, WildField};
use crate::alert::{AlertId, Time};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::sync::Arc;

mod record;

/// Variants that are remembered; what comes beyond counts as new every time, and is analysed every time.
const VARIANTS: usize = 16;

/// How long a window may be, and how often an active group is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Window {
    pub idle: Nanos,
    pub longest: Nanos,
    pub repeat: Nanos,
}

/// A host's clock: its place, and which of its lines of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Line {
    pub host: u16,
    pub line: u32,
}

/// One live group. There may be a hundred thousand, and most have one member: what is in here is what memory is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "record::Record")]
pub(super) struct Group {
    /// The opening alert's sequence number.
    pub number: u64,
    pub id: GroupId,
    pub fingerprint: Fingerprint,
    pub core: Digest,
    /// Shared by the groups of a rule.
    pub window: Arc<Window>,
    pub line: Line,
    pub first: Time,
    pub last: Time,
    /// When the last member was received. Never decides which group an alert joins.
    pub received: Time,
    /// The last member's sequence number: the order of activity.
    pub active: u64,
    pub count: u64,
    /// The sum of squared differences from the mean gap, in seconds, and the mean.
    spread: (f64, f64),
    announced: Time,
    pub revision: u32,
    pub state: State,
    verdict: (u8, u8),
    /// The wildcards, sorted by number, and behind them the variants, under a number of their own.
    bound: Box<[Wild]>,
    tail: Option<Tail>,
    sample: Sample,
}

/// Stands for a variant among the wildcards.
const VARIANT: u8 = u8::MAX;

fn variant(value: Digest) -> Wild {
    Wild { number: VARIANT, value }
}

impl Group {
    /// The group that this alert opens.
    pub fn open(core: Digest, normal: &Normal, member: &Member, (window, line): (Arc<Window>, Line)) -> Self {
        let mut group = Self {
            number: member.seq,
            id: GroupId::new(normal.fingerprint, member.id),
            fingerprint: normal.fingerprint,
            core,
            window,
            line,
            first: member.time,
            last: member.time,
            received: member.received,
            active: member.seq,
            count: 1,
            spread: (0.0, 0.0),
            announced: member.time,
            revision: 0,
            state: State::Opened,
            verdict: (0, 0),
            bound: normal.wild.iter().copied().chain([variant(normal.variant)]).collect(),
            tail: normal.tail.clone(),
            sample: Sample::default(),
        };
        group.show(normal, member);
        group
    }

    fn wild(&self) -> &[Wild] {
        &self.bound[..self.bound.partition_point(|wild| wild.number != VARIANT)]
    }

    fn variants(&self) -> &[Wild] {
        &self.bound[self.wild().len()..]
    }

    /// Whether an alert of the same core fits, and why.
    pub fn fits(&self, normal: &Normal, time: Time) -> Option<Joined> {
        if self.is_far(time) || self.outgrows(time) { None } else { self.matches(normal) }
    }

    /// Whether only the window's longest span keeps an alert out.
    pub fn outgrown_by(&self, normal: &Normal, time: Time) -> bool {
        !self.is_far(time) && self.outgrows(time) && self.matches(normal).is_some()
    }

    /// Whether the activity was silent for too long between the window and this time.
    fn is_far(&self, time: Time) -> bool {
        time.since(self.last) > self.window.idle || self.first.since(time) > self.window.idle
    }

    /// Whether nothing that identifies speaks against an alert of the same core.
    fn matches(&self, normal: &Normal) -> Option<Joined> {
        let mut joined = Joined::Same;
        match (&self.tail, &normal.tail) {
            (Some(own), Some(tail)) => {
                if own.relation(tail)? != Ordering::Equal {
                    joined = Joined::CutPipeline;
                }
            }
            (None, None) => {}
            _ => return None,
        }
        let (mut own, mut other) = (self.wild().iter().peekable(), normal.wild.iter().peekable());
        loop {
            let order = match (own.peek(), other.peek()) {
                (Some(a), Some(b)) => a.number.cmp(&b.number),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Some(joined),
            };
            let only = match order {
                Ordering::Less => own.next(),
                Ordering::Greater => other.next(),
                Ordering::Equal => {
                    if own.next() != other.next() {
                        return None;
                    }
                    None
                }
            };
            if let (Some(wild), Joined::Same) = (only, joined) {
                joined = Joined::Wildcard(WildField(wild.number));
            }
        }
    }

    /// Whether a member at this time would make the window longer than it may be.
    fn outgrows(&self, time: Time) -> bool {
        self.last.max(time).since(self.first.min(time)) > self.window.longest
    }

    /// Takes a member in: what it knows of wildcards and filters binds later members. True if it is a new variant.
    pub fn join(&mut self, normal: &Normal, member: &Member, line: Line) -> bool {
        let gap = member.time.since(self.last).max(0) as f64 / 1e9;
        let gaps = self.count as f64;
        let before = gap - self.spread.1;
        self.spread.1 += before / gaps;
        self.spread.0 += before * (gap - self.spread.1);
        self.count += 1;
        self.first = self.first.min(member.time);
        self.last = self.last.max(member.time);
        self.received = self.received.max(member.received);
        self.active = member.seq;
        self.line = line;
        self.bind(normal);
        self.show(normal, member);
        let variant = variant(normal.variant);
        if self.variants().contains(&variant) {
            return false;
        }
        if self.variants().len() < VARIANTS {
            let mut bound = std::mem::take(&mut self.bound).into_vec();
            bound.reserve_exact(1);
            bound.push(variant);
            self.bound = bound.into();
        }
        true
    }

    fn bind(&mut self, normal: &Normal) {
        let unbound = |wild: &&Wild| !self.wild().iter().any(|own| own.number == wild.number);
        if normal.wild.iter().any(|wild| unbound(&wild)) {
            let mut bound: Vec<Wild> = self.bound.iter().chain(normal.wild.iter().filter(unbound)).copied().collect();
            // Variants stay behind, and in their order.
            bound.sort_by_key(|wild| wild.number);
            self.bound = bound.into();
        }
        if let (Some(own), Some(tail)) = (&mut self.tail, &normal.tail)
            && own.relation(tail) == Some(Ordering::Less)
        {
            *own = tail.clone();
        }
    }

    fn show(&mut self, normal: &Normal, member: &Member) {
        for (place, value) in &normal.shown {
            self.sample.see(*place, value);
        }
        for (place, value) in member.shown.into_iter().flatten() {
            self.sample.see(place, value);
        }
    }

    /// What the newest member calls for.
    pub fn due(&self, time: Time) -> Option<Reason> {
        let repeats = self.count - 1;
        if repeats == 0 {
            Some(Reason::First)
        } else if self.state == State::Closed {
            Some(Reason::LateMember)
        } else if repeats >= 10 && 10_u64.checked_pow(repeats.ilog10()) == Some(repeats) {
            Some(Reason::Milestone)
        } else if time.since(self.announced) >= self.window.repeat {
            Some(Reason::StillActive)
        } else {
            None
        }
    }

    /// Makes the next revision.
    pub fn announce(&mut self, reason: Reason) -> GroupView {
        self.revision = self.revision.saturating_add(1);
        self.announced = self.last;
        self.state = match reason {
            Reason::First => State::Opened,
            Reason::Idle | Reason::Longest | Reason::Evicted | Reason::EndOfInput => State::Closed,
            // Words about a closed group do not open it.
            Reason::Narrative | Reason::VerdictRose if self.state == State::Closed => State::Closed,
            _ => State::Updated,
        };
        GroupView {
            id: self.id,
            fingerprint: self.fingerprint,
            revision: self.revision,
            state: self.state,
            reason,
            count: self.count,
            first: self.first,
            last: self.last,
            gap: self.gap(),
            distinct: self.sample.distinct(),
        }
    }

    fn gap(&self) -> Option<(i64, i64)> {
        if self.count < 3 {
            return None;
        }
        let deviation = (self.spread.0 / (self.count - 1) as f64).max(0.0).sqrt();
        Some(((self.spread.1 * 1e9) as i64, (deviation * 1e9) as i64))
    }

    /// Takes a member's verdict in; true if the group's has become worse.
    pub fn raise(&mut self, level: u8, score: u8) -> bool {
        let rose = level > self.verdict.0;
        self.verdict = self.verdict.max((level, score));
        rose
    }
}

/// One alert that joins or opens a group.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub id: AlertId,
    pub seq: u64,
    pub time: Time,
    pub received: Time,
    /// Volatile values worth showing.
    pub shown: [Option<(u8, &'a str)>; 2],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::testing::{alert, observe};
    use crate::dedup::{Dedup, Settings};

    /// In steps of 16, as allocators give it.
    fn given(bytes: usize) -> usize {
        bytes.next_multiple_of(16)
    }

    impl Group {
        fn bytes(&self) -> usize {
            let tail = self.tail.as_ref().map_or(0, Tail::bytes);
            let lists = [size_of_val(&*self.bound), tail, self.sample.bytes()];
            given(size_of::<Self>()) + lists.into_iter().map(given).sum::<usize>()
        }
    }

    #[test]
    fn a_typical_live_group_costs_at_most_416_bytes() {
        let mut dedup = Dedup::new(Settings::default());
        let fields = [("k8s.ns.name", "shop"), ("k8s.pod.name", "web-7d4b9c6f5-x2x8z"), ("fd.name", "/etc/shadow")];
        observe(&mut dedup, &[alert(&fields)]);
        let group = dedup.table.group(dedup.table.oldest()).unwrap();
        // Tables double when they are full, so they are three quarters full in the mean.
        let bytes = group.bytes() + crate::dedup::table::BYTES_A_GROUP * 4 / 3;
        assert!(bytes <= 416, "{bytes}: {} of it the group, {} the struct", group.bytes(), size_of::<Group>());
    }
}
