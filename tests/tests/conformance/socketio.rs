//! Clients of socket.io over WebSocket.

use std::io;

use connector::protocol::socketio::{DISCONNECT, PREFIX, SUFFIX, quote};
use connector::testing::{ClientProtocol, Content, OverWebSocket, Wire};

/// A client of Engine.IO 3, in raw bytes.
pub(crate) struct OverSocketIo(OverWebSocket);

impl OverSocketIo {
    pub(crate) fn new() -> Self {
        Self(OverWebSocket::new().text().path("/socket.io/?EIO=3&transport=websocket"))
    }
}

impl ClientProtocol for OverSocketIo {
    /// Waits for the packets that open the session and connect the namespace.
    async fn open(&self, wire: &mut Wire) -> io::Result<()> {
        self.0.open(wire).await?;
        for _ in 0..2 {
            let size = loop {
                if let Some((_, size)) = self.0.unwrap(wire.unread()) {
                    break size;
                }
                if wire.read().await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            };
            wire.consume(size);
        }
        Ok(())
    }

    fn half_open(&self) -> Vec<u8> {
        self.0.half_open()
    }

    fn content(&self) -> Content {
        Content::Text
    }

    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        let mut event = PREFIX.to_vec();
        event.extend_from_slice(package);
        quote(&mut event, PREFIX.len());
        event.extend_from_slice(SUFFIX);
        self.0.wrap(&event)
    }

    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let (event, size) = self.0.unwrap(bytes)?;
        let text = event.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
        let text: String = serde_json::from_slice(text).ok()?;
        Some((text.into_bytes(), size))
    }

    fn closing(&self) -> Vec<u8> {
        self.0.closing()
    }

    /// The namespace is left in front of the WebSocket's close.
    fn is_closing(&self, rest: &[u8]) -> bool {
        let rest = match self.0.unwrap(rest) {
            Some((packet, size)) if packet == DISCONNECT => &rest[size..],
            _ => rest,
        };
        self.0.is_closing(rest)
    }
}
