//! The live groups, by number, by core and by activity.

use super::clocks::Clocks;
use super::group::Group;
use super::hash::Digest;
use super::order::{Ends, Links, NONE};
use super::{GroupView, Reason, State};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;
use std::hash::BuildHasher;

struct Entry {
    group: Box<Group>,
    /// The next group of the same core, in the order in which they opened.
    next: u32,
    /// Whether it changed since changes were last taken.
    touched: bool,
    /// Whether a record of it was ever taken.
    kept: bool,
}

/// What a place in all the tables takes; a hash table takes a byte more an entry.
#[cfg(test)]
pub(super) const BYTES_A_GROUP: usize =
    size_of::<Option<Entry>>() + 2 * (size_of::<u32>() + 1) + 3 * super::order::LINK_BYTES;

/// The live groups.
#[derive(Default)]
pub(super) struct Table {
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// Places by number and, of the earliest opened group of each, by core. The keys are the groups'.
    by_number: HashTable<u32>,
    by_core: HashTable<u32>,
    hasher: RandomState,
    /// All groups by activity.
    recent: (Links, Ends),
    /// Those not announced as closed, by activity.
    open: (Links, Ends),
    /// Those on each line of a clock, by activity; the ends are the line's.
    lines: Links,
    touched: Vec<u64>,
    /// Numbers of groups that are gone and of which a record was taken.
    gone: Vec<u64>,
}

impl Table {
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    pub fn group(&self, at: u32) -> Option<&Group> {
        group_at(&self.entries, at)
    }

    /// A group, to be changed.
    pub fn change(&mut self, at: u32) -> Option<&mut Group> {
        let entry = self.entries.get_mut(at as usize)?.as_mut()?;
        if !entry.touched {
            entry.touched = true;
            let number = entry.group.number;
            self.touch(number);
        }
        self.entries.get_mut(at as usize)?.as_mut().map(|entry| &mut *entry.group)
    }

    pub fn numbered(&self, number: u64) -> Option<u32> {
        let hash = self.hasher.hash_one(number);
        self.by_number.find(hash, |at| self.group(*at).is_some_and(|group| group.number == number)).copied()
    }

    /// The earliest opened group of a core.
    pub fn first(&self, core: &Digest) -> u32 {
        let hash = self.hasher.hash_one(core);
        let found = self.by_core.find(hash, |at| self.group(*at).is_some_and(|group| group.core == *core));
        found.copied().unwrap_or(NONE)
    }

    /// The one opened next.
    pub fn next(&self, at: u32) -> u32 {
        self.entries.get(at as usize).and_then(Option::as_ref).map_or(NONE, |entry| entry.next)
    }

    /// The least recently active group.
    pub fn oldest(&self) -> u32 {
        self.recent.1.oldest
    }

    /// The least recently active group that is not announced as closed.
    pub fn oldest_open(&self) -> u32 {
        self.open.1.oldest
    }

    pub fn next_open(&self, at: u32) -> u32 {
        self.open.0.after(at)
    }

    /// Puts a group in, as the most recently active one. `kept` is true for one that comes from its record.
    pub fn insert(&mut self, group: Group, clocks: &mut Clocks, kept: bool) {
        let (number, core, line, open) = (group.number, group.core, group.line, group.state != State::Closed);
        let entry = Entry { group: Box::new(group), next: NONE, touched: !kept, kept };
        let at = if let Some(at) = self.free.pop() {
            self.entries[at as usize] = Some(entry);
            at
        } else {
            self.entries.push(Some(entry));
            (self.entries.len() - 1) as u32
        };
        if !kept {
            self.touch(number);
        }
        let hash_of = |at: &u32| self.hasher.hash_one(group_at(&self.entries, *at).map_or(0, |group| group.number));
        self.by_number.insert_unique(self.hasher.hash_one(number), at, hash_of);
        self.chain(core, number, at);
        self.recent.0.add(&mut self.recent.1, at);
        if open {
            self.open.0.add(&mut self.open.1, at);
        }
        if let Some(track) = clocks.track(line) {
            self.lines.add(&mut track.groups, at);
        }
    }

    /// Notes a change. Where nobody takes changes, groups that have gone since are left out now and then.
    fn touch(&mut self, number: u64) {
        if self.touched.len() > 2 * self.by_number.len() + 1024 {
            let mut touched = std::mem::take(&mut self.touched);
            touched.retain(|number| self.numbered(*number).is_some());
            self.touched = touched;
        }
        self.touched.push(number);
    }

    /// Links a group behind those of its core that opened before it.
    fn chain(&mut self, core: Digest, number: u64, at: u32) {
        let mut before = NONE;
        let mut next = self.first(&core);
        while let Some(entry) = self.entries.get(next as usize).and_then(Option::as_ref) {
            if entry.group.number > number {
                break;
            }
            (before, next) = (next, entry.next);
        }
        if let Some(entry) = self.entries[at as usize].as_mut() {
            entry.next = next;
        }
        match self.entries.get_mut(before as usize).and_then(Option::as_mut) {
            Some(entry) => entry.next = at,
            None => self.put_first(core, at),
        }
    }

    /// Makes a group the earliest opened of its core.
    fn put_first(&mut self, core: Digest, at: u32) {
        let core_of = |at: &u32| group_at(&self.entries, *at).map(|group| group.core).unwrap_or_default();
        let hash_of = |at: &u32| self.hasher.hash_one(core_of(at));
        match self.by_core.entry(self.hasher.hash_one(core), |at| core_of(at) == core, hash_of) {
            Slot::Occupied(mut slot) => *slot.get_mut() = at,
            Slot::Vacant(slot) => {
                slot.insert(at);
            }
        }
    }

    /// Moves a group to the newest end of all its lists, after a member came. `line` is the one it was on.
    pub fn renew(&mut self, at: u32, line: super::group::Line, clocks: &mut Clocks) {
        self.recent.0.renew(&mut self.recent.1, at);
        let Some(group) = self.group(at) else { return };
        let (new, open) = (group.line, group.state != State::Closed);
        if open {
            self.open.0.renew(&mut self.open.1, at);
        }
        if new == line {
            if let Some(track) = clocks.track(line) {
                self.lines.renew(&mut track.groups, at);
            }
            return;
        }
        if let Some(track) = clocks.track(line) {
            self.lines.remove(&mut track.groups, at);
        }
        if let Some(track) = clocks.track(new) {
            self.lines.add(&mut track.groups, at);
        }
    }

    /// Makes a group's next revision.
    pub fn announce(&mut self, at: u32, reason: Reason) -> Option<GroupView> {
        let group = self.change(at)?;
        let before = group.state;
        let view = group.announce(reason);
        if view.state == State::Closed {
            self.open.0.remove(&mut self.open.1, at);
        } else if before == State::Closed {
            self.open.0.add(&mut self.open.1, at);
        }
        Some(view)
    }

    /// Takes a group out. Its line's ends may be given, where the line is no longer among the clocks.
    pub fn remove(&mut self, at: u32, clocks: &mut Clocks, ends: Option<&mut Ends>) {
        let Some(group) = self.group(at) else { return };
        let (number, core) = (group.number, group.core);
        // As long as the group is in its place: the hash tables have their keys from there.
        let first = self.first(&core);
        if let Ok(slot) = self.by_number.find_entry(self.hasher.hash_one(number), |other| *other == at) {
            slot.remove();
        }
        let next = self.next(at);
        if first == at {
            if next != NONE {
                self.put_first(core, next);
            } else if let Ok(slot) = self.by_core.find_entry(self.hasher.hash_one(core), |other| *other == at) {
                slot.remove();
            }
        }
        let Some(entry) = self.entries.get_mut(at as usize).and_then(Option::take) else { return };
        self.free.push(at);
        let group = entry.group;
        if first != at {
            let mut before = first;
            while let Some(other) = self.entries.get_mut(before as usize).and_then(Option::as_mut) {
                if other.next == at {
                    other.next = entry.next;
                    break;
                }
                before = other.next;
            }
        }
        self.recent.0.remove(&mut self.recent.1, at);
        self.open.0.remove(&mut self.open.1, at);
        if let Some(ends) = ends.or_else(|| clocks.track(group.line).map(|track| &mut track.groups)) {
            self.lines.remove(ends, at);
        }
        if entry.kept {
            self.gone.push(group.number);
        }
    }

    /// Numbers of groups that changed since the last call, and what they are now; `None` for those that are gone.
    pub fn take_touched(&mut self) -> Vec<(u64, Option<&Group>)> {
        let gone = std::mem::take(&mut self.gone).into_iter().map(|number| (number, None));
        let mut places = Vec::with_capacity(self.touched.len());
        for number in std::mem::take(&mut self.touched) {
            let Some(at) = self.numbered(number) else { continue };
            if let Some(entry) = self.entries[at as usize].as_mut().filter(|entry| entry.touched) {
                (entry.touched, entry.kept) = (false, true);
                places.push((number, at));
            }
        }
        gone.chain(places.into_iter().map(|(number, at)| (number, self.group(at)))).collect()
    }

    /// Every group, in opening order.
    pub fn numbers(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = self.entries.iter().flatten().map(|entry| entry.group.number).collect();
        numbers.sort_unstable();
        numbers
    }
}

fn group_at(entries: &[Option<Entry>], at: u32) -> Option<&Group> {
    entries.get(at as usize)?.as_ref().map(|entry| &*entry.group)
}
