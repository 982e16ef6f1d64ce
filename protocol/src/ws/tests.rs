//! The codec against RFC 6455 and the ideas of the Autobahn case list (its sections in
//! brackets). Frames are built here by hand, not by the module, and masked byte by byte.

mod close;
mod control;
#[cfg(feature = "deflate")]
mod deflate;
mod fragments;
mod header;
mod limits;
mod messages;
mod random;
mod seal;
mod upgrade_client;
mod upgrade_server;
mod utf8;

use super::{Decoder, MaskKeys, Role, Step, WsError};

/// The key of the examples in RFC 6455 5.7.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8 | FIN;
const PING: u8 = 9 | FIN;
const PONG: u8 = 0xa | FIN;

const LIMIT: usize = 1 << 20;

/// The lengths at which the header changes its shape, and their neighbours.
const BOUNDARIES: [usize; 10] = [0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Text(String),
    Binary(Vec<u8>),
    Close(Option<u16>, String),
}

/// Everything that came of an input.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    events: Vec<Event>,
    replies: Vec<u8>,
    error: Option<WsError>,
    /// Bytes of a frame that never became whole.
    left: usize,
}

impl Outcome {
    /// The events of an input that must be clean and complete.
    #[track_caller]
    fn events(self) -> Vec<Event> {
        assert_eq!((self.error, self.left), (None, 0));
        self.events
    }
}

fn server() -> Decoder {
    Decoder::new(Role::Server, LIMIT)
}

fn client() -> Decoder {
    Decoder::new(Role::Client(MaskKeys::new([7; 16])), LIMIT)
}

/// Feeds the chunks as so many reads, each behind what the last ones left.
fn feed<'a>(decoder: &mut Decoder, chunks: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut input = Vec::new();
    for chunk in chunks {
        input.extend_from_slice(chunk);
        loop {
            let consumed = match decoder.decode(&mut input, &mut outcome.replies) {
                Ok(Step::Incomplete) => break,
                Ok(Step::Message { consumed, payload, text }) => {
                    outcome.events.push(message(&input[payload], text));
                    consumed
                }
                Ok(Step::Assembled { consumed, payload, text }) => {
                    outcome.events.push(message(&payload, text));
                    consumed
                }
                Ok(Step::Control { consumed }) => consumed,
                Ok(Step::Close { consumed, code, reason }) => {
                    outcome.events.push(Event::Close(code.map(u16::from), reason));
                    consumed
                }
                Err(error) => {
                    outcome.error = Some(error);
                    outcome.left = 0;
                    return outcome;
                }
            };
            assert!(consumed > 0);
            input.drain(..consumed);
        }
        outcome.left = input.len();
    }
    outcome
}

fn message(payload: &[u8], text: bool) -> Event {
    if text {
        Event::Text(str::from_utf8(payload).unwrap().to_owned())
    } else {
        Event::Binary(payload.to_vec())
    }
}

/// What a server makes of the input in one go.
fn served(input: &[u8]) -> Outcome {
    feed(&mut server(), [input])
}

/// The error that a server finds in the input.
#[track_caller]
fn fault(input: &[u8]) -> WsError {
    served(input).error.unwrap()
}

/// A frame from a client; `first` is the whole first byte.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = unmasked(first, payload);
    frame[1] |= 0x80;
    let at = frame.len() - payload.len();
    for (i, byte) in frame[at..].iter_mut().enumerate() {
        *byte ^= KEY[i % 4];
    }
    frame.splice(at..at, KEY);
    frame
}

/// A frame from a server; `first` is the whole first byte.
fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(u8::try_from(len).unwrap()),
        len @ ..65_536 => {
            frame.push(126);
            frame.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// A payload in which each byte tells its place.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251).to_le_bytes()[0]).collect()
}
