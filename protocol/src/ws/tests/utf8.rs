//! Text [6].

use super::super::WsError;
use super::{
    BINARY, CLOSE, CONTINUATION, Event, FIN, PING, TEXT, fault, feed, masked, served, server,
};

const VALID: [&[u8]; 16] = [
    b"",
    b"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    b"\x00",
    b"\xc2\x80",
    b"\xe0\xa0\x80",
    b"\xf0\x90\x80\x80",
    b"\x7f",
    b"\xdf\xbf",
    b"\xef\xbf\xbf",
    b"\xf4\x8f\xbf\xbf",
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbd",
    b"\xef\xbb\xbfwith a byte order mark",
    b"\xf0\x9f\xbf\xbe",
];

/// Wrong from some byte on, whatever follows.
const INVALID: [&[u8]; 22] = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\x80",
    b"\xbf",
    b"a\x80\xbf\x80",
    b"\xc0 ",
    b"\xe0 ",
    b"\xf0 ",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xfe",
    b"\xff",
    b"\xc0\xaf",
    b"\xc1\xbf",
    b"\xe0\x80\xaf",
    b"\xe0\x9f\xbf",
    b"\xf0\x80\x80\xaf",
    b"\xf0\x8f\xbf\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
];

/// Right so far, but the last character is not finished.
const UNFINISHED: [&[u8]; 7] =
    [b"a\xc3", b"\xe1", b"\xe1\xbd", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\x8c", b"\xce\xba\xe1\xbd"];

/// A text message with a piece for every byte.
fn in_single_bytes(text: &[u8]) -> Vec<u8> {
    let pieces = text.iter().flat_map(|byte| masked(CONTINUATION, &[*byte]));
    masked(TEXT, b"").into_iter().chain(pieces).chain(masked(CONTINUATION | FIN, b"")).collect()
}

#[test]
fn takes_valid_text_however_it_is_cut() {
    for bytes in VALID {
        let expected = [Event::Text(str::from_utf8(bytes).unwrap().to_owned())];
        assert_eq!(served(&masked(TEXT | FIN, bytes)).events(), expected);
        assert_eq!(served(&in_single_bytes(bytes)).events(), expected);
        for cut in 0..=bytes.len() {
            let pieces =
                [masked(TEXT, &bytes[..cut]), masked(CONTINUATION | FIN, &bytes[cut..])].concat();
            assert_eq!(served(&pieces).events(), expected);
        }
    }
}

#[test]
fn refuses_invalid_and_unfinished_text_however_it_is_cut() {
    for bytes in INVALID.iter().chain(&UNFINISHED) {
        assert_eq!(fault(&masked(TEXT | FIN, bytes)), WsError::InvalidUtf8, "{bytes:x?}");
        assert_eq!(fault(&in_single_bytes(bytes)), WsError::InvalidUtf8, "{bytes:x?}");
        for cut in 0..=bytes.len() {
            let pieces =
                [masked(TEXT, &bytes[..cut]), masked(CONTINUATION | FIN, &bytes[cut..])].concat();
            assert_eq!(fault(&pieces), WsError::InvalidUtf8, "{bytes:x?} cut at {cut}");
        }
    }
}

#[test]
fn fails_at_the_piece_that_proves_the_text_invalid() {
    for bytes in INVALID {
        // No FIN: the message is not over, and must fail all the same.
        assert_eq!(fault(&masked(TEXT, bytes)), WsError::InvalidUtf8, "{bytes:x?}");
    }
    // [6.4.1]: the second piece starts a character that no third byte can save.
    let start = masked(TEXT, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4");
    let mut decoder = server();
    assert_eq!(feed(&mut decoder, [&start[..]]).error, None);
    let second = masked(CONTINUATION, b"\x90");
    assert_eq!(feed(&mut decoder, [&second[..]]).error, Some(WsError::InvalidUtf8));
}

#[test]
fn finishes_a_character_across_a_ping() {
    let input = [
        masked(TEXT, b"\xf0\x9f"),
        masked(PING, b"\xff"),
        masked(CONTINUATION, b"\x8c"),
        masked(CONTINUATION | FIN, b"\x8d!"),
    ]
    .concat();
    assert_eq!(served(&input).events(), [Event::Text("🌍!".into())]);
}

#[test]
fn does_not_care_what_binary_messages_hold() {
    for bytes in INVALID {
        let input = [
            masked(BINARY | FIN, bytes),
            masked(BINARY, bytes),
            masked(CONTINUATION | FIN, b"\xff"),
        ]
        .concat();
        let assembled = [bytes, b"\xff"].concat();
        assert_eq!(
            served(&input).events(),
            [Event::Binary(bytes.to_vec()), Event::Binary(assembled)]
        );
    }
}

#[test]
fn forgets_an_unfinished_character_with_its_message() {
    let input = [masked(BINARY, b"\xf0"), masked(CONTINUATION | FIN, b"")].concat();
    let text = [masked(TEXT, b"a"), masked(CONTINUATION | FIN, b"b")].concat();
    assert_eq!(served(&[input, text].concat()).events().len(), 2);
}

#[test]
fn refuses_close_reasons_that_are_not_utf8() {
    for bytes in INVALID.iter().chain(&UNFINISHED) {
        let payload = [b"\x03\xe8", *bytes].concat();
        assert_eq!(fault(&masked(CLOSE, &payload)), WsError::InvalidUtf8);
    }
}
