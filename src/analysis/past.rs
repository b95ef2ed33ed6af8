//! What was seen before: a bounded memory of the newest group openings, in the journal's order.
//!
//! Pure: it is fed with [`Opening`]s, and the same openings in the same order give the same answers, so the journal can
//! rebuild it after a restart. It forgets the oldest first. An opening costs some 80 bytes and its places in four tables,
//! the newest ones their titles too.

use super::model::{Analysis, History, Level, Related};
use crate::alert::{Alert, Context, Time};
use crate::dedup::{Fingerprint, GroupId, GroupView};
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
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
/// Pairs of a rule and a tactic that are shared.
const NAMES: usize = 1_024;

/// What is remembered of a group's opening.
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
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first).max(1)
}

/// A table by keys that are hashes already.
type Table<V> = HashMap<u64, V, foldhash::fast::RandomState>;

/// The memory.
#[derive(Debug, Default, Clone)]
pub struct Past {
    kept: VecDeque<Kept>,
    /// Titles of the newest of them.
    titles: VecDeque<Box<str>>,
    /// How many openings have been forgotten, modulo 2^32: the place of `kept[0]`.
    forgotten: u32,
    by_fingerprint: Table<Chain>,
    by_scope: Table<Chain>,
    by_rule_and_image: Table<u32>,
    by_command_and_host: Table<u32>,
    names: HashSet<Arc<Names>>,
}

/// An opening as it is kept. Links are distances between places; 0 where there is none.
#[derive(Debug, Clone)]
struct Kept {
    group: GroupId,
    fingerprint: u64,
    time: Time,
    rule_and_image: u64,
    command_and_host: u64,
    scope: u64,
    names: Arc<Names>,
    older_same: u16,
    newer_same: u16,
    older_in_scope: u16,
    newer_in_scope: u16,
    level: Level,
}

// Places that are kept at one time are less than this apart.
const _: () = assert!(KEPT <= 1 << u16::BITS);

/// What many openings have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Names {
    rule: Box<str>,
    tactic: Box<str>,
}

/// The openings of one key: places of the oldest and the newest that are kept.
#[derive(Debug, Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
    count: u32,
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
        let same = self.by_fingerprint.get(&key(opening.fingerprint));
        let count = |map: &Table<u32>, key: u64| if key == 0 { 0 } else { map.get(&key).copied().unwrap_or(0) };
        History {
            same_fingerprint: same.map_or(0, |chain| chain.count),
            first_seen: same.and_then(|chain| self.at(chain.first)).map(|kept| kept.time),
            same_rule_and_image: count(&self.by_rule_and_image, opening.rule_and_image),
            same_command_and_host: count(&self.by_command_and_host, opening.command_and_host),
            period_seconds: same.and_then(|chain| period(self.back(chain.last, |kept| kept.older_same), opening.time)),
            related: self.related(opening),
        }
    }

    /// Remembers an opening; the oldest is forgotten where the memory is full.
    pub fn remember(&mut self, opening: &Opening) {
        if self.kept.len() >= KEPT {
            self.forget_oldest();
        }
        let place = self.forgotten.wrapping_add(self.kept.len() as u32);
        let fingerprint = key(opening.fingerprint);
        let older_same = append(&mut self.by_fingerprint, fingerprint, place);
        let older_in_scope = if opening.scope == 0 { 0 } else { append(&mut self.by_scope, opening.scope, place) };
        if let Some(older) = self.at_mut(place, older_same) {
            older.newer_same = older_same;
        }
        if let Some(older) = self.at_mut(place, older_in_scope) {
            older.newer_in_scope = older_in_scope;
        }
        for (map, key) in [
            (&mut self.by_rule_and_image, opening.rule_and_image),
            (&mut self.by_command_and_host, opening.command_and_host),
        ] {
            if key != 0 {
                *map.entry(key).or_default() += 1;
            }
        }
        let names = self.names(opening);
        self.kept.push_back(Kept {
            group: opening.group,
            fingerprint,
            time: opening.time,
            rule_and_image: opening.rule_and_image,
            command_and_host: opening.command_and_host,
            scope: opening.scope,
            names,
            older_same,
            newer_same: 0,
            older_in_scope,
            newer_in_scope: 0,
            level: opening.level,
        });
        if self.titles.len() >= TITLES {
            self.titles.pop_front();
        }
        self.titles.push_back(opening.title[..opening.title.floor_char_boundary(TITLE_BYTES)].into());
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.kept.pop_front() else { return };
        let place = self.forgotten;
        self.forgotten = self.forgotten.wrapping_add(1);
        shorten(&mut self.by_fingerprint, oldest.fingerprint, place, oldest.newer_same);
        shorten(&mut self.by_scope, oldest.scope, place, oldest.newer_in_scope);
        for (map, key) in [
            (&mut self.by_rule_and_image, oldest.rule_and_image),
            (&mut self.by_command_and_host, oldest.command_and_host),
        ] {
            if let Some(count) = map.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    map.remove(&key);
                }
            }
        }
    }

    /// One copy of each; names that come from outside are bounded by starting over.
    fn names(&mut self, opening: &Opening) -> Arc<Names> {
        let names = Names { rule: opening.rule.clone(), tactic: opening.tactic.clone() };
        if let Some(known) = self.names.get(&names) {
            return Arc::clone(known);
        }
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        let names = Arc::new(names);
        self.names.insert(Arc::clone(&names));
        names
    }

    fn at(&self, place: u32) -> Option<&Kept> {
        self.kept.get(place.wrapping_sub(self.forgotten) as usize)
    }

    /// The opening that stands this far before a place; `None` for a distance of 0.
    fn at_mut(&mut self, place: u32, distance: u16) -> Option<&mut Kept> {
        let at = place.wrapping_sub(u32::from(distance)).wrapping_sub(self.forgotten);
        self.kept.get_mut(at as usize).filter(|_| distance > 0)
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
    fn related(&self, opening: &Opening) -> Vec<Related> {
        /// As far back as a busy scope is searched.
        const SEARCHED: usize = 256;
        let Some(chain) = self.by_scope.get(&opening.scope).filter(|_| opening.scope != 0) else { return Vec::new() };
        let fingerprint = key(opening.fingerprint);
        let mut all: Vec<(u32, &Kept)> = self
            .back(chain.last, |kept| kept.older_in_scope)
            .take(SEARCHED)
            .filter(|(_, other)| other.group != opening.group && other.fingerprint != fingerprint)
            .filter(|(_, other)| (0..=STORY_NANOS).contains(&opening.time.since(other.time)))
            .collect();
        // The worst and the nearest are told, in the order in which they happened. Of equals the newest comes first here,
        // and sorting leaves it so.
        all.sort_by(|(_, a), (_, b)| b.level.cmp(&a.level).then(b.time.cmp(&a.time)));
        all.truncate(MAX_RELATED);
        all.sort_by_key(|(place, other)| (other.time, place.wrapping_sub(self.forgotten)));
        let told = all.into_iter().map(|(place, other)| Related {
            group: other.group,
            time: other.time,
            rule: other.names.rule.to_string(),
            title: self.title(place).to_owned(),
            level: other.level,
            tactic: other.names.tactic.to_string(),
        });
        told.collect()
    }
}

/// Half of a fingerprint, which is a hash already.
fn key(fingerprint: Fingerprint) -> u64 {
    let bytes = fingerprint.as_bytes();
    u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
}

/// Appends a place to a key's chain; gives the distance to the one before.
fn append(chains: &mut Table<Chain>, key: u64, place: u32) -> u16 {
    match chains.entry(key) {
        Entry::Occupied(mut entry) => {
            let chain = entry.get_mut();
            let distance = place.wrapping_sub(chain.last) as u16;
            chain.last = place;
            chain.count += 1;
            distance
        }
        Entry::Vacant(entry) => {
            entry.insert(Chain { first: place, last: place, count: 1 });
            0
        }
    }
}

/// Takes the oldest place off a key's chain.
fn shorten(chains: &mut Table<Chain>, key: u64, place: u32, newer: u16) {
    if newer == 0 {
        chains.remove(&key);
    } else if let Some(chain) = chains.get_mut(&key) {
        chain.first = place.wrapping_add(u32::from(newer));
        chain.count -= 1;
    }
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
