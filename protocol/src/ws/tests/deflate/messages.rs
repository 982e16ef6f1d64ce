//! Messages that arrive compressed.

use super::*;

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

#[test]
fn reads_the_examples_of_the_rfc() {
    let hello = vec![Event::Text("Hello".into())];
    assert_eq!(inflated(&compressed(TEXT, &HELLO)).events(), hello, "7.2.3.1");

    let pieces = [masked(TEXT | COMPRESSED, &HELLO[..3]), masked(CONTINUATION | FIN, &HELLO[3..])];
    assert_eq!(inflated(&pieces.concat()).events(), hello, "7.2.3.1, in two frames");

    let shared = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let both = [compressed(TEXT, &HELLO), compressed(TEXT, &shared)].concat();
    let twice = feed(&mut with_takeover(), [&*both]).events();
    assert_eq!(twice, [hello.clone(), hello.clone()].concat(), "7.2.3.2");
    let alone = inflated(&both);
    assert_eq!(alone.events, hello, "without context takeover");
    assert_eq!(alone.error, Some(WsError::DamagedDeflate { at: 1 }));

    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    assert_eq!(inflated(&compressed(TEXT, &stored)).events(), hello, "7.2.3.3");

    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    assert_eq!(inflated(&compressed(TEXT, &last)).events(), hello, "7.2.3.4");

    let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(inflated(&compressed(TEXT, &two)).events(), hello, "7.2.3.5");
    assert_eq!(inflated(&compressed(TEXT, &[0])).events(), [Event::Text(String::new())], "7.2.3.6");
}

#[test]
fn reads_compressed_and_plain_messages_of_both_ends() {
    for size in super::super::BOUNDARIES {
        let payload = pattern(size);
        let frames = [
            compressed(BINARY, &deflated(&payload)),
            masked(BINARY | FIN, &payload),
            compressed(BINARY, &deflated(&payload)),
        ];
        let expected = vec![Event::Binary(payload.clone()); 3];
        assert_eq!(inflated(&frames.concat()).events(), expected, "{size} bytes to a server");

        let frame = unmasked(BINARY | FIN | COMPRESSED, &deflated(&payload));
        let mut client = inflates(client(), ALONE);
        assert_eq!(feed(&mut client, [&*frame]).events(), expected[..1], "to a client");
    }
}

#[test]
fn reads_a_message_however_it_is_cut() {
    let text = "It says it again, it says it again: 世界 🌍. ".repeat(9);
    let stream = deflated(text.as_bytes());
    let expected = vec![Event::Text(text)];
    for cut in 0..=stream.len() {
        let (front, back) = stream.split_at(cut);
        let frames = [
            masked(TEXT | COMPRESSED, front),
            masked(PING, b"between"),
            masked(CONTINUATION, b""),
            masked(CONTINUATION | FIN, back),
        ]
        .concat();
        let mut decoder = inflating();
        let outcome = feed(&mut decoder, [&*frames]);
        assert_eq!(outcome.replies, unmasked(super::super::PONG, b"between"));
        assert_eq!(outcome.events(), expected, "in two frames, cut at {cut}");
        assert!(decoder.is_idle());
    }
    let frame = compressed(TEXT, &stream);
    assert_eq!(feed(&mut inflating(), frame.chunks(1)).events(), expected, "byte for byte");
}

#[test]
fn counts_what_a_message_in_fragments_holds() {
    let mut decoder = inflating();
    let stream = deflated(&vec![7; 100_000]);
    feed(&mut decoder, [&*masked(BINARY | COMPRESSED, &stream[..stream.len() - 1])]).events();
    assert!(!decoder.is_idle());
    assert!((100_000..400_000).contains(&decoder.pending()), "{}", decoder.pending());
    feed(&mut decoder, [&*masked(CONTINUATION | FIN, &stream[stream.len() - 1..])]).events();
    assert!(decoder.is_idle());
    assert_eq!(decoder.pending(), 0);
}

#[test]
fn an_empty_message_may_have_no_byte_at_all() {
    assert_eq!(inflated(&compressed(BINARY, b"")).events(), [Event::Binary(vec![])]);
    let pieces = [masked(TEXT | COMPRESSED, b""), masked(CONTINUATION | FIN, b"")].concat();
    assert_eq!(inflated(&pieces).events(), [Event::Text(String::new())]);
    // As a peer without context takeover writes it, and one with it for the second time.
    let mut peer = Peer::new();
    for stream in [peer.next(b""), [0].to_vec()] {
        let events = feed(&mut with_takeover(), [&*compressed(BINARY, &stream)]).events();
        assert_eq!(events, [Event::Binary(vec![])], "{stream:x?}");
    }
}

#[test]
fn takes_the_context_over_in_each_window() {
    for bits in 9..=15 {
        let max_window_bits = WindowBits::new(bits).unwrap();
        let direction = Direction { context_takeover: true, max_window_bits };
        let mut decoder = inflates(server(), direction);
        let mut peer = Peer::with_window(bits);
        let block = noise(max_window_bits.bytes() / 4);
        for number in 0..20_u8 {
            let payload = [&block[..], &[number]].concat();
            let stream = peer.next(&payload);
            assert_eq!(stream.len() < block.len() / 4, number > 0, "it points back");
            let events = feed(&mut decoder, [&*compressed(BINARY, &stream)]).events();
            assert!(events == [Event::Binary(payload)], "message {number} in {bits} bits");
            // A message that is not compressed is not in the window.
            feed(&mut decoder, [&*masked(BINARY | FIN, &[0xaa; 1000])]).events();
        }
    }
}

#[test]
fn a_final_block_ends_a_stream_and_not_the_context() {
    let text = "again and again and again".repeat(3);
    let streams = [
        final_block(text.as_bytes()),
        [&*final_block(text.as_bytes()), &[0]].concat(),
        [&*final_block(&text.as_bytes()[..20]), &*final_block(&text.as_bytes()[20..])].concat(),
        [&*final_block(&text.as_bytes()[..20]), &*deflated(&text.as_bytes()[20..])].concat(),
    ];
    for (number, stream) in streams.iter().enumerate() {
        for cut in 0..=stream.len() {
            let frames = [
                masked(TEXT | COMPRESSED, &stream[..cut]),
                masked(CONTINUATION | FIN, &stream[cut..]),
            ];
            let events = inflated(&frames.concat()).events();
            assert_eq!(events, [Event::Text(text.clone())], "stream {number}, cut at {cut}");
        }
    }
    // The next message points to what stood in front of the final block, as zlib lets it with
    // a dictionary.
    let mut again = Compress::new(Compression::new(6), false);
    again.set_dictionary(text.as_bytes()).unwrap();
    let mut peer = Peer(again);
    let second = peer.next(text.as_bytes());
    assert!(second.len() < 10, "it points back");
    let frames = [compressed(TEXT, &streams[0]), compressed(TEXT, &second)].concat();
    let events = feed(&mut with_takeover(), [&*frames]).events();
    assert_eq!(events, [Event::Text(text.clone()), Event::Text(text)]);
}

#[test]
fn text_is_checked_behind_the_inflating() {
    let broken = b"broken \xf0\x28\x8c\x28 text";
    assert_eq!(damage(&compressed(TEXT, &deflated(broken))), WsError::InvalidUtf8);
    assert_eq!(inflated(&compressed(BINARY, &deflated(broken))).events().len(), 1);
    let half = "世".as_bytes().split_last().unwrap().1;
    assert_eq!(damage(&compressed(TEXT, &deflated(half))), WsError::InvalidUtf8);
    // It fails with the fragment that proves it.
    let long = [&b"\xff"[..], &pattern(5000)].concat();
    let stream = deflated(&long);
    let frame = masked(TEXT | COMPRESSED, &stream[..stream.len() - 10]);
    assert_eq!(damage(&frame), WsError::InvalidUtf8);
}

#[test]
fn an_incompressible_message_of_the_limit_is_read() {
    // What does not get shorter gets longer.
    let noise = noise(LIMIT);
    let stream = deflated(&noise);
    assert!(stream.len() > LIMIT);
    let whole = compressed(BINARY, &stream);
    assert!(inflated(&whole).events() == [Event::Binary(noise.clone())]);
    let (front, back) = stream.split_at(1);
    let pieces = [masked(BINARY | COMPRESSED, front), masked(CONTINUATION | FIN, back)].concat();
    assert!(inflated(&pieces).events() == [Event::Binary(noise)]);
}

#[test]
fn a_decoder_is_no_larger_than_one_that_inflates_nothing() {
    assert!(size_of::<Decoder>() <= 56);
    assert_eq!(size_of::<Role>(), size_of::<MaskKeys>(), "a server's role takes no more");
}
