//! WebSocket frames of a client, and those of servers that answer it.

use std::io;

use connector_protocol::ws::{OpCode, seal, upgrade};

use crate::blocking::BlockingConnection;
use crate::dialect::unexpected;

/// Any key costs the server the same.
pub(crate) const KEY: [u8; 4] = [0x9d, 0x21, 0xc4, 0x7e];
/// The first byte of an unfragmented text.
pub(crate) const TEXT: u8 = 0x81;

/// Upgrades a connection at this path.
pub(crate) fn upgrade(connection: &mut BlockingConnection, path: &str) -> io::Result<()> {
    let key = upgrade::client_key([7; 16]);
    let request = upgrade::request(connection.host(), path, &key, &[]);
    connection.send(&request.map_err(io::Error::other)?)?;
    connection.receive(|bytes| {
        let response = upgrade::parse_response(bytes, &key).map_err(io::Error::other)?;
        Ok(response.map(|(_, end)| end))
    })?;
    Ok(())
}

/// Receives a text.
pub(crate) fn receive(connection: &mut BlockingConnection) -> io::Result<Vec<u8>> {
    let frame = connection.receive(|bytes| Ok(first(&[TEXT], bytes)?.map(|(_, end)| end)))?;
    let payload = first(&[TEXT], &frame)?.map(|(start, end)| frame[start..end].to_vec());
    payload.ok_or_else(|| unexpected("a part of a message"))
}

/// Returns a text in a frame.
pub(crate) fn masked(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let start = seal::begin(&mut out);
    out.extend_from_slice(text);
    seal::finish_client(start, OpCode::Text, KEY, &mut out);
    out
}

/// Returns the range of the first message's payload; none if it is not whole. Accepts
/// only the messages that servers answer here: unmasked, with one of these first bytes.
pub(crate) fn first(kinds: &[u8], bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let (start, len) = match *bytes {
        [first, ..] if !kinds.contains(&first) => {
            return Err(unexpected("something else than a message"));
        }
        [_, 126, a, b, ..] => (4, usize::from(u16::from_be_bytes([a, b]))),
        [_, len @ 0..=125, ..] => (2, usize::from(len)),
        [_, 127..=255, ..] => return Err(unexpected("a message that was not sent")),
        _ => return Ok(None),
    };
    Ok((start + len <= bytes.len()).then_some((start, start + len)))
}
