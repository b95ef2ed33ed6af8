//! Results for inputs seen before: a table of two generations, so that it is bounded and what is in use stays.

use super::hash::Digest;
use std::collections::HashMap;

type Map<V> = HashMap<Digest, V, foldhash::fast::RandomState>;

/// A bounded cache. What it holds never decides anything: a miss is computed anew, to the same result.
#[derive(Debug)]
pub(super) struct Cache<V> {
    young: Map<V>,
    old: Map<V>,
    room: usize,
}

impl<V: Clone> Cache<V> {
    /// A cache of at most twice as many values as `room`.
    pub fn new(room: usize) -> Self {
        Self { young: Map::default(), old: Map::default(), room }
    }

    /// The value of a key.
    pub fn get(&mut self, key: &Digest) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        self.put(*key, value.clone());
        Some(value)
    }

    /// Keeps a value.
    pub fn put(&mut self, key: Digest, value: V) {
        if self.young.len() >= self.room {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_stays_and_the_rest_is_bounded() {
        let mut cache = Cache::new(4);
        let key = |n: u8| [n; 16];
        for n in 0..100 {
            cache.put(key(n), n);
            assert_eq!(cache.get(&key(0)), Some(0), "{n}");
            assert!(cache.young.len() + cache.old.len() <= 8);
        }
        assert_eq!(cache.get(&key(50)), None);
    }
}
