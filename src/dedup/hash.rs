//! Digests of identity: BLAKE3, since whoever writes a command line writes the input.

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
}
