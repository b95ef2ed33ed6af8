//! Results for inputs seen before: a table of two generations, so that it is bounded and what is in use stays.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// What stands for an input in one cache: SipHash under two keys that nobody knows. As hard to meet on purpose as a
/// digest, for a quarter of its cost; but only for as long as the cache lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u64; 2]);

type Map<V> = HashMap<Key, V, foldhash::fast::RandomState>;

/// A bounded cache. What it holds never decides anything: a miss is computed anew, to the same result.
#[derive(Debug)]
pub(super) struct Cache<V> {
    secrets: [RandomState; 2],
    young: Map<V>,
    old: Map<V>,
    room: usize,
}

impl<V: Clone> Cache<V> {
    /// A cache of at most twice as many values as `room`.
    pub fn new(room: usize) -> Self {
        let secrets = [RandomState::new(), RandomState::new()];
        Self { secrets, young: Map::default(), old: Map::default(), room }
    }

    /// The key of an input.
    pub fn key(&self, input: &[u8]) -> Key {
        Key(self.secrets.each_ref().map(|secret| {
            let mut hasher = secret.build_hasher();
            hasher.write(input);
            hasher.finish()
        }))
    }

    /// The value of a key.
    pub fn get(&mut self, key: Key) -> Option<V> {
        if let Some(value) = self.young.get(&key) {
            return Some(value.clone());
        }
        let value = self.old.remove(&key)?;
        self.put(key, value.clone());
        Some(value)
    }

    /// Keeps a value.
    pub fn put(&mut self, key: Key, value: V) {
        if self.young.len() >= self.room {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
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
        let key = |cache: &Cache<u8>, n: u8| cache.key(&[n; 40]);
        for n in 0..100 {
            cache.put(key(&cache, n), n);
            assert_eq!(cache.get(key(&cache, 0)), Some(0), "{n}");
            assert!(cache.young.len() + cache.old.len() <= 8);
        }
        assert_eq!(cache.get(key(&cache, 50)), None);
        assert_ne!(key(&cache, 1), key(&Cache::new(4), 1), "nobody knows the keys of another one");
    }
}
