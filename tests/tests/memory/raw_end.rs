//! An end of a connection between an engine and a plugin over WebSocket that costs the other as
//! much as it can, and holds little itself.

use std::io::{Read, Write};
use std::net::TcpStream;

use connector::protocol::ws::{OpCode, seal};

/// The length of the longest messages.
pub(crate) const LONG: usize = (16 << 20) - 64;
/// The most bytes of a message that are kept.
const KEPT: usize = 64 << 10;

pub(crate) struct RawEnd {
    pub(crate) stream: TcpStream,
    /// Puts a message into a frame, as this side of a WebSocket does.
    pub(crate) frame: fn(&str) -> Vec<u8>,
    /// A message whose answer tells that those before it were handled.
    pub(crate) asks: &'static str,
}

impl RawEnd {
    /// Sends messages, and waits until the other end has handled them.
    pub(crate) fn say(&mut self, frames: &[u8]) {
        self.stream.write_all(frames).unwrap();
        self.stream.write_all(&(self.frame)(self.asks)).unwrap();
        self.until_handshake();
    }

    /// Reads until a message about a handshake.
    pub(crate) fn until_handshake(&mut self) {
        let about = br#""key":"handshake""#;
        while !self.hear().windows(about.len()).any(|heard| heard == about) {}
    }

    /// Reads a message, and returns its beginning.
    fn hear(&mut self) -> Vec<u8> {
        let [_, len] = self.read();
        let is_masked = len & 0x80 != 0;
        let len = match len & 0x7f {
            126 => u16::from_be_bytes(self.read()).into(),
            127 => u64::from_be_bytes(self.read()),
            len => len.into(),
        };
        let key: [u8; 4] = if is_masked { self.read() } else { [0; 4] };
        let mut payload = Vec::new();
        let mut left = (&self.stream).take(len);
        (&mut left).take(KEPT as u64).read_to_end(&mut payload).unwrap();
        std::io::copy(&mut left, &mut std::io::sink()).unwrap();
        payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        payload
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }
}

/// A message in a frame of a server.
pub(crate) fn frame(message: &str) -> Vec<u8> {
    sealed(message, None)
}

/// A message in a frame of a client, masked by zeros.
pub(crate) fn masked(message: &str) -> Vec<u8> {
    sealed(message, Some([0; 4]))
}

fn sealed(message: &str, key: Option<[u8; 4]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    seal::write_frame(OpCode::Text, message.as_bytes(), key, &mut out);
    out
}
