//! Headers, and the mask.

use super::super::{Header, MAX_HEADER, OpCode, WsError, apply_mask};
use super::{BOUNDARIES, KEY, masked, pattern, unmasked};

const OPCODES: [OpCode; 6] =
    [OpCode::Continuation, OpCode::Text, OpCode::Binary, OpCode::Close, OpCode::Ping, OpCode::Pong];

#[test]
fn reads_the_examples_of_the_rfc() {
    let text = Header { fin: true, opcode: OpCode::Text, mask: None, len: 5 };
    assert_eq!(Header::parse(b"\x81\x05Hello"), Ok(Some((text, 2))));
    let masked = Header { mask: Some(KEY), ..text };
    assert_eq!(Header::parse(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f]), Ok(Some((masked, 6))));
    let binary = Header { opcode: OpCode::Binary, len: 256, ..text };
    assert_eq!(Header::parse(&[0x82, 0x7e, 0x01, 0x00]), Ok(Some((binary, 4))));
    let large = Header { len: 65536, ..binary };
    assert_eq!(Header::parse(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]), Ok(Some((large, 10))));
}

#[test]
fn writes_what_it_reads_at_every_boundary() {
    let lengths = BOUNDARIES.map(|len| len as u64);
    for len in lengths.into_iter().chain([u64::from(u32::MAX) + 1, u64::MAX >> 1]) {
        for opcode in OPCODES {
            for (fin, mask) in [(true, None), (true, Some(KEY)), (false, None)] {
                if opcode.is_control() && (len > 125 || !fin) {
                    continue;
                }
                let header = Header { fin, opcode, mask, len };
                let mut bytes = b"before".to_vec();
                header.write(&mut bytes);
                assert_eq!(&bytes[..6], b"before");
                assert!(bytes.len() - 6 <= MAX_HEADER);
                assert_eq!(Header::parse(&bytes[6..]), Ok(Some((header, bytes.len() - 6))));
            }
        }
    }
}

#[test]
fn writes_the_same_bytes_as_a_naive_encoder() {
    for len in BOUNDARIES {
        let header = Header { fin: true, opcode: OpCode::Binary, mask: Some(KEY), len: len as u64 };
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        assert_eq!(bytes, masked(0x82, &pattern(len))[..bytes.len()]);
    }
}

#[test]
fn waits_for_a_header_cut_at_any_byte() {
    for len in BOUNDARIES {
        for frame in [masked(0x82, &pattern(len)), unmasked(0x82, &pattern(len))] {
            let size = frame.len() - len;
            for cut in 0..size {
                assert_eq!(Header::parse(&frame[..cut]), Ok(None), "{len} cut at {cut}");
            }
        }
    }
}

#[test]
fn refuses_every_reserved_bit_in_the_first_byte() {
    for bits in 1..8 {
        for opcode in [0u8, 1, 2, 8, 9, 10] {
            assert_eq!(
                Header::parse(&[0x80 | bits << 4 | opcode]),
                Err(WsError::ReservedBits),
                "bits {bits} opcode {opcode}"
            );
        }
    }
}

#[test]
fn refuses_every_reserved_opcode() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for first in [opcode, 0x80 | opcode] {
            assert_eq!(Header::parse(&[first]), Err(WsError::ReservedOpcode(opcode)));
        }
    }
}

#[test]
fn refuses_fragmented_control_frames() {
    for opcode in [8, 9, 10] {
        assert_eq!(Header::parse(&[opcode, 0x80]), Err(WsError::FragmentedControl));
    }
}

#[test]
fn refuses_long_control_frames_before_their_length_is_there() {
    for opcode in [8, 9, 10] {
        for length in [126, 127] {
            assert_eq!(
                Header::parse(&[0x80 | opcode, 0x80 | length]),
                Err(WsError::ControlTooLong)
            );
        }
    }
}

#[test]
fn refuses_lengths_that_are_not_minimal() {
    for len in [0u16, 1, 125] {
        let [high, low] = len.to_be_bytes();
        assert_eq!(Header::parse(&[0x82, 126, high, low]), Err(WsError::LengthNotMinimal));
    }
    for len in [0u64, 125, 126, 65535] {
        let bytes = [&[0x82, 127][..], &len.to_be_bytes()].concat();
        assert_eq!(Header::parse(&bytes), Err(WsError::LengthNotMinimal));
    }
}

#[test]
fn refuses_lengths_over_63_bits() {
    for len in [1 << 63, u64::MAX] {
        let bytes = [&[0x82, 127][..], &len.to_be_bytes()].concat();
        assert_eq!(Header::parse(&bytes), Err(WsError::LengthOverflow));
    }
}

#[test]
fn masks_each_byte_by_its_place() {
    for key in [KEY, [0; 4], [0xff; 4], [1, 2, 3, 4], [0, 0, 0, 0x80]] {
        for len in (0..70).chain([125, 126, 1000, 65_537]) {
            let plain = pattern(len);
            let mut bytes = plain.clone();
            apply_mask(key, &mut bytes);
            let naive: Vec<u8> = plain.iter().enumerate().map(|(i, b)| b ^ key[i % 4]).collect();
            assert_eq!(bytes, naive, "key {key:?}, {len} bytes");
            apply_mask(key, &mut bytes);
            assert_eq!(bytes, plain);
        }
    }
}

#[test]
fn masks_at_any_alignment() {
    for start in 0..16 {
        let plain = pattern(200);
        let mut bytes = plain.clone();
        apply_mask(KEY, &mut bytes[start..]);
        assert_eq!(bytes[..start], plain[..start]);
        for (i, (byte, plain)) in bytes[start..].iter().zip(&plain[start..]).enumerate() {
            assert_eq!(*byte, plain ^ KEY[i % 4]);
        }
    }
}
