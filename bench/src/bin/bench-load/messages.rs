//! WebSocket messages that are echoed.

use std::io;

use connector_protocol::ws::deflate::{Deflater, Terms, WindowBits};
use connector_protocol::ws::{OpCode, seal, upgrade};

use crate::blocking::BlockingConnection;
use crate::dialect::{Dialect, unexpected};
use crate::frames;

/// Bytes in a message.
const SIZE: usize = 64;
/// The first byte of an unfragmented binary message, and of a compressed one.
const BINARY: u8 = 0x82;
const DEFLATED: u8 = 0xc2;
/// What compressed messages consist of: the bodies of a game's pushes.
const STATE: &str = r#"{"id":4711,"x":12.5,"y":-3.25,"hp":97,"name":"Ann","items":["rope"]},"#;

pub(crate) struct Messages {
    payload: Vec<u8>,
    is_deflated: bool,
}

impl Messages {
    pub(crate) fn new(size: Option<usize>) -> Self {
        Self { payload: vec![b'.'; size.unwrap_or(SIZE)], is_deflated: false }
    }

    /// Returns messages that are compressed, each by itself, from as many bytes.
    pub(crate) fn deflated(size: Option<usize>) -> Self {
        let mut payload: Vec<u8> = STATE.bytes().cycle().take(size.unwrap_or(SIZE)).collect();
        let mut deflater = Deflater::new(6, WindowBits::MAX).expect("zlib's own level");
        assert!(deflater.deflate_message(0, &mut payload), "it gets shorter");
        Self { payload, is_deflated: true }
    }
}

impl Dialect for Messages {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        let key = upgrade::client_key([7; 16]);
        let request = upgrade::request(connection.host(), "/", &key, &[]);
        let mut request = request.map_err(io::Error::other)?;
        let terms = self.is_deflated.then(Terms::default);
        if let Some(terms) = terms {
            terms.offer(&mut request);
        }
        connection.send(&request)?;
        connection.receive(|bytes| {
            let response = match terms {
                Some(terms) => terms.parse_response(bytes, &key),
                None => upgrade::parse_response(bytes, &key),
            };
            Ok(response.map_err(io::Error::other)?.map(|(_, end)| end))
        })?;
        connection.send(&self.request())?;
        let answer = connection
            .receive(|bytes| Ok(frames::first(&[BINARY, DEFLATED], bytes)?.map(|(_, end)| end)))?;
        match frames::first(&[BINARY, DEFLATED], &answer)? {
            // A compressed one may be written in several ways.
            Some((start, _)) if self.is_deflated || answer[start..] == self.payload => Ok(()),
            _ => Err(unexpected("another message came back")),
        }
    }

    fn request(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let start = seal::begin(&mut out);
        out.extend_from_slice(&self.payload);
        seal::finish_client(start, OpCode::Binary, frames::KEY, &mut out);
        if self.is_deflated {
            seal::mark_compressed(start, &mut out);
        }
        out
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        let (mut count, mut at) = (0, 0);
        while let Some((_, end)) = frames::first(&[BINARY, DEFLATED], &bytes[at..])? {
            (count, at) = (count + 1, at + end);
        }
        Ok((count, at))
    }
}
