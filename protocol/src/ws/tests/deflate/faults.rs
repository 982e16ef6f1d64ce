//! The faults of peers, and their costs.

use super::*;

#[test]
fn a_mark_without_an_agreement_is_an_error() {
    assert_eq!(fault(&compressed(TEXT, &deflated(b"a"))), WsError::ReservedBits);
    let mut client = client();
    let frame = unmasked(BINARY | FIN | COMPRESSED, &deflated(b"a"));
    assert_eq!(feed(&mut client, [&*frame]).error, Some(WsError::ReservedBits));
}

#[test]
fn only_first_frames_of_messages_have_a_mark() {
    for reserved in [0x10, 0x20, 0x30, 0x50, 0x60, 0x70] {
        for opcode in [TEXT, BINARY, CONTINUATION, PING & 0xf, CLOSE & 0xf] {
            assert_eq!(damage(&masked(opcode | FIN | reserved, b"")), WsError::ReservedBits);
        }
    }
    for opcode in [CLOSE, PING, 0x8a] {
        assert_eq!(damage(&masked(opcode | COMPRESSED, b"")), WsError::CompressedControl);
    }
    assert_eq!(damage(&masked(0x8b | COMPRESSED, b"")), WsError::ReservedOpcode(0xb));
    assert_eq!(damage(&masked(0x83 | COMPRESSED, b"")), WsError::ReservedOpcode(3));

    let continuation = masked(CONTINUATION | FIN | COMPRESSED, b"\0");
    assert_eq!(damage(&continuation), WsError::CompressedContinuation);
    for first in [TEXT, TEXT | COMPRESSED] {
        let frames = [&*masked(first, b""), &*continuation].concat();
        assert_eq!(damage(&frames), WsError::CompressedContinuation);
        let again = [masked(first, b""), compressed(TEXT, b"\0")].concat();
        assert_eq!(damage(&again), WsError::ExpectedContinuation);
    }
    assert_eq!(damage(&unmasked(TEXT | FIN | COMPRESSED, b"\0")), WsError::Unmasked);
    let masked_answer = feed(&mut inflates(client(), ALONE), [&*compressed(TEXT, b"\0")]);
    assert_eq!(masked_answer.error, Some(WsError::Masked));
}

#[test]
fn damage_is_told_with_its_place() {
    // A block of the type that there is not.
    assert_eq!(damage(&compressed(TEXT, &[0x06])), WsError::DamagedDeflate { at: 0 });
    let text = "some text that is long enough, and some more";
    let mut stored = vec![0x00, 44, 0, 211, 255];
    stored.extend_from_slice(text.as_bytes());
    stored.push(0x07);
    let error = damage(&compressed(TEXT, &stored));
    assert_eq!(error, WsError::DamagedDeflate { at: 44 });
    assert_eq!(error.close_code().get(), 1007);
    assert!(error.to_string().contains("behind byte 44"), "{error}");
}

#[test]
fn each_cut_of_a_stream_is_found() {
    let text = "It says it again, it says it again, it says it again.";
    let stream = deflated(text.as_bytes());
    for cut in 1..stream.len() {
        let error = damage(&compressed(BINARY, &stream[..cut]));
        let found =
            matches!(error, WsError::TruncatedDeflate { .. } | WsError::DamagedDeflate { .. });
        assert!(found, "cut at {cut}: {error}");
        assert_eq!(error.close_code().get(), 1007);
        let mut decoder = with_takeover();
        assert!(feed(&mut decoder, [&*compressed(BINARY, &stream[..cut])]).error.is_some());
    }
}

#[test]
fn a_thread_reads_on_behind_damage() {
    for _ in 0..3 {
        assert!(inflated(&compressed(TEXT, &[0x06])).error.is_some());
        assert!(inflated(&compressed(TEXT, &deflated(b"cut off")[..4])).error.is_some());
        let whole = inflated(&compressed(TEXT, &deflated(b"whole"))).events();
        assert_eq!(whole, [Event::Text("whole".into())]);
    }
}

/// A message of as many zeros, compressed some 1,000 times over.
fn bomb(size: u64) -> Vec<u8> {
    let mut state = Compress::new(Compression::new(9), false);
    let zeros = vec![0; 1 << 20];
    let mut out = Vec::with_capacity(usize::try_from(size / 1000 + 4096).unwrap());
    for _ in 0..size >> 20 {
        state.compress_vec(&zeros, &mut out, FlushCompress::None).unwrap();
    }
    state.compress_vec(&[], &mut out, FlushCompress::Sync).unwrap();
    out.truncate(out.len() - 4);
    out
}

#[test]
fn a_bomb_ends_at_the_limit() {
    for limit in [0, 1, 1000, 1023, 1024, 1 << 16] {
        let mut decoder = inflates(Decoder::new(Role::Server, limit), ALONE);
        let error = feed(&mut decoder, [&*compressed(BINARY, &bomb(1 << 20))]).error.unwrap();
        match error {
            WsError::MessageTooBig { .. } => assert!(limit < 1000, "by its length alone"),
            error => assert_eq!(error, WsError::InflatedTooBig { limit }),
        }
        assert_eq!(error.close_code().get(), 1009);
        assert!(decoder.is_idle(), "nothing of it stays");
    }
    // In small fragments it ends at the one that is too much.
    let stream = bomb(16 << 20);
    let mut decoder = inflating();
    let first = feed(&mut decoder, [&*masked(BINARY | COMPRESSED, &stream[..1000])]);
    assert_eq!((first.error, first.events.len()), (None, 0));
    assert!(decoder.pending() <= LIMIT + (128 << 10), "{}", decoder.pending());
    let second = feed(&mut decoder, [&*masked(CONTINUATION, &stream[1000..2000])]);
    assert_eq!(second.error, Some(WsError::InflatedTooBig { limit: LIMIT }));
}

#[test]
fn the_limit_is_exact() {
    for size in [0, 1, 1023, 1024, 1025, 70_000] {
        let stream = deflated(&pattern(size));
        let with_limit = |limit| {
            let mut decoder = inflates(Decoder::new(Role::Server, limit), ALONE);
            feed(&mut decoder, [&*compressed(BINARY, &stream)])
        };
        assert_eq!(with_limit(size).events(), [Event::Binary(pattern(size))]);
        if size > 0 {
            let error = with_limit(size - 1).error.unwrap();
            assert_eq!(error.close_code().get(), 1009, "{size}: {error}");
        }
    }
}

#[test]
fn a_frame_that_is_too_long_for_any_message_is_refused_by_its_header() {
    let header = |len: u64| {
        let mut frame = vec![BINARY | FIN | COMPRESSED, 0xff];
        frame.extend_from_slice(&len.to_be_bytes());
        [frame, vec![0; 4]].concat()
    };
    let limit = LIMIT as u64;
    assert_eq!(inflated(&header(limit + limit / 8 + 64)).error, None, "it may be so long");
    for size in [limit + limit / 8 + 65, u64::MAX >> 1] {
        let error = WsError::MessageTooBig { size, limit: LIMIT };
        assert_eq!(damage(&header(size)), error);
    }
    // So is one that continues a message.
    let mut continued = masked(BINARY | COMPRESSED, &deflated(b"a")[..1]);
    continued.extend_from_slice(&header(limit * 2));
    let at = continued.len() - 14;
    continued[at] = CONTINUATION;
    let error = WsError::MessageTooBig { size: limit * 2, limit: LIMIT };
    assert_eq!(damage(&continued), error);
}

#[test]
fn garbage_is_an_error_or_a_message_and_nothing_else() {
    let mut seed = 7_u64;
    for _ in 0..2_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let garbage: Vec<u8> = seed.to_be_bytes().repeat(1 + seed as usize % 9);
        let outcome = inflated(&compressed(BINARY, &garbage));
        assert_eq!(outcome.events.len(), usize::from(outcome.error.is_none()));
    }
    assert!(served(&masked(TEXT | FIN, b"plain")).error.is_none());
}
