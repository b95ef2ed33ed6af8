//! Digests of identity: BLAKE3, since whoever writes a command line writes the input.

/// 128 bits of BLAKE3.
pub(super) type Digest = [u8; 16];

/// The digest of parts, each preceded by its length, so that no two lists of parts run together alike.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
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
