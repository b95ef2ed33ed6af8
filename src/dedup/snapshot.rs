//! State that survives: each live group, clock and counter is a record of its own, kept where the pipeline keeps its
//! cursor and in the same transaction.

use super::clocks::Clock;
use super::engine::Dedup;
use super::flood::Counter;
use super::group::{Group, Window};
use super::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// What is to be kept of one change, under its number; nothing any more where `state` is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The group's number, or one above [`OTHER_RECORDS`]. Fits in 63 bits.
    pub number: u64,
    /// The record.
    pub state: Option<Vec<u8>>,
}

/// From this number on, a record is not of a group but of a host's clock or a counter.
pub const OTHER_RECORDS: u64 = 1 << 61;
const CLOCKS: u64 = OTHER_RECORDS;
const FLOODS: u64 = OTHER_RECORDS + (1 << 60);
const SETTINGS: u64 = FLOODS + (1 << 16);

/// Records that cannot be restored.
#[derive(Debug, thiserror::Error)]
#[error("a record of dedup's state is damaged: {0}")]
pub struct RestoreError(#[from] rmp_serde::decode::Error);

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
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (number, group) in self.table.take_touched() {
            changes.push(Change { number, state: group.map(|group| write(&Writing::Group(group))) });
        }
        let once = |touched: &mut Vec<u16>| {
            let mut touched = std::mem::take(touched);
            touched.sort_unstable();
            touched.dedup();
            touched
        };
        for place in once(&mut self.touched_clocks) {
            let state = self.clocks.hosts.get(&place).map(|clock| write(&Writing::Clock(place, clock)));
            changes.push(Change { number: CLOCKS + u64::from(place), state });
        }
        for place in once(&mut self.touched_floods) {
            let state = self.floods.counters.get(&place).map(|counter| write(&Writing::Flood(place, counter)));
            changes.push(Change { number: FLOODS + u64::from(place), state });
        }
        let settings = self.settings_digest;
        if self.kept_settings != Some(settings) {
            self.kept_settings = Some(settings);
            changes.push(Change { number: SETTINGS, state: Some(write(&Writing::Settings(settings))) });
        }
        changes
    }

    /// True where the records were kept under other settings: open groups keep their windows, alerts from now on are
    /// grouped by the new settings, and nothing that was grouped is grouped anew.
    pub fn settings_changed(&self) -> bool {
        self.kept_settings.is_some_and(|kept| kept != self.settings_digest)
    }

    /// As it was when the records were kept, whatever their order: it goes on exactly as if it had never stopped.
    /// Groups keep the windows that they opened with, also under changed settings.
    ///
    /// # Errors
    /// [`RestoreError`] where a record is damaged.
    pub fn restore(settings: Settings, live: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Self, RestoreError> {
        let mut dedup = Self::new(settings);
        let mut groups = Vec::new();
        for record in live {
            match rmp_serde::from_slice(record.as_ref())? {
                Record::Group(group) => groups.push(group),
                Record::Clock(place, clock) => {
                    dedup.clocks.hosts.insert(place, clock);
                }
                Record::Flood(place, counter) => {
                    dedup.floods.counters.insert(place, counter);
                }
                Record::Settings(settings) => dedup.kept_settings = Some(settings),
            }
        }
        groups.sort_unstable_by_key(|group| group.active);
        let mut windows = HashSet::new();
        for mut group in groups {
            group.window = shared(&mut windows, &group.window);
            dedup.table.insert(*group, &mut dedup.clocks, true);
        }
        Ok(dedup)
    }
}

/// One copy of each window.
fn shared(windows: &mut HashSet<Arc<Window>>, window: &Arc<Window>) -> Arc<Window> {
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

fn write(record: &Writing) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    // Writing to memory does not fail, and every record has a form.
    let _ = rmp_serde::encode::write(&mut bytes, record);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SECOND, at, observe};
    use super::*;
    use crate::alert::Context;

    #[test]
    fn changed_settings_are_noticed_once() {
        let kept: Vec<_> = Dedup::new(Settings::default()).take_changes().into_iter().filter_map(|c| c.state).collect();
        let mut same = Dedup::restore(Settings::default(), &kept).unwrap();
        assert!(!same.settings_changed());
        assert!(same.take_changes().is_empty());
        let other = Settings { max_groups: 500, ..Settings::default() };
        let mut changed = Dedup::restore(other.clone(), &kept).unwrap();
        assert!(changed.settings_changed());
        let kept: Vec<_> = changed.take_changes().into_iter().filter_map(|change| change.state).collect();
        assert!(!Dedup::restore(other, &kept).unwrap().settings_changed());
    }

    #[test]
    fn changed_settings_regroup_nothing_that_is_open() {
        let mut before = Dedup::new(Settings::default());
        observe(&mut before, &[at(0, &[])]);
        let kept: Vec<_> = before.take_changes().into_iter().filter_map(|change| change.state).collect();
        let shorter = Settings { idle: 10 * SECOND, ..Settings::default() };
        let mut after = Dedup::restore(shorter, &kept).unwrap();
        let mut number = |seconds: i64, file: &str, seq: u64| {
            let alert = at(seconds, &[("fd.name", file)]);
            after.observe(&alert, &Context::default(), seq, alert.time()).number
        };
        assert_eq!(number(300, "<NA>", 2), 1, "the open group keeps its window");
        assert_eq!((number(300, "/x", 3), number(340, "/x", 4)), (3, 4), "a new group has the new one");
    }
}
