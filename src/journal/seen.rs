//! The ids of the newest alerts, to recognise duplicates: 64 bits of each, in memory only, at most 16 bytes an id.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// The newest ids. A ring keeps their order; an open-addressed table of places in the ring finds them.
#[derive(Debug)]
pub(super) struct Seen {
    ring: Vec<u64>,
    /// Where in the ring the next id goes, once the ring is full.
    next: usize,
    window: usize,
    /// A place in the ring plus one; 0 is free. At most half full; its length is a power of two.
    table: Vec<u32>,
    hasher: RandomState,
}

impl Seen {
    /// Remembers the newest `window` ids.
    pub(super) fn new(window: usize) -> Self {
        let window = window.clamp(1, 1 << 30);
        Self { ring: Vec::new(), next: 0, window, table: vec![0; 16], hasher: RandomState::default() }
    }

    /// Remembers the id; false where it is known already.
    pub(super) fn insert(&mut self, id: u64) -> bool {
        let mut slot = self.home(id);
        while self.table[slot] != 0 {
            if self.ring[self.table[slot] as usize - 1] == id {
                return false;
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
        let place = if self.ring.len() < self.window {
            self.ring.push(id);
            self.ring.len() - 1
        } else {
            let place = self.next;
            self.next = (place + 1) % self.window;
            self.forget(place);
            self.ring[place] = id;
            slot = self.free_slot(id);
            place
        };
        self.table[slot] = place as u32 + 1;
        if self.ring.len() * 2 > self.table.len() {
            self.grow();
        }
        true
    }

    fn home(&self, id: u64) -> usize {
        self.hasher.hash_one(id) as usize & (self.table.len() - 1)
    }

    fn free_slot(&self, id: u64) -> usize {
        let mut slot = self.home(id);
        while self.table[slot] != 0 {
            slot = (slot + 1) & (self.table.len() - 1);
        }
        slot
    }

    /// Takes an id out of the table and moves back what had to step aside for it.
    fn forget(&mut self, place: usize) {
        let mask = self.table.len() - 1;
        let mut hole = self.home(self.ring[place]);
        while self.table[hole] != place as u32 + 1 {
            hole = (hole + 1) & mask;
        }
        let mut slot = hole;
        loop {
            self.table[hole] = 0;
            loop {
                slot = (slot + 1) & mask;
                if self.table[slot] == 0 {
                    return;
                }
                let wanted = self.home(self.ring[self.table[slot] as usize - 1]);
                // It may move where its home is not between the hole and itself.
                if (slot.wrapping_sub(wanted) & mask) >= (slot.wrapping_sub(hole) & mask) {
                    break;
                }
            }
            self.table[hole] = self.table[slot];
            hole = slot;
        }
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 2];
        for place in 0..self.ring.len() {
            let slot = self.free_slot(self.ring[place]);
            self.table[slot] = place as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn exactly_the_newest_ids_are_known(window in 1usize..40, ids in prop::collection::vec(0u64..60, 0..400)) {
            let mut seen = Seen::new(window);
            let mut model = VecDeque::new();
            for id in ids {
                let new = !model.contains(&id);
                prop_assert_eq!(seen.insert(id), new);
                if new {
                    model.push_back(id);
                    if model.len() > window {
                        model.pop_front();
                    }
                }
                prop_assert_eq!(seen.ring.len(), model.len());
            }
        }
    }

    #[test]
    fn a_million_ids_take_sixteen_mebibytes() {
        let mut seen = Seen::new(1 << 20);
        for id in 0..1u64 << 20 {
            assert!(seen.insert(id.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        let bytes = seen.ring.capacity() * 8 + seen.table.len() * 4;
        assert!(bytes <= 16 << 20, "{bytes}");
    }
}
