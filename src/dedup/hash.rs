//! Digests of identity: BLAKE3, since whoever writes a command line writes the input.

use foldhash::fast::RandomState;
use std::hash::BuildHasher as _;

/// 128 bits of BLAKE3.
pub(super) type Digest = [u8; 16];

/// The digest of parts, each preceded by its length, so that no two lists of parts run together alike.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    // One call of the hasher for everything: one for each part costs more than hashing what is short.
    let mut all = [0; 256];
    let mut end = 0;
    for part in parts {
        let (length, begin) = ((part.len() as u64).to_le_bytes(), end + 8);
        let Some(room) = all.get_mut(end..begin + part.len()) else { return long(parts) };
        let (before, room) = room.split_at_mut(8);
        before.copy_from_slice(&length);
        room.copy_from_slice(part);
        end = begin + part.len();
    }
    short(&blake3::hash(&all[..end]))
}

fn long(parts: &[&[u8]]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    short(&hasher.finalize())
}

/// Digests of short texts that come again in most alerts, such as an image or a host: each slot keeps the last one that
/// was computed.
#[derive(Debug, Default)]
pub(super) struct Digests {
    hasher: RandomState,
    /// Empty where nothing is to be kept.
    slots: Vec<Option<Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    tag: Option<u8>,
    text: Box<[u8]>,
    digest: Digest,
}

const SLOTS: usize = 1024;
/// A longer text is not kept.
const MAX_KEPT: usize = 128;

impl Digests {
    /// Digests that are kept; by default none is.
    pub fn kept() -> Self {
        Self { slots: vec![None; SLOTS], ..Self::default() }
    }

    /// The digest of a text, behind a tag where it has one.
    pub fn of(&mut self, tag: Option<u8>, text: &[u8]) -> Digest {
        let compute = || match tag {
            Some(tag) => digest(&[&[tag], text]),
            None => digest(&[text]),
        };
        if self.slots.is_empty() || text.len() > MAX_KEPT {
            return compute();
        }
        let slot = &mut self.slots[self.hasher.hash_one(text) as usize % SLOTS];
        if let Some(kept) = slot.as_ref().filter(|kept| *kept.text == *text && kept.tag == tag) {
            return kept.digest;
        }
        let digest = compute();
        *slot = Some(Kept { tag, text: text.into(), digest });
        digest
    }
}

/// The first half of a BLAKE3 hash.
pub(super) fn short(hash: &blake3::Hash) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.as_bytes()[..16]);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_same_whichever_way_it_is_computed() {
        for length in [0, 1, 100, 231, 232, 233, 5000] {
            let part = vec![7; length];
            assert_eq!(digest(&[b"kind", &part]), long(&[b"kind", &part]), "{length}");
        }
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }

    #[test]
    fn a_kept_digest_is_the_one_that_would_be_computed() {
        let mut digests = Digests::kept();
        // More texts than there are slots, long ones among them, each twice.
        for text in (0..3 * SLOTS).map(|n| n.to_string().repeat(1 + n % 50)) {
            let text = text.as_bytes();
            for _ in 0..2 {
                assert_eq!(digests.of(None, text), digest(&[text]));
                assert_eq!(digests.of(Some(b'='), text), digest(&[b"=", text]));
            }
        }
        let longest = digests.slots.iter().flatten().map(|kept| kept.text.len()).max();
        assert!(longest.is_some_and(|longest| longest <= MAX_KEPT), "{longest:?}");
    }
}
