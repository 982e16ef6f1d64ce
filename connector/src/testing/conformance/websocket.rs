//! The WebSocket protocol of a client, in raw bytes.

use std::io;

use connector_protocol::ws::upgrade::{self, ConnectError};
use connector_protocol::ws::{CloseCode, Header, OpCode, seal, write_close};

use super::{ClientProtocol, Content, Wire};

/// The nonce of the client's key, which is fixed so that runs are equal.
const NONCE: [u8; 16] = *b"conformance kit!";
/// The client's mask key, which need not be secret on loopback.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The WebSocket protocol, with one package in each message.
#[derive(Clone, Debug)]
pub struct OverWebSocket {
    path: String,
    opcode: OpCode,
}

impl OverWebSocket {
    /// Creates the protocol with binary messages and the path `/`.
    pub fn new() -> Self {
        Self { path: "/".into(), opcode: OpCode::Binary }
    }

    /// Makes messages text.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.opcode = OpCode::Text;
        self
    }

    /// Sets the path of the upgrade. Default: `/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    fn request(&self) -> Result<(String, Vec<u8>), ConnectError> {
        let key = upgrade::client_key(NONCE);
        let request = upgrade::request("localhost", &self.path, &key, &[])?;
        Ok((key, request))
    }
}

impl Default for OverWebSocket {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientProtocol for OverWebSocket {
    async fn open(&self, wire: &mut Wire) -> io::Result<()> {
        let (key, request) = self.request().map_err(io::Error::other)?;
        wire.write(&request).await?;
        loop {
            let answer = upgrade::parse_response(wire.unread(), &key).map_err(io::Error::other)?;
            if let Some((_, consumed)) = answer {
                wire.consume(consumed);
                return Ok(());
            }
            if wire.read().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn half_open(&self) -> Vec<u8> {
        let request = self.request().map(|(_, request)| request).unwrap_or_default();
        request[..request.len() / 2].to_vec()
    }

    fn content(&self) -> Content {
        if self.opcode == OpCode::Text { Content::Text } else { Content::Bytes }
    }

    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal::write_frame(self.opcode, package, Some(MASK), &mut out);
        out
    }

    /// Reads a message, skips pings and pongs, and joins fragments.
    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let mut message = Vec::new();
        let mut at = 0;
        loop {
            let (header, payload, size) = frame(&bytes[at..])?;
            at += size;
            match header.opcode {
                OpCode::Close => return None,
                OpCode::Ping | OpCode::Pong => {}
                OpCode::Text | OpCode::Binary | OpCode::Continuation => {
                    message.extend_from_slice(payload);
                    if header.fin {
                        return Some((message, at));
                    }
                }
            }
        }
    }

    fn closing(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_close(Some(CloseCode::NORMAL), "", Some(MASK), &mut out);
        out
    }

    /// Accepts exactly one close frame.
    fn is_closing(&self, rest: &[u8]) -> bool {
        frame(rest).is_some_and(|(header, payload, size)| {
            header.opcode == OpCode::Close && payload.len() != 1 && size == rest.len()
        })
    }
}

/// Reads the first frame, its payload and its size. `None` if it is masked, which a server's
/// frame must not be.
fn frame(bytes: &[u8]) -> Option<(Header, &[u8], usize)> {
    let (header, start) = Header::parse(bytes).ok()??;
    let end = start.checked_add(usize::try_from(header.len).ok()?)?;
    let payload = bytes.get(start..end)?;
    header.mask.is_none().then_some((header, payload, end))
}
