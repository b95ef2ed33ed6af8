use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

/// Encodes text as RFC 7541 says, with the table above: independent of the decoder but for the table itself.
fn huffman(text: &str) -> Vec<u8> {
    let mut bits = String::new();
    for byte in text.bytes() {
        let (codes, place) = CODES
            .iter()
            .find_map(|codes| Some((codes, codes.characters.iter().position(|known| *known == byte)?)))
            .unwrap();
        let _ = write!(bits, "{:0width$b}", codes.first + place as u32, width = codes.bits as usize);
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    bits.as_bytes().chunks(8).map(|eight| u8::from_str_radix(std::str::from_utf8(eight).unwrap(), 2).unwrap()).collect()
}

fn plain(value: &[u8]) -> String {
    decode(value).unwrap().into_iter().map(|(_, _, character)| char::from(character)).collect()
}

fn frame(flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let head = [(length >> 16) as u8, (length >> 8) as u8, length as u8, HEADERS, flags, 0, 0, 0, 1];
    [&head, payload].concat()
}

fn mend(bytes: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    AuthorityMender::default().feed(bytes, &mut out);
    out.to_vec()
}

/// `:method POST`, then `:authority` with this value under the static index, then `:path /x`.
fn block(value: &[u8], coded: bool) -> Vec<u8> {
    let length = value.len() as u8 | if coded { 0x80 } else { 0 };
    [&[0x83, 0x41, length], value, &[0x44, 0x02, b'/', b'x']].concat()
}

#[test]
fn the_table_is_that_of_the_rfc() {
    // RFC 7541, C.4.1.
    assert_eq!(huffman("www.example.com"), [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff]);
    assert_eq!(huffman(":authority"), AUTHORITY_HUFFMAN);
    // Codes of one length follow each other, and each length begins where the one before ends: no gap, no overlap.
    for pair in CODES.windows(2) {
        let next = (pair[0].first + pair[0].characters.len() as u32) << (pair[1].bits - pair[0].bits);
        // 12 bits are left out above (`#` and `>`): two codes.
        let skipped = if pair[1].bits == 13 { 2 << 1 } else { 0 };
        assert_eq!(next + skipped, pair[1].first, "{} bits", pair[1].bits);
    }
}

#[test]
fn a_socket_path_becomes_a_host() {
    let path = "/run/lanner/lanner.sock";
    let mended = mend(&frame(END_HEADERS, &block(path.as_bytes(), false)));
    assert_eq!(mended, frame(END_HEADERS, &block(b"-run-lanner-lanner.sock", false)));

    let coded = huffman(path);
    let mended = mend(&frame(END_HEADERS, &block(&coded, true)));
    assert_eq!(mended, frame(END_HEADERS, &block(&huffman("-run-lanner-lanner.sock"), true)));
    assert_eq!(plain(&huffman("-run-lanner-lanner.sock")), "-run-lanner-lanner.sock");
}

#[test]
fn a_percent_encoded_path_becomes_a_host_under_a_literal_name_too() {
    let value = huffman("run%2Flanner%2Flanner.sock");
    let name_then = |value: &[u8]| {
        let name = [&[0x40, 0x88], AUTHORITY_HUFFMAN].concat();
        [&name[..], &[0x80 | value.len() as u8], value].concat()
    };
    let mended = mend(&frame(END_HEADERS, &name_then(&value)));
    assert_eq!(mended, frame(END_HEADERS, &name_then(&huffman("run-2Flanner-2Flanner.sock"))));
}

#[test]
fn hosts_and_other_headers_are_left_alone() {
    for host in ["localhost", "localhost:50051", "[::1]:50051", "a-b_c.example"] {
        let bytes = frame(END_HEADERS, &block(host.as_bytes(), false));
        assert_eq!(mend(&bytes), bytes);
        let bytes = frame(END_HEADERS, &block(&huffman(host), true));
        assert_eq!(mend(&bytes), bytes);
    }
    // The value of `:path` holds slashes and keeps them.
    let path = frame(END_HEADERS, &[&[0x44, 0x05], &b"/a/%b"[..]].concat());
    assert_eq!(mend(&path), path);
}

#[test]
fn padding_and_priority_are_stepped_over() {
    let inner = block(b"/a/b", false);
    let padded = [&[3, 0, 0, 0, 0, 16], &inner[..], &[0, 0, 0]].concat();
    let expected = [&[3, 0, 0, 0, 0, 16], &block(b"-a-b", false)[..], &[0, 0, 0]].concat();
    let flags = END_HEADERS | PADDED | PRIORITY;
    assert_eq!(mend(&frame(flags, &padded)), frame(flags, &expected));
}

#[test]
fn every_substitute_is_taken_by_the_uri_parser() {
    let all: String = CODES.iter().flat_map(|codes| codes.characters.iter().map(|c| char::from(*c))).collect();
    let mut value = huffman(&all);
    mend_huffman(&mut value);
    let mended = plain(&value);
    assert_eq!(mended.len(), all.len());
    mended.parse::<tonic::codegen::http::uri::Authority>().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// However the bytes are cut, and whatever they are: as many go out as come in, none is held for ever but an
    /// unfinished frame, and nothing panics.
    #[test]
    fn any_bytes_in_any_pieces_keep_their_length(bytes: Vec<u8>, flags: u8, coded: bool, value: Vec<u8>, cut in 1..9usize) {
        let value = &value[..value.len().min(100)];
        let framed = [frame(flags, &block(value, coded)), frame(flags, &bytes), frame(END_HEADERS, value)].concat();
        let whole = mend(&framed);
        prop_assert_eq!(whole.len(), framed.len());
        let (mut mender, mut out) = (AuthorityMender::default(), BytesMut::new());
        for piece in framed.chunks(cut) {
            mender.feed(piece, &mut out);
        }
        prop_assert_eq!(&out[..], &whole[..]);
        prop_assert_eq!(mend(&whole), whole, "mending twice changes nothing");
        let _ = mend(&bytes);
    }

    /// A mended path is an authority, plain or coded, and as long as before.
    #[test]
    fn any_path_becomes_an_authority(path in "/[a-zA-Z0-9 %/._-]{1,60}") {
        let mut value = huffman(&path);
        mend_huffman(&mut value);
        let mut text = path.clone().into_bytes();
        mend_plain(&mut text);
        for mended in [plain(&value), String::from_utf8(text).unwrap()] {
            prop_assert_eq!(mended.len(), path.len());
            prop_assert!(mended.parse::<tonic::codegen::http::uri::Authority>().is_ok(), "{}", mended);
        }
    }
}
