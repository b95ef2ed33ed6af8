//! What was seen before: a bounded memory of the newest group openings, in the journal's order.
//!
//! Pure: it is fed with [`Opening`]s, and the same openings in the same order give the same answers, so the journal can
//! rebuild it after a restart. It forgets the oldest first. An opening costs 80 bytes and five to ten for its place in each
//! of four tables, which hold no keys: those are the openings'. The newest ones cost their titles too.

use super::model::{Analysis, History, Level, Related};
use crate::alert::{Alert, Context, Time};
use crate::dedup::{Fingerprint, GroupId, GroupView};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::Arc;

/// The openings that are kept.
pub const KEPT: usize = 65_536;
/// How far back, in event time, other groups count as the same story: ten minutes.
pub const STORY_NANOS: i64 = 600 * 1_000_000_000;
/// The groups of one story that are told.
pub const MAX_RELATED: usize = 8;
/// Openings of one fingerprint that a period is worked out from.
const PERIOD_SAMPLE: usize = 16;
/// The newest openings whose titles are kept; older ones are no part of a story any more.
const TITLES: usize = 8_192;
/// Bytes kept of a title.
const TITLE_BYTES: usize = 120;
/// Rules with tactic and level, as openings share them.
const NAMES: usize = 1_024;

/// What is remembered of a group's opening. Kept by the journal as a list: fields are only ever added at the end, with a
/// default. Older journals have maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The journal's number of the analysis that opened the group: openings are fed in its order.
    pub number: u64,
    /// The group.
    pub group: GroupId,
    /// What its members share.
    pub fingerprint: Fingerprint,
    /// Event time of the opening alert.
    pub time: Time,
    /// Hash of rule and image, or of rule and host outside containers.
    pub rule_and_image: u64,
    /// Hash of command line and host; 0 where there is no command line.
    pub command_and_host: u64,
    /// Hash of the container, or of host and session outside containers; 0 where neither is known.
    pub scope: u64,
    /// The rule.
    pub rule: Box<str>,
    /// The analysis's title.
    pub title: Box<str>,
    /// How bad it was.
    pub level: Level,
    /// Its first ATT&CK tactic; empty where none is known.
    pub tactic: Box<str>,
}

impl Opening {
    /// The opening of a group by this alert, before it is analysed: enough to ask what was seen before.
    pub fn new(number: u64, alert: &Alert, context: &Context, group: &GroupView) -> Self {
        let host = if alert.hostname().is_empty() { context.node.as_str() } else { alert.hostname() };
        let container = alert.field("container.id").filter(|id| !id.is_empty() && *id != "host");
        let image = alert.field("container.image.repository").filter(|_| container.is_some());
        let login = alert.field("user.loginuid").filter(|uid| *uid != "-1" && *uid != "4294967295");
        let session = alert.field("proc.sid").or(login);
        Self {
            number,
            group: group.id,
            fingerprint: group.fingerprint,
            time: alert.time(),
            rule_and_image: hash(&["rule", alert.rule(), image.unwrap_or(host)]),
            command_and_host: alert.field("proc.cmdline").map_or(0, |command| hash(&["command", command, host])),
            scope: match (container, session) {
                (Some(id), _) => hash(&["container", id]),
                (None, Some(session)) => hash(&["session", host, session]),
                (None, None) => 0,
            },
            rule: alert.rule().into(),
            title: Box::default(),
            level: Level::Review,
            tactic: Box::default(),
        }
    }

    /// The opening with what its analysis says.
    #[must_use]
    pub fn analysed(mut self, analysis: &Analysis) -> Self {
        self.title = analysis.title.as_str().into();
        self.level = analysis.verdict.level;
        self.tactic = analysis.techniques.first().map(|technique| technique.tactic.as_ref().into()).unwrap_or_default();
        self
    }
}

/// A key of texts. A collision, made or not, costs a wrong count in a report and nothing else.
fn hash(parts: &[&str]) -> u64 {
    // One call of the hasher for everything: one for each part costs more than the hashing.
    let mut all = Vec::with_capacity(256);
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_le_bytes());
        all.extend_from_slice(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(&all).as_bytes()[..8]);
    u64::from_le_bytes(first).max(1)
}

/// What openings are found by: places in [`Kept::keys`]. The last are those that chains of openings are followed along.
const RULE_AND_IMAGE: usize = 0;
const COMMAND_AND_HOST: usize = 1;
const FINGERPRINT: usize = 2;
const SCOPE: usize = 3;
const KEYS: usize = 4;

/// The memory.
#[derive(Debug, Default, Clone)]
pub struct Past {
    kept: VecDeque<Kept>,
    /// Titles of the newest of them.
    titles: VecDeque<Box<str>>,
    /// How many openings have been forgotten, modulo 2^32: the place of `kept[0]`.
    forgotten: u32,
    /// The place of the newest opening of each key, in a table for each kind of key.
    newest: [HashTable<u32>; KEYS],
    hasher: foldhash::fast::RandomState,
    names: HashTable<Arc<Names>>,
}

/// An opening as it is kept. Links are distances between places; 0 where there is none.
#[derive(Debug, Clone)]
struct Kept {
    group: GroupId,
    time: Time,
    /// Hashes; 0 where there is none.
    keys: [u64; KEYS],
    names: Arc<Names>,
    /// How many before it have the same key; of each key's newest opening.
    before: [u16; KEYS - 1],
    /// How far back the oldest of the fingerprint is; of the fingerprint's newest opening.
    oldest_same: u16,
    older_same: u16,
    newer_same: u16,
    older_in_scope: u16,
}

// Places that are kept at one time are less than this apart.
const _: () = assert!(KEPT <= 1 << u16::BITS);

/// What many openings have in common.
#[derive(Debug)]
struct Names {
    rule: Box<str>,
    tactic: Box<str>,
    level: Level,
}

impl Past {
    /// A memory of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many openings are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What was seen before this opening, which itself is not yet remembered.
    pub fn recall(&self, opening: &Opening) -> History {
        let keys = keys(opening);
        let count = |kind: usize| self.newest(kind, keys[kind]).map_or(0, |(_, kept)| u32::from(kept.before[kind]) + 1);
        let same = self.newest(FINGERPRINT, keys[FINGERPRINT]);
        History {
            same_fingerprint: count(FINGERPRINT),
            first_seen: same
                .and_then(|(place, kept)| self.at(place.wrapping_sub(u32::from(kept.oldest_same))))
                .map(|oldest| oldest.time),
            same_rule_and_image: count(RULE_AND_IMAGE),
            same_command_and_host: count(COMMAND_AND_HOST),
            period_seconds: same.and_then(|(place, _)| period(self.back(place, |kept| kept.older_same), opening.time)),
            related: self.related(opening, &keys),
        }
    }

    /// Remembers an opening; the oldest is forgotten where the memory is full.
    pub fn remember(&mut self, opening: &Opening) {
        if self.kept.len() >= KEPT {
            self.forget_oldest();
        }
        let place = self.forgotten.wrapping_add(self.kept.len() as u32);
        let mut new = Kept {
            group: opening.group,
            time: opening.time,
            keys: keys(opening),
            names: self.names(opening),
            before: [0; KEYS - 1],
            oldest_same: 0,
            older_same: 0,
            newer_same: 0,
            older_in_scope: 0,
        };
        for (kind, key) in new.keys.into_iter().enumerate().filter(|(_, key)| *key != 0) {
            let Some(older) = self.replace_newest(kind, key, place) else { continue };
            let distance = place.wrapping_sub(older) as u16;
            let Some(older) = self.kept.get_mut(older.wrapping_sub(self.forgotten) as usize) else { continue };
            if kind == SCOPE {
                new.older_in_scope = distance;
                continue;
            }
            new.before[kind] = older.before[kind] + 1;
            if kind == FINGERPRINT {
                (new.older_same, older.newer_same) = (distance, distance);
                new.oldest_same = older.oldest_same + distance;
            }
        }
        self.kept.push_back(new);
        if self.titles.len() >= TITLES {
            self.titles.pop_front();
        }
        self.titles.push_back(opening.title[..opening.title.floor_char_boundary(TITLE_BYTES)].into());
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.kept.front() else { return };
        let (keys, newer_same) = (oldest.keys, oldest.newer_same);
        for (kind, key) in keys.into_iter().enumerate().filter(|(_, key)| *key != 0) {
            let (kept, forgotten) = (&mut self.kept, self.forgotten);
            let has_key = |place: &u32| at(kept, forgotten, *place).is_some_and(|kept| kept.keys[kind] == key);
            let Ok(newest) = self.newest[kind].find_entry(self.hasher.hash_one(key), has_key) else { continue };
            let place = *newest.get();
            if place == forgotten {
                newest.remove();
            } else if let Some(newest) = kept.get_mut(place.wrapping_sub(forgotten) as usize).filter(|_| kind != SCOPE)
            {
                newest.before[kind] -= 1;
                if kind == FINGERPRINT {
                    newest.oldest_same -= newer_same;
                }
            }
        }
        self.kept.pop_front();
        self.forgotten = self.forgotten.wrapping_add(1);
    }

    /// The newest opening of a key, with its place.
    fn newest(&self, kind: usize, key: u64) -> Option<(u32, &Kept)> {
        let has_key = |place: &u32| self.at(*place).is_some_and(|kept| kept.keys[kind] == key);
        let place = *self.newest[kind].find(self.hasher.hash_one(key), has_key)?;
        Some((place, self.at(place)?))
    }

    /// Makes a place that of a key's newest opening; gives the one before.
    fn replace_newest(&mut self, kind: usize, key: u64, place: u32) -> Option<u32> {
        let key_of = |place: &u32| at(&self.kept, self.forgotten, *place).map_or(0, |kept| kept.keys[kind]);
        let hash_of = |place: &u32| self.hasher.hash_one(key_of(place));
        match self.newest[kind].entry(self.hasher.hash_one(key), |place| key_of(place) == key, hash_of) {
            Entry::Occupied(mut entry) => Some(std::mem::replace(entry.get_mut(), place)),
            Entry::Vacant(entry) => {
                entry.insert(place);
                None
            }
        }
    }

    /// One copy of each; names that come from outside are bounded by starting over.
    fn names(&mut self, opening: &Opening) -> Arc<Names> {
        let hasher = &self.hasher;
        let hash_of = |rule: &str, tactic: &str, level: Level| hasher.hash_one((rule, tactic, level));
        let Opening { rule, tactic, level, .. } = opening;
        let hash = hash_of(rule, tactic, *level);
        let is_same = |names: &Arc<Names>| names.rule == *rule && names.tactic == *tactic && names.level == *level;
        if let Some(known) = self.names.find(hash, is_same) {
            return Arc::clone(known);
        }
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        let names = Arc::new(Names { rule: rule.clone(), tactic: tactic.clone(), level: *level });
        self.names.insert_unique(hash, Arc::clone(&names), |names| hash_of(&names.rule, &names.tactic, names.level));
        names
    }

    fn at(&self, place: u32) -> Option<&Kept> {
        at(&self.kept, self.forgotten, place)
    }

    /// The title of the opening at a place; empty for older ones.
    fn title(&self, place: u32) -> &str {
        let at = place.wrapping_sub(self.forgotten) as usize;
        at.checked_sub(self.kept.len() - self.titles.len()).and_then(|at| self.titles.get(at)).map_or("", |title| title)
    }

    /// The openings from this place backwards along a link, newest first, with their places.
    fn back(&self, from: u32, link: impl Fn(&Kept) -> u16) -> impl Iterator<Item = (u32, &Kept)> {
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let place = next?;
            let kept = self.at(place)?;
            next = Some(link(kept)).filter(|distance| *distance > 0).map(|d| place.wrapping_sub(u32::from(d)));
            Some((place, kept))
        })
    }

    /// Other groups in the same scope within the ten minutes before, oldest first.
    fn related(&self, opening: &Opening, keys: &[u64; KEYS]) -> Vec<Related> {
        /// As far back as a busy scope is searched.
        const SEARCHED: usize = 256;
        let Some((newest, _)) = self.newest(SCOPE, keys[SCOPE]) else { return Vec::new() };
        let mut all: Vec<(u32, &Kept)> = self
            .back(newest, |kept| kept.older_in_scope)
            .take(SEARCHED)
            .filter(|(_, other)| other.group != opening.group && other.keys[FINGERPRINT] != keys[FINGERPRINT])
            .filter(|(_, other)| (0..=STORY_NANOS).contains(&opening.time.since(other.time)))
            .collect();
        // The worst and the nearest are told, in the order in which they happened. Of equals the newest comes first here,
        // and sorting leaves it so.
        all.sort_by(|(_, a), (_, b)| b.names.level.cmp(&a.names.level).then(b.time.cmp(&a.time)));
        all.truncate(MAX_RELATED);
        all.sort_by_key(|(place, other)| (other.time, place.wrapping_sub(self.forgotten)));
        let told = all.into_iter().map(|(place, other)| Related {
            group: other.group,
            time: other.time,
            rule: other.names.rule.to_string(),
            title: self.title(place).to_owned(),
            level: other.names.level,
            tactic: other.names.tactic.to_string(),
        });
        told.collect()
    }
}

fn at(kept: &VecDeque<Kept>, forgotten: u32, place: u32) -> Option<&Kept> {
    kept.get(place.wrapping_sub(forgotten) as usize)
}

/// Of a fingerprint, which is a hash already, half.
fn keys(opening: &Opening) -> [u64; KEYS] {
    let bytes = opening.fingerprint.as_bytes();
    let half = u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]);
    [opening.rule_and_image, opening.command_and_host, half.max(1), opening.scope]
}

/// The regular interval, in seconds, of these times (newest first) up to `now`: at least four of them, none off by more
/// than a tenth.
fn period<'a>(openings: impl Iterator<Item = (u32, &'a Kept)>, now: Time) -> Option<u64> {
    let mut later = now;
    // Clocks may be centuries off: sums of gaps do not fit the gaps' own type.
    let mut gaps: Vec<i128> = Vec::with_capacity(PERIOD_SAMPLE);
    for (_, opening) in openings.take(PERIOD_SAMPLE) {
        gaps.push(later.since(opening.time).into());
        later = opening.time;
    }
    if gaps.len() < 3 {
        return None;
    }
    let mean = gaps.iter().sum::<i128>() / gaps.len() as i128;
    let regular = mean >= 1_000_000_000 && gaps.iter().all(|gap| (gap - mean).abs() <= mean / 10);
    regular.then(|| (mean as u64 + 500_000_000) / 1_000_000_000)
}

/// The regular interval of a group's own members, in seconds: their gaps deviate by less than a tenth.
pub fn period_within(group: &GroupView) -> Option<u64> {
    let (mean, deviation) = group.gap?;
    let regular = group.count >= 4 && mean >= 1_000_000_000 && deviation >= 0 && deviation <= mean / 10;
    regular.then(|| (mean as u64 + 500_000_000) / 1_000_000_000)
}

#[cfg(test)]
mod tests;
