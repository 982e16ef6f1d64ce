//! WebSocket messages that are echoed.

use std::io;

use connector_protocol::ws::{OpCode, seal, upgrade};

use crate::blocking::BlockingConnection;
use crate::dialect::{Dialect, unexpected};

/// Bytes in a message.
const SIZE: usize = 64;
/// Any key costs the server the same.
const KEY: [u8; 4] = [0x9d, 0x21, 0xc4, 0x7e];
/// The first byte of an unfragmented binary message.
const BINARY: u8 = 0x82;

pub(crate) struct Messages {
    payload: Vec<u8>,
}

impl Messages {
    pub(crate) fn new(size: Option<usize>) -> Self {
        Self { payload: vec![b'.'; size.unwrap_or(SIZE)] }
    }
}

impl Dialect for Messages {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        let key = upgrade::client_key([7; 16]);
        let host = format!("127.0.0.1:{}", connection.port()?);
        connection.send(&upgrade::request(&host, "/", &key, &[]).map_err(io::Error::other)?)?;
        connection.receive(|bytes| {
            let response = upgrade::parse_response(bytes, &key).map_err(io::Error::other)?;
            Ok(response.map(|(_, end)| end))
        })?;
        connection.send(&self.request())?;
        let answer = connection.receive(|bytes| Ok(first(bytes)?.map(|(_, end)| end)))?;
        match first(&answer)? {
            Some((start, _)) if answer[start..] == self.payload => Ok(()),
            _ => Err(unexpected("another message came back")),
        }
    }

    fn request(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let start = seal::begin(&mut out);
        out.extend_from_slice(&self.payload);
        seal::finish_client(start, OpCode::Binary, KEY, &mut out);
        out
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        let (mut count, mut at) = (0, 0);
        while let Some((_, end)) = first(&bytes[at..])? {
            (count, at) = (count + 1, at + end);
        }
        Ok((count, at))
    }
}

/// The range of the first message's payload; none if it is not whole. Accepts
/// only the messages that servers answer here: binary, unfragmented, unmasked.
fn first(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let (start, len) = match *bytes {
        [kind, ..] if kind != BINARY => return Err(unexpected("something else than a message")),
        [_, 126, a, b, ..] => (4, usize::from(u16::from_be_bytes([a, b]))),
        [_, len @ 0..=125, ..] => (2, usize::from(len)),
        [_, 127..=255, ..] => return Err(unexpected("a message that was not sent")),
        _ => return Ok(None),
    };
    Ok((start + len <= bytes.len()).then_some((start, start + len)))
}
