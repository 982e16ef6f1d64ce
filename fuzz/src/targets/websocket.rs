//! WebSocket frames, in both roles.

use connector::protocol::ws::seal::{self, write_frame};
use connector::protocol::ws::{
    CloseCode, Decoder, Header, MaskKeys, OpCode, Role, Step, WsError, apply_mask, write_close,
};

use crate::pieces::pieces;

/// The longest message: the first byte of an input picks one.
const LIMITS: [usize; 4] = [0, 10, 1000, 1 << 20];
pub(super) const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// First bytes, lengths, and short frames.
pub const TOKENS: &[&[u8]] = &[
    b"\x81\x80\0\0\0\0",
    b"\x01\x80\0\0\0\0",
    b"\x00\x80\0\0\0\0",
    b"\x80\x80\0\0\0\0",
    b"\x89\x80\0\0\0\0",
    b"\x88\x82\0\0\0\0\x03\xe8",
    b"\x81\x83\0\0\0\0\xe4\xb8\x96",
    b"\x81\x00",
    b"\x01\x01a",
    b"\x80\x01b",
    b"\x89\x01p",
    b"\x88\x02\x03\xe8",
    b"\x7e\x00\x7e",
    b"\xfe\x01\x00",
    b"\xff\0\0\0\0\0\x01\0\0",
    b"\xf0\x9f",
    b"\x8c\x8d",
];

/// A server reads a client's frames.
pub fn websocket_server(bytes: &[u8]) {
    decode(bytes, || Role::Server);
}

/// A client reads a server's frames.
pub fn websocket_client(bytes: &[u8]) {
    decode(bytes, client);
}

pub(super) fn client() -> Role {
    Role::Client(MaskKeys::new([7; 16]))
}

/// The messages and the end of an input.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) messages: Vec<(bool, Vec<u8>)>,
    pub(super) close: Option<(Option<CloseCode>, String)>,
    pub(super) error: Option<WsError>,
    pub(super) replies: Vec<u8>,
    /// Bytes of a frame that is not whole.
    pub(super) left: usize,
}

fn decode(bytes: &[u8], role: impl Fn() -> Role) {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let limit = LIMITS[usize::from(choice) % LIMITS.len()];
    let whole = feed(Decoder::new(role(), limit), [bytes].into_iter());
    let pieced = feed(Decoder::new(role(), limit), pieces(bytes));
    assert_eq!(pieced, whole);

    // A pong or a close is as long as its cause, but for a client's mask.
    let mask = if matches!(role(), Role::Server) { 1 } else { 3 };
    assert!(whole.replies.len() <= mask * bytes.len());
    assert!(whole.messages.iter().all(|(_, payload)| payload.len() <= limit));
    assert!(whole.close.as_ref().is_none_or(|(_, reason)| reason.len() <= 123));
    if let Some(error) = whole.error {
        assert!(matches!(error.close_code().get(), 1002 | 1007 | 1009), "{error}");
    }
    header(bytes);
    seal_again(whole.messages, &role(), limit);
}

/// A header that is read is written as it was.
fn header(bytes: &[u8]) {
    let Ok(Some((header, size))) = Header::parse(bytes) else { return };
    let mut again = Vec::new();
    header.write(&mut again);
    assert_eq!(again, bytes[..size]);
}

/// The other side reads what this one would send.
fn seal_again(messages: Vec<(bool, Vec<u8>)>, role: &Role, limit: usize) {
    let mut out = Vec::new();
    for (text, payload) in &messages {
        let opcode = if *text { OpCode::Text } else { OpCode::Binary };
        let start = seal::begin(&mut out);
        out.extend_from_slice(payload);
        match role {
            Role::Server => seal::finish_server(start, opcode, &mut out),
            Role::Client(_) => seal::finish_client(start, opcode, KEY, &mut out),
        }
    }
    let other = if matches!(role, Role::Server) { client() } else { Role::Server };
    let expected = Outcome { messages, ..Outcome::default() };
    assert_eq!(feed(Decoder::new(other, limit), [&*out].into_iter()), expected);
}

pub(super) fn feed<'a>(mut decoder: Decoder, reads: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut input = Vec::new();
    for read in reads {
        input.extend_from_slice(read);
        let mut start = 0;
        loop {
            let (unread, ended) =
                (&mut input[start..], outcome.close.is_some() || outcome.error.is_some());
            let consumed = match decoder.decode(unread, &mut outcome.replies) {
                Ok(Step::Incomplete) => break,
                Ok(Step::Message { consumed, payload, text }) => {
                    assert!(payload.end == consumed && !ended);
                    outcome.messages.push((text, unread[payload].to_vec()));
                    consumed
                }
                Ok(Step::Assembled { consumed, payload, text }) => {
                    assert!(!ended && decoder.is_idle());
                    outcome.messages.push((text, payload));
                    consumed
                }
                Ok(Step::Control { consumed }) => consumed,
                Ok(Step::Close { consumed, code, reason }) => {
                    assert!(!ended && consumed == unread.len());
                    outcome.close = Some((code, reason));
                    consumed
                }
                Err(error) => {
                    assert!(!ended && decoder.is_idle());
                    decoder.close(Some(error.close_code()), "", &mut Vec::new());
                    outcome.error = Some(error);
                    0
                }
            };
            assert!(consumed > 0 || outcome.error.is_some());
            start += consumed;
            assert!(start <= input.len());
        }
        input.drain(..start);
    }
    for (text, payload) in &outcome.messages {
        assert!(!text || str::from_utf8(payload).is_ok());
    }
    outcome.left = input.len();
    outcome
}

/// Conversations of either side, behind the byte that picks a limit.
pub fn seeds(masked: bool) -> Vec<Vec<u8>> {
    let key = masked.then_some(KEY);
    let frame = |fin: bool, opcode: OpCode, payload: &[u8]| {
        let mut out = Vec::new();
        Header { fin, opcode, mask: key, len: payload.len() as u64 }.write(&mut out);
        let start = out.len();
        out.extend_from_slice(payload);
        if let Some(key) = key {
            apply_mask(key, &mut out[start..]);
        }
        out
    };
    let world = "Hällo 世界 🌍".as_bytes();
    let mut close = Vec::new();
    write_close(CloseCode::new(4000), "bye 世界", key, &mut close);
    let mut ping = Vec::new();
    write_frame(OpCode::Ping, b"ping", key, &mut ping);
    let conversations = [
        frame(true, OpCode::Text, world),
        frame(true, OpCode::Binary, &[0xff; 200]),
        [frame(true, OpCode::Text, b""), frame(true, OpCode::Binary, b"x")].concat(),
        [
            frame(false, OpCode::Text, &world[..9]),
            ping.clone(),
            frame(false, OpCode::Continuation, &world[9..15]),
            frame(true, OpCode::Continuation, &world[15..]),
        ]
        .concat(),
        [ping, frame(true, OpCode::Pong, b""), close.clone()].concat(),
        [frame(false, OpCode::Binary, b"a"), frame(false, OpCode::Continuation, b""), close]
            .concat(),
    ];
    conversations.into_iter().map(|bytes| [vec![3], bytes].concat()).collect()
}
