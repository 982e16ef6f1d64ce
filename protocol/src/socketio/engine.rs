//! One end of a session of socket.io over Engine.IO.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::event::{Kind, SocketPacket, argument};
use super::text::unescape;
use super::{CONNECT, Open, PONG, PREFIX, SUFFIX, Version};
use crate::CloseReason;

/// The code of [`CloseReason::PeerClosedWith`] for a namespace that the server refuses: the
/// number of the packet that does so.
const CONNECT_ERROR: u16 = 4;

/// The side of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The side that connected.
    Client,
    /// The side that accepted.
    Server,
}

/// The content of the event `message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text, which is the message, as pomelo's connector has it.
    Text,
    /// Any JSON, whose text is the message, as in the guide of Remix's connectors.
    Json,
}

/// One end of a session: what is made of each packet.
#[derive(Debug)]
pub struct Engine {
    version: Version,
    side: Side,
    content: Content,
    /// The root namespace is connected.
    connected: bool,
    /// The binary packets that belong to an event which is ignored.
    attachments: usize,
    /// The peer has left the namespace.
    left: bool,
}

/// The meaning of a packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// Nothing for the caller: a sign of life, or what is ignored.
    Nothing,
    /// This packet answers it.
    Reply(Cow<'static, [u8]>),
    /// The server has opened the session. Send [`CONNECT`] in Engine.IO 4.
    Opened(Box<Open>),
    /// The root namespace is connected, so messages may flow. A server of Engine.IO 4 answers
    /// with [`connected`](Engine::connected).
    Connected,
    /// A message: these bytes of the packet, which were unescaped in place.
    Message(Range<usize>),
}

impl Engine {
    /// Creates one end. In Engine.IO 3 a server's namespace is connected from the beginning.
    #[must_use]
    pub fn new(version: Version, side: Side, content: Content) -> Self {
        let connected = side == Side::Server && version == Version::V3;
        Self { version, side, content, connected, attachments: 0, left: false }
    }

    /// Returns the version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns whether messages may flow.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// Returns whether the peer has left the namespace by its own wish. Clients do not connect
    /// again to a server that has.
    #[must_use]
    pub fn peer_has_left(&self) -> bool {
        self.left
    }

    /// Returns whether this side sends pings, and does not answer them.
    #[must_use]
    pub fn sends_pings(&self) -> bool {
        matches!(
            (self.side, self.version),
            (Side::Client, Version::V3) | (Side::Server, Version::V4)
        )
    }

    /// Returns the packet by which a server tells that the root namespace is connected, with
    /// the id that the client is known by in it.
    #[must_use]
    pub fn connected(&self, id: &str) -> Vec<u8> {
        match self.version {
            Version::V3 => CONNECT.to_vec(),
            Version::V4 => [CONNECT, b"{\"sid\":\"", id.as_bytes(), b"\"}"].concat(),
        }
    }

    /// Handles a packet of text, which has to be UTF-8.
    ///
    /// # Errors
    /// Returns [`CloseReason::PeerClosed`] if it ends the session,
    /// [`CloseReason::PeerClosedWith`] if the server refuses the namespace, and
    /// [`CloseReason::Malformed`] for a packet that this side does not take.
    pub fn receive(&mut self, packet: &mut [u8]) -> Result<Received, CloseReason> {
        match packet.first() {
            Some(b'0') if self.side == Side::Client && !self.connected => self.open(&packet[1..]),
            Some(b'1') => Err(CloseReason::PeerClosed),
            Some(b'2') if !self.sends_pings() => Ok(Received::Reply(pong(&packet[1..]))),
            Some(b'2') => Err(wrong("a ping from the side that has to answer them")),
            Some(b'3') if self.sends_pings() => Ok(Received::Nothing),
            Some(b'3') => Err(wrong("a pong to the side that sends no pings")),
            Some(b'4') => self.socket_packet(packet),
            Some(b'6') => Ok(Received::Nothing),
            // Bytes in base64, which only attachments have.
            Some(b'b') => self.receive_binary(),
            Some(b'0' | b'5') => Err(wrong("a packet of Engine.IO that is out of its turn")),
            _ => Err(wrong("a packet of Engine.IO without a type from 0 to 6")),
        }
    }

    /// Handles a packet of bytes: an attachment of an event that is ignored.
    ///
    /// # Errors
    /// Returns [`CloseReason::Malformed`] for one that no event has announced.
    pub fn receive_binary(&mut self) -> Result<Received, CloseReason> {
        let left = self.attachments.checked_sub(1);
        self.attachments = left.ok_or_else(|| wrong("bytes that no event has announced"))?;
        Ok(Received::Nothing)
    }

    fn open(&self, data: &[u8]) -> Result<Received, CloseReason> {
        let open = serde_json::from_slice(data);
        let open = open.map_err(|error| wrong(format_args!("the packet that opens: {error}")))?;
        Ok(Received::Opened(open))
    }

    fn socket_packet(&mut self, packet: &mut [u8]) -> Result<Received, CloseReason> {
        if self.attachments > 0 {
            return Err(wrong("a text in the place of an attachment"));
        }
        // The fast way of nearly all messages.
        const TEXT: usize = PREFIX.len() + 1;
        if self.connected
            && self.content == Content::Text
            && packet.starts_with(PREFIX)
            && packet.get(PREFIX.len()) == Some(&b'"')
        {
            let text = unescape(&mut packet[TEXT..]);
            let text = text.ok_or_else(|| wrong("an event with a text that does not end"))?;
            check_end(&packet[TEXT + text.consumed..])?;
            return Ok(Received::Message(TEXT..TEXT + text.len));
        }
        let head = SocketPacket::parse(&packet[1..]).map_err(wrong)?;
        let data = 1 + head.data;
        match (head.kind, head.namespace) {
            (Kind::Connect, Some(namespace)) if self.side == Side::Server => {
                Ok(Received::Reply(self.unknown(&packet[within(namespace, 1)]).into()))
            }
            (Kind::Connect, None) => {
                if std::mem::replace(&mut self.connected, true) {
                    return Ok(Received::Nothing);
                }
                Ok(Received::Connected)
            }
            (Kind::Disconnect, None) => {
                self.left = true;
                Err(CloseReason::PeerClosed)
            }
            (Kind::ConnectError, None) if self.side == Side::Client => {
                let reason = String::from_utf8_lossy(&packet[data..]).into_owned();
                Err(CloseReason::PeerClosedWith { code: CONNECT_ERROR, reason })
            }
            (Kind::ConnectError, _) if self.side == Side::Server => {
                Err(wrong("a refusal of a namespace, which servers send"))
            }
            (Kind::BinaryEvent | Kind::BinaryAck, namespace) => {
                if namespace.is_none() && argument(&packet[data..]).map_err(wrong)?.is_some() {
                    return Err(wrong("the event `message` with bytes attached"));
                }
                self.attachments = head.attachments;
                Ok(Received::Nothing)
            }
            (Kind::Event, None) => self.event(packet, data),
            // Other namespaces were refused, and nobody asks for answers.
            _ => Ok(Received::Nothing),
        }
    }

    fn event(&self, packet: &mut [u8], data: usize) -> Result<Received, CloseReason> {
        if !self.connected {
            return Err(wrong("an event in front of the packet that connects the namespace"));
        }
        let Some(argument) = argument(&packet[data..]).map_err(wrong)? else {
            return Ok(Received::Nothing);
        };
        let argument = within(argument, data);
        if self.content == Content::Json {
            return Ok(Received::Message(argument));
        }
        if packet[argument.start] != b'"' {
            return Err(wrong("the event `message` does not carry a text"));
        }
        let text = unescape(&mut packet[argument.start + 1..argument.end]);
        // It is JSON, so it has an end.
        let len = text.map_or(0, |text| text.len);
        Ok(Received::Message(argument.start + 1..argument.start + 1 + len))
    }

    /// Returns the refusal of a namespace.
    fn unknown(&self, namespace: &[u8]) -> Vec<u8> {
        let message: &[u8] = match self.version {
            Version::V3 => b"\"Invalid namespace\"",
            Version::V4 => b"{\"message\":\"Invalid namespace\"}",
        };
        let path = namespace.split(|byte| *byte == b'?').next().unwrap_or_default();
        [b"44", path, b",", message].concat()
    }
}

/// Checks what stands behind the first argument of an event: its end, or further arguments.
fn check_end(rest: &[u8]) -> Result<(), CloseReason> {
    if rest == SUFFIX {
        return Ok(());
    }
    let others = serde_json::from_slice::<Vec<IgnoredAny>>(&[b"[0", rest].concat());
    others.map(|_| ()).map_err(|error| wrong(format_args!("an event of socket.io: {error}")))
}

fn pong(data: &[u8]) -> Cow<'static, [u8]> {
    if data.is_empty() { PONG.into() } else { [PONG, data].concat().into() }
}

fn within(range: Range<usize>, offset: usize) -> Range<usize> {
    range.start + offset..range.end + offset
}

fn wrong(what: impl std::fmt::Display) -> CloseReason {
    CloseReason::malformed(what)
}
