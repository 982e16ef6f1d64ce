//! permessage-deflate: compressed messages in both roles, and the header of both heads.

use connector::protocol::http::parse_request;
use connector::protocol::ws::deflate::{Deflater, Direction, Terms, WindowBits};
use connector::protocol::ws::upgrade::{self, Reply};
use connector::protocol::ws::{Decoder, OpCode, Role, seal};

use super::websocket::{KEY, Outcome, client, feed};
use crate::pieces::pieces;

/// The longest message: the first byte of an input picks one, the window and the context.
const LIMITS: [usize; 4] = [0, 10, 1000, 1 << 16];

/// First bytes of frames, blocks and ends of streams.
pub const TOKENS: &[&[u8]] = &[
    b"\xc1\x80\0\0\0\0",
    b"\xc2\x80\0\0\0\0",
    b"\x42\x80\0\0\0\0",
    b"\x00\x80\0\0\0\0",
    b"\x80\x80\0\0\0\0",
    b"\xc0\x80\0\0\0\0",
    b"\xc9\x80\0\0\0\0",
    b"\x82\x80\0\0\0\0",
    b"\xc1\x00",
    b"\x42\x01",
    b"\x80\x01",
    b"\0\0\xff\xff",
    b"\0\0\0\xff\xff",
    b"\x03\0",
    b"\xf2\x48\xcd\xc9\xc9\x07\0",
    b"\xf2\0\x11\0\0",
    b"\xed\xc1\x01\x01",
];

/// Parts of the header.
pub const PARAMETERS: &[&[u8]] = &[
    b"permessage-deflate",
    b"server_no_context_takeover",
    b"client_no_context_takeover",
    b"server_max_window_bits",
    b"client_max_window_bits",
    b"=8",
    b"=15",
    b"=\"10\"",
    b"; ",
    b", ",
    b"\\",
];

/// A server reads a client's compressed frames.
pub fn deflate_server(bytes: &[u8]) {
    decode(bytes, || Role::Server);
}

/// A client reads a server's compressed frames.
pub fn deflate_client(bytes: &[u8]) {
    decode(bytes, client);
}

fn decode(bytes: &[u8], role: impl Fn() -> Role) {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let limit = LIMITS[usize::from(choice) % LIMITS.len()];
    let Some(max_window_bits) = WindowBits::new(9 + (choice >> 2) % 7) else { return };
    let direction = Direction { context_takeover: choice & 0x80 != 0, max_window_bits };
    let decoder = |role: Role| {
        let mut decoder = Decoder::new(role, limit);
        decoder.inflate(direction);
        decoder
    };
    let whole = feed(decoder(role()), [bytes].into_iter());
    assert_eq!(feed(decoder(role()), pieces(bytes)), whole);
    assert!(whole.messages.iter().all(|(_, payload)| payload.len() <= limit));
    if let Some(error) = whole.error {
        assert!(matches!(error.close_code().get(), 1002 | 1007 | 1009), "{error}");
    }

    // The other side reads what this one would send.
    let Some(mut deflater) = Deflater::new(1 + choice % 9, max_window_bits) else { return };
    let mut out = Vec::new();
    for (text, payload) in &whole.messages {
        let start = seal::begin(&mut out);
        out.extend_from_slice(payload);
        let is_compressed = if direction.context_takeover {
            deflater.deflate_next(seal::payload(start), &mut out);
            true
        } else {
            deflater.deflate_message(seal::payload(start), &mut out)
        };
        let opcode = if *text { OpCode::Text } else { OpCode::Binary };
        match role() {
            Role::Server => seal::finish_server(start, opcode, &mut out),
            Role::Client(_) => seal::finish_client(start, opcode, KEY, &mut out),
        }
        if is_compressed {
            seal::mark_compressed(start, &mut out);
        }
    }
    let other = if matches!(role(), Role::Server) { client() } else { Role::Server };
    let expected = Outcome { messages: whole.messages, ..Outcome::default() };
    assert_eq!(feed(decoder(other), [&*out].into_iter()), expected);
}

/// Checks that a client that offers all takes what a server agrees to, and that both agree on
/// the same.
pub fn deflate_offers(bytes: &[u8]) {
    let (text, key) = (String::from_utf8_lossy(bytes), upgrade::client_key([1; 16]));
    let offers: String = text.chars().filter(|c| !c.is_control()).collect();
    let most = Direction { context_takeover: true, max_window_bits: WindowBits::MAX };
    let all = Terms { server: most, client: most };
    let mut request = upgrade::request("host", "/", &key, &[]).expect("a request");
    request.truncate(request.len() - 2);
    request.extend_from_slice(format!("Sec-WebSocket-Extensions: {offers}\r\n\r\n").as_bytes());
    let Ok(Some((request, _))) = parse_request(&request) else { return };

    let mut response = upgrade::response(&key, None);
    let plain = response.clone();
    let Ok(agreement) = all.answer(&request, &mut response) else { return };
    assert_eq!(agreement.is_none(), response == plain, "what was agreed is in the response");
    let read = all.parse_response(&response, &key).expect("the answer fits");
    let Some((Reply::Accepted(accepted), size)) = read else { panic!("it is whole") };
    assert_eq!((size, accepted.deflate), (response.len(), agreement));
}

/// Offers of many kinds.
pub fn offers() -> Vec<Vec<u8>> {
    [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits=\"1\\0\"; client_max_window_bits=9",
        "x, permessage-deflate; unknown, permessage-deflate;server_max_window_bits=8",
    ]
    .map(|offer| offer.as_bytes().to_vec())
    .into()
}

/// Conversations of either side, behind the byte that picks limit, window and context: the
/// smallest window and the largest.
pub fn frames(masked: bool) -> Vec<Vec<u8>> {
    let deflate = |message: &[u8]| {
        let mut out = message.to_vec();
        if let Some(mut deflater) = Deflater::new(6, WindowBits::MAX) {
            deflater.deflate_next(0, &mut out);
        }
        out
    };
    let frame = |first: u8, payload: &[u8]| {
        let mut out = Vec::new();
        let start = seal::begin(&mut out);
        out.extend_from_slice(payload);
        if masked {
            seal::finish_client(start, OpCode::Text, KEY, &mut out);
        } else {
            seal::finish_server(start, OpCode::Text, &mut out);
        }
        out[start] = first;
        out
    };
    let text = deflate("again and again, 世界 and again".as_bytes());
    let conversations = [
        frame(0xc1, &text),
        [frame(0xc2, &deflate(&[0; 5000])), frame(0x82, b"plain")].concat(),
        [frame(0x41, &text[..9]), frame(0x89, b"ping"), frame(0x80, &text[9..])].concat(),
        [frame(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\0"), frame(0xc1, b"\xf2\0\x11\0\0")].concat(),
        [frame(0xc1, b"\0"), frame(0xc1, b""), frame(0xc2, b"\xf3\x48\xcd\xc9\xc9\x07\0\0")]
            .concat(),
        frame(0xc2, &deflate(&[7; 1 << 17])),
    ];
    let choices = [0x03, 0x1b, 0x83, 0x9b];
    let all = |bytes: &Vec<u8>| choices.map(|choice| [&[choice], &**bytes].concat());
    conversations.iter().flat_map(all).collect()
}
