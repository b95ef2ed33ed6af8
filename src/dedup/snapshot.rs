//! State that survives, kept where the pipeline keeps its cursor and in the same transaction. Each live group is a record
//! of its own. What groups share changes with nearly every alert and is small: records of what changed are kept one after
//! another, the newest of each counts, and now and then all of it is written anew.

use super::clocks::Clock;
use super::engine::Dedup;
use super::flood::Counter;
use super::group::{Group, Window};
use super::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// What is to be kept after some alerts.
#[derive(Debug, Default)]
pub struct Changes {
    /// Of live groups.
    pub groups: Vec<Change>,
    /// Of what they share, where that changed.
    pub shared: Option<SharedState>,
}

/// What is to be kept of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The group's number.
    pub number: u64,
    /// Its record; nothing any more where this is `None`.
    pub state: Option<Vec<u8>>,
}

/// Records of hosts' clocks, of workloads' counters of new groups, and of the settings that held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedState {
    /// All of them: nothing from before is needed any more.
    Whole(Vec<u8>),
    /// Those that changed, to be kept behind those from before.
    Behind(Vec<u8>),
}

impl SharedState {
    /// The records, one after another.
    pub fn records(&self) -> &[u8] {
        match self {
            Self::Whole(records) | Self::Behind(records) => records,
        }
    }
}

/// Bytes of records behind the whole after which it is written anew, unless it is larger itself.
const BEHIND: usize = 32 * 1024;

/// Bytes of shared state that are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptShared {
    whole: usize,
    behind: usize,
}

/// How many of the kept records (of shared state: runs of them) cannot be decoded to their end, and were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Damage {
    /// Of live groups: alerts of those open new groups.
    pub groups: u64,
    /// Of what groups share. A group whose host's clock is missing is closed as ever, and forgotten once the table is full
    /// or its next member has come; counters of new groups begin anew.
    pub shared: u64,
}

#[derive(Serialize)]
enum Writing<'a> {
    Group(&'a Group),
    Clock(u16, &'a Clock),
    Flood(u16, &'a Counter),
    Settings(u64),
}

#[derive(Deserialize)]
enum Record {
    Group(Box<Group>),
    Clock(u16, Clock),
    Flood(u16, Counter),
    Settings(u64),
}

impl Dedup {
    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Changes {
        let groups = self.table.take_touched().into_iter().map(|(number, group)| {
            let state = group.map(|group| {
                let mut bytes = Vec::with_capacity(512);
                write(&mut bytes, &Writing::Group(group));
                bytes
            });
            Change { number, state }
        });
        let groups = groups.collect();
        Changes { groups, shared: self.take_shared() }
    }

    fn take_shared(&mut self) -> Option<SharedState> {
        let (clocks, floods) = (std::mem::take(&mut self.touched_clocks), std::mem::take(&mut self.touched_floods));
        let settings = Some(self.settings_digest).filter(|digest| self.kept_settings != Some(*digest));
        self.kept_settings = Some(self.settings_digest);
        let records = self.shared_records(clocks, floods, settings);
        if records.is_empty() {
            return None;
        }
        // What was kept before this process started may be any length.
        if let Some(kept) = &mut self.kept_shared
            && kept.behind + records.len() <= kept.whole.max(BEHIND)
        {
            kept.behind += records.len();
            return Some(SharedState::Behind(records));
        }
        let records = self.all_shared_records();
        self.kept_shared = Some(KeptShared { whole: records.len(), behind: 0 });
        Some(SharedState::Whole(records))
    }

    fn all_shared_records(&self) -> Vec<u8> {
        let (clocks, floods) = (self.clocks.hosts.keys(), self.floods.counters.keys());
        self.shared_records(clocks.copied().collect(), floods.copied().collect(), self.kept_settings)
    }

    /// Records of the clocks and counters in these places, one after another, each once.
    fn shared_records(&self, clocks: Vec<u16>, floods: Vec<u16>, settings: Option<u64>) -> Vec<u8> {
        let once = |mut places: Vec<u16>| {
            places.sort_unstable();
            places.dedup();
            places.into_iter()
        };
        let mut bytes = Vec::new();
        for (place, clock) in once(clocks).filter_map(|place| Some((place, self.clocks.hosts.get(&place)?))) {
            write(&mut bytes, &Writing::Clock(place, clock));
        }
        for (place, counter) in once(floods).filter_map(|place| Some((place, self.floods.counters.get(&place)?))) {
            write(&mut bytes, &Writing::Flood(place, counter));
        }
        if let Some(digest) = settings {
            write(&mut bytes, &Writing::Settings(digest));
        }
        bytes
    }

    /// True where the records were kept under other settings: open groups keep their windows, alerts from now on are
    /// grouped by the new settings, and nothing that was grouped is grouped anew.
    pub fn settings_changed(&self) -> bool {
        self.kept_settings.is_some_and(|kept| kept != self.settings_digest)
    }

    /// As it was when the records were kept: it goes on exactly as if it had never stopped, but for what is damaged. Groups'
    /// records may come in any order; of shared state the whole and what was kept behind it, in that order. Groups keep the
    /// windows that they opened with, also under changed settings.
    pub fn restore(
        settings: Settings,
        groups: impl IntoIterator<Item = impl AsRef<[u8]>>,
        shared: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> (Self, Damage) {
        let mut dedup = Self::new(settings);
        let mut kept = Vec::new();
        let mut read = |records: &[u8]| -> Result<(), rmp_serde::decode::Error> {
            let mut rest = records;
            while !rest.is_empty() {
                match Record::deserialize(&mut rmp_serde::Deserializer::new(&mut rest))? {
                    Record::Group(group) => kept.push(*group),
                    Record::Clock(place, clock) => {
                        dedup.clocks.hosts.insert(place, clock);
                    }
                    Record::Flood(place, counter) => {
                        dedup.floods.counters.insert(place, counter);
                    }
                    Record::Settings(settings) => dedup.kept_settings = Some(settings),
                }
            }
            Ok(())
        };
        let damage = Damage {
            groups: groups.into_iter().filter(|records| read(records.as_ref()).is_err()).count() as u64,
            shared: shared.into_iter().filter(|records| read(records.as_ref()).is_err()).count() as u64,
        };
        kept.sort_unstable_by_key(|group: &Group| group.active);
        let mut windows = HashSet::new();
        for mut group in kept {
            group.window = one_copy(&mut windows, &group.window);
            dedup.table.insert(group, &mut dedup.clocks, true);
        }
        (dedup, damage)
    }
}

/// One copy of each window.
fn one_copy(windows: &mut HashSet<Arc<Window>>, window: &Arc<Window>) -> Arc<Window> {
    if let Some(known) = windows.get(window) {
        return Arc::clone(known);
    }
    windows.insert(Arc::clone(window));
    Arc::clone(window)
}

/// Tells settings apart.
pub(super) fn digest(settings: &Settings) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(format!("{settings:?}").as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(first)
}

fn write(bytes: &mut Vec<u8>, record: &Writing) {
    // Writing to memory does not fail, and every record has a form.
    let _ = rmp_serde::encode::write(bytes, record);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SECOND, at, observe};
    use super::*;
    use crate::alert::Context;

    /// Records of groups, and of what they share.
    fn records(changes: Changes) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let shared = changes.shared.map(|shared| shared.records().to_vec());
        (changes.groups.into_iter().filter_map(|change| change.state).collect(), shared.into_iter().collect())
    }

    fn restore(settings: Settings, (groups, shared): &(Vec<Vec<u8>>, Vec<Vec<u8>>)) -> Dedup {
        let (dedup, damage) = Dedup::restore(settings, groups, shared);
        assert_eq!(damage, Damage::default());
        dedup
    }

    #[test]
    fn shared_state_is_written_anew_before_what_is_behind_it_outgrows_it() {
        let mut dedup = Dedup::new(Settings::default());
        let (mut kept, mut longest, mut whole) = (Vec::new(), 0, 0);
        for seq in 1..=3000u64 {
            // A host and a workload of its own, now and then one that was there.
            let alert =
                at(seq as i64, &[("container.id", &format!("{:012x}", seq / 2)), ("fd.name", &format!("/{seq}"))]);
            let context = Context { node: format!("node-{}", seq / 2), ..Context::default() };
            dedup.observe(&alert, &context, seq, alert.time());
            let shared = dedup.take_changes().shared.unwrap();
            if matches!(shared, SharedState::Whole(_)) {
                kept.clear();
                whole += 1;
            }
            kept.extend_from_slice(shared.records());
            longest = longest.max(kept.len());
        }
        let all = dedup.all_shared_records();
        assert!((4..20).contains(&whole), "{whole}");
        assert!(longest < 2 * all.len() + BEHIND, "{longest} of {}", all.len());
        let mut restored = restore(Settings::default(), &(Vec::new(), vec![kept]));
        assert_eq!(restored.all_shared_records(), all);
        assert!(restored.take_changes().shared.is_none());
    }

    #[test]
    fn changed_settings_are_noticed_once() {
        let kept = records(Dedup::new(Settings::default()).take_changes());
        let mut same = restore(Settings::default(), &kept);
        assert!(!same.settings_changed());
        assert_eq!(records(same.take_changes()), (Vec::new(), Vec::new()));
        let other = Settings { max_groups: 500, ..Settings::default() };
        let mut changed = restore(other.clone(), &kept);
        assert!(changed.settings_changed());
        let kept = records(changed.take_changes());
        assert!(!restore(other, &kept).settings_changed());
    }

    #[test]
    fn changed_settings_regroup_nothing_that_is_open() {
        let mut before = Dedup::new(Settings::default());
        observe(&mut before, &[at(0, &[])]);
        let kept = records(before.take_changes());
        let shorter = Settings { idle: 10 * SECOND, ..Settings::default() };
        let mut after = restore(shorter, &kept);
        let mut number = |seconds: i64, file: &str, seq: u64| {
            let alert = at(seconds, &[("fd.name", file)]);
            after.observe(&alert, &Context::default(), seq, alert.time()).number
        };
        assert_eq!(number(300, "<NA>", 2), 1, "the open group keeps its window");
        assert_eq!((number(300, "/x", 3), number(340, "/x", 4)), (3, 4), "a new group has the new one");
    }

    #[test]
    fn damaged_records_are_left_out_and_the_others_go_on() {
        let mut before = Dedup::new(Settings::default());
        observe(&mut before, &[at(0, &[("fd.name", "/x")]), at(1, &[("fd.name", "/y")])]);
        let (mut groups, shared) = records(before.take_changes());
        groups[0].truncate(9);
        let number = |dedup: &mut Dedup, seconds: i64, file: &str, seq: u64| {
            let alert = at(seconds, &[("fd.name", file)]);
            dedup.observe(&alert, &Context::default(), seq, alert.time()).number
        };
        for shared in [&shared[0][..], &shared[0][..5], &[0xc1]] {
            let (mut dedup, damage) = Dedup::restore(Settings::default(), &groups, [shared]);
            assert_eq!((damage.groups, damage.shared), (1, u64::from(shared.len() < 6)));
            assert_eq!((number(&mut dedup, 2, "/x", 3), number(&mut dedup, 2, "/y", 4)), (3, 2));
            // Long after: both are left behind, with a clock of before or without.
            assert_eq!((number(&mut dedup, 3000, "/x", 5), number(&mut dedup, 3000, "/y", 6)), (5, 6));
            assert_eq!(dedup.stats().live, 2);
        }
    }
}
