//! Bodies of rows: an analysis is named MessagePack; what is long is compressed.

use crate::analysis::Analysis;
use std::borrow::Cow;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Below this, compressing gains nothing.
const WORTH_COMPRESSING: usize = 128;
/// The largest body that is read; a larger one is damage.
const MAX_BYTES: usize = 16 << 20;

pub(super) fn encode(analysis: &Analysis, compressor: &mut zstd::bulk::Compressor<'static>) -> Option<Vec<u8>> {
    rmp_serde::to_vec_named(analysis).ok().map(|plain| pack(&plain, compressor))
}

pub(super) fn decode(bytes: &[u8]) -> Option<Analysis> {
    rmp_serde::from_slice(&unpack(bytes, MAX_BYTES)?).ok()
}

/// Bytes as they are kept: a byte that says how, then themselves or what zstd makes of them, whichever is shorter.
pub(super) fn pack(plain: &[u8], compressor: &mut zstd::bulk::Compressor<'static>) -> Vec<u8> {
    if plain.len() >= WORTH_COMPRESSING {
        let mut bytes = vec![0; 1 + zstd::zstd_safe::compress_bound(plain.len())];
        bytes[0] = ZSTD;
        if let Ok(count) = compressor.compress_to_buffer(plain, &mut bytes[1..])
            && count < plain.len()
        {
            bytes.truncate(1 + count);
            bytes.shrink_to_fit();
            return bytes;
        }
    }
    let mut bytes = Vec::with_capacity(plain.len() + 1);
    bytes.push(PLAIN);
    bytes.extend_from_slice(plain);
    bytes
}

/// What was packed, up to a bound; `None` where it is damaged.
pub(super) fn unpack(bytes: &[u8], max: usize) -> Option<Cow<'_, [u8]>> {
    let (kind, body) = bytes.split_first()?;
    let size = unpacked_size(bytes)?;
    match *kind {
        _ if size > max => None,
        PLAIN => Some(Cow::Borrowed(body)),
        _ => zstd::bulk::decompress(body, size).ok().map(Cow::Owned),
    }
}

/// How many bytes were packed, as far as the bytes say.
pub(super) fn unpacked_size(bytes: &[u8]) -> Option<usize> {
    let (kind, body) = bytes.split_first()?;
    match *kind {
        PLAIN => Some(body.len()),
        ZSTD => usize::try_from(zstd::zstd_safe::get_frame_content_size(body).ok()??).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::analysis;
    use proptest::prelude::*;

    fn bytes() -> Vec<u8> {
        let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
        encode(&analysis("rule", 1, 1), &mut compressor).unwrap()
    }

    #[test]
    fn an_analysis_survives_its_bytes() {
        assert_eq!(decode(&bytes()), Some(analysis("rule", 1, 1)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_bytes_never_panic(at in 0usize..2000, byte: u8, cut in 0usize..2000) {
            let mut bytes = bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut % bytes.len());
            let _ = decode(&bytes);
        }
    }
}
