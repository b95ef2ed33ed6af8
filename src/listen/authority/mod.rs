//! Mends the `:authority` of clients on unix sockets.
//!
//! A unix socket has no host, and clients disagree on what to send as one: grpcurl sends the socket's path, Python's
//! grpcio from 1.57 the path percent-encoded. h2 takes neither for an authority (RFC 9113, 8.3.1) and resets the stream
//! with PROTOCOL_ERROR. Nobody uses the value, so on unix listeners the offending characters are replaced in place.
//!
//! In place means that no length changes: not the frame's, not the value's, not the size of its entry in the HPACK
//! table. A plain character becomes another plain one, and a Huffman-coded one becomes one with a code of the same
//! number of bits (RFC 7541, appendix B). Bytes outside the value are never touched, no HPACK state is kept, and what
//! does not parse passes through as it came, for h2 to judge. A value that later requests refer to by its place in the
//! table is mended already.

use bytes::{Buf as _, BytesMut};

/// Follows one connection's bytes from the client, from behind the connection preface on.
#[derive(Debug, Default)]
pub struct AuthorityMender {
    /// What came and may not go on yet: the head of a frame, or an unfinished HEADERS frame.
    held: BytesMut,
    /// Bytes of the current frame that go on unseen.
    passing: usize,
}

const FRAME_HEAD: usize = 9;
/// What h2 accepts unless told otherwise; it refuses a longer frame, so a longer one is passed on unseen.
const MAX_FRAME: usize = 16 * 1024;
const HEADERS: u8 = 1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

impl AuthorityMender {
    /// Takes bytes as they came and appends to `out` those that may go on. At most one HEADERS frame (16 KiB) stays
    /// behind until its rest has come.
    pub fn feed(&mut self, input: &[u8], out: &mut BytesMut) {
        self.held.extend_from_slice(input);
        loop {
            if self.passing > 0 {
                let count = self.passing.min(self.held.len());
                out.extend_from_slice(&self.held[..count]);
                self.held.advance(count);
                self.passing -= count;
            }
            let Some(head) = self.held.get(..FRAME_HEAD) else { return };
            let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            let (kind, flags) = (head[3], head[4]);
            if kind != HEADERS || flags & END_HEADERS == 0 || length > MAX_FRAME {
                self.passing = FRAME_HEAD + length;
                continue;
            }
            let Some(frame) = self.held.get_mut(..FRAME_HEAD + length) else { return };
            mend_headers(&mut frame[FRAME_HEAD..], flags);
            out.extend_from_slice(frame);
            self.held.advance(FRAME_HEAD + length);
        }
    }
}

/// Mends the payload of a HEADERS frame that holds all of its header block.
fn mend_headers(payload: &mut [u8], flags: u8) {
    let (mut start, mut end) = (0, payload.len());
    if flags & PADDED != 0 {
        let Some(padding) = payload.first() else { return };
        end = end.saturating_sub(usize::from(*padding));
        start = 1;
    }
    if flags & PRIORITY != 0 {
        start += 5;
    }
    if let Some(block) = payload.get_mut(start..end) {
        // `None` says that the block does not parse: h2 will say so.
        let _ = mend_block(block);
    }
}

/// `:authority` in the static table (RFC 7541, appendix A), as plain text, and as Huffman-coded text.
const AUTHORITY_INDEX: usize = 1;
const AUTHORITY_PLAIN: &[u8] = b":authority";
const AUTHORITY_HUFFMAN: &[u8] = &[0xb8, 0x3b, 0x53, 0x39, 0xec, 0x32, 0x7d, 0x7f];

/// Goes through the representations of a header block (RFC 7541, 6) and mends each value of `:authority`.
fn mend_block(block: &mut [u8]) -> Option<()> {
    let mut at = 0;
    while at < block.len() {
        let first = block[at];
        if first & 0x80 != 0 {
            integer(block, &mut at, 7)?;
            continue;
        }
        let prefix = match first {
            0x40..=0x7f => 6,
            0x20..=0x3f => {
                integer(block, &mut at, 5)?;
                continue;
            }
            _ => 4,
        };
        let index = integer(block, &mut at, prefix)?;
        let is_authority = if index == 0 {
            let (name, huffman) = string(block, &mut at)?;
            let known = if huffman { AUTHORITY_HUFFMAN } else { AUTHORITY_PLAIN };
            block.get(name)? == known
        } else {
            index == AUTHORITY_INDEX
        };
        let (value, huffman) = string(block, &mut at)?;
        if is_authority {
            let value = block.get_mut(value)?;
            if huffman { mend_huffman(value) } else { mend_plain(value) }
        }
    }
    Some(())
}

/// An integer with a prefix of so many bits (RFC 7541, 5.1). `None` beyond what a frame can hold.
fn integer(block: &[u8], at: &mut usize, prefix: u32) -> Option<usize> {
    let most = (1_usize << prefix) - 1;
    let mut value = usize::from(*block.get(*at)?) & most;
    *at += 1;
    if value < most {
        return Some(value);
    }
    for shift in [0, 7, 14, 21] {
        let byte = usize::from(*block.get(*at)?);
        *at += 1;
        value += (byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Where a string literal lies (RFC 7541, 5.2), and whether it is Huffman-coded.
fn string(block: &[u8], at: &mut usize) -> Option<(std::ops::Range<usize>, bool)> {
    let huffman = block.get(*at)? & 0x80 != 0;
    let length = integer(block, at, 7)?;
    let range = *at..at.checked_add(length)?;
    *at = range.end;
    (range.end <= block.len()).then_some((range, huffman))
}

/// True for what every host may hold. Ports and brackets (`localhost:50051`, `[::1]`) stay too, unless something else
/// in the value has to go.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

fn is_host(byte: u8) -> bool {
    is_plain(byte) || matches!(byte, b':' | b'[' | b']')
}

fn mend_plain(value: &mut [u8]) {
    if !value.iter().copied().all(is_host) {
        value.iter_mut().filter(|byte| !is_plain(**byte)).for_each(|byte| *byte = b'-');
    }
}

/// The characters of each code length, in the order of their codes; the first code; the code that takes the place of a
/// character that has to go. Longer codes belong to characters that no path on earth holds: a value with one is left.
struct Codes {
    bits: u32,
    first: u32,
    characters: &'static [u8],
    substitute: u32,
}

const CODES: &[Codes] = &[
    Codes { bits: 5, first: 0x0, characters: b"012aceiost", substitute: 0x0 },
    Codes { bits: 6, first: 0x14, characters: b" %-./3456789=A_bdfghlmnpru", substitute: 0x16 },
    Codes { bits: 7, first: 0x5c, characters: b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz", substitute: 0x79 },
    Codes { bits: 8, first: 0xf8, characters: b"&*,;XZ", substitute: 0xfc },
    Codes { bits: 10, first: 0x3f8, characters: b"!\"()?", substitute: 0x3f8 },
    Codes { bits: 11, first: 0x7fa, characters: b"'+|", substitute: 0x7fb },
    Codes { bits: 13, first: 0x1ff8, characters: b"\0$@[]~", substitute: 0x1ffd },
];

fn mend_huffman(value: &mut [u8]) {
    let Some(characters) = decode(value) else { return };
    if characters.iter().all(|(_, _, character)| is_host(*character)) {
        return;
    }
    for (at, codes, character) in characters {
        if !is_plain(character) {
            write_bits(value, at, codes.bits, codes.substitute);
        }
    }
}

/// Each character with the bit at which its code begins; `None` where the value is not coded with the codes above.
fn decode(value: &[u8]) -> Option<Vec<(usize, &'static Codes, u8)>> {
    let end = value.len() * 8;
    let mut characters = Vec::new();
    let mut at = 0;
    while at < end {
        let found = CODES.iter().find_map(|codes| {
            let code = read_bits(value, at, codes.bits)?;
            let place = code.checked_sub(codes.first)? as usize;
            Some((codes, *codes.characters.get(place)?))
        });
        let Some((codes, character)) = found else {
            // The rest must be padding: fewer than eight bits, all of them ones.
            let rest = (end - at) as u32;
            return (rest < 8 && read_bits(value, at, rest)? == (1 << rest) - 1).then_some(characters);
        };
        characters.push((at, codes, character));
        at += codes.bits as usize;
    }
    Some(characters)
}

fn read_bits(bytes: &[u8], at: usize, count: u32) -> Option<u32> {
    (at..at + count as usize).try_fold(0, |code, bit| {
        let byte = bytes.get(bit / 8)?;
        Some(code << 1 | u32::from(byte >> (7 - bit % 8) & 1))
    })
}

fn write_bits(bytes: &mut [u8], at: usize, count: u32, code: u32) {
    for (n, bit) in (at..at + count as usize).enumerate() {
        if let Some(byte) = bytes.get_mut(bit / 8) {
            let mask = 0x80 >> (bit % 8);
            if code >> (count as usize - 1 - n) & 1 == 1 { *byte |= mask } else { *byte &= !mask }
        }
    }
}

#[cfg(test)]
mod tests;
