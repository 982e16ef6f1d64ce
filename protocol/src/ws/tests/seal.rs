//! Outgoing frames and their keys.

use super::super::seal::{begin, finish_client, finish_server, write_frame};
use super::super::{MaskKeys, OpCode};
use super::{BINARY, BOUNDARIES, FIN, KEY, PING, TEXT, masked, pattern, unmasked};

#[test]
fn seals_the_examples_of_the_rfc() {
    let mut out = Vec::new();
    let start = begin(&mut out);
    out.extend_from_slice(b"Hello");
    finish_server(start, OpCode::Text, &mut out);
    assert_eq!(out, b"\x81\x05Hello");

    out.clear();
    let start = begin(&mut out);
    out.extend_from_slice(b"Hello");
    finish_client(start, OpCode::Text, KEY, &mut out);
    assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
}

#[test]
fn seals_every_boundary_behind_other_frames() {
    for len in BOUNDARIES {
        let payload = pattern(len);
        let mut out = b"earlier".to_vec();
        let start = begin(&mut out);
        assert_eq!(start, 7);
        out.extend_from_slice(&payload);
        finish_server(start, OpCode::Binary, &mut out);
        assert_eq!(&out[..7], b"earlier");
        assert!(out[7..] == unmasked(BINARY | FIN, &payload), "server, {len} bytes");

        let start = begin(&mut out);
        out.extend_from_slice(&payload);
        finish_client(start, OpCode::Text, KEY, &mut out);
        assert!(out[start..] == masked(TEXT | FIN, &payload), "client, {len} bytes");
    }
}

#[test]
fn never_moves_a_short_message_of_a_server() {
    let mut out = Vec::with_capacity(127);
    let start = begin(&mut out);
    out.extend_from_slice(&pattern(125));
    let place = out.as_ptr();
    let capacity = out.capacity();
    finish_server(start, OpCode::Binary, &mut out);
    assert_eq!((out.as_ptr(), out.capacity(), out.len()), (place, capacity, 127));
    assert_eq!(out[2..], pattern(125));
}

#[test]
fn writes_a_frame_around_a_payload_from_elsewhere() {
    let mut out = Vec::new();
    write_frame(OpCode::Ping, b"beat", None, &mut out);
    write_frame(OpCode::Ping, b"beat", Some(KEY), &mut out);
    assert_eq!(out, [unmasked(PING, b"beat"), masked(PING, b"beat")].concat());
}

#[test]
fn draws_the_same_keys_from_the_same_seed_only() {
    let draw = |seed| {
        let mut keys = MaskKeys::new(seed);
        [(); 50].map(|()| keys.next_key())
    };
    let keys = draw([1; 16]);
    assert_eq!(keys, draw([1; 16]));
    let mut all = [keys, draw([2; 16])].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 100);
}

#[test]
fn keeps_the_seed_out_of_debug_output() {
    let shown = format!("{:?}", MaskKeys::new([0xab; 16]));
    assert_eq!(shown, "MaskKeys { .. }");
}
