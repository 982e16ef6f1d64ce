//! The packets of socket.io.

use std::ops::Range;

use serde::Deserializer;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The name of the event that carries messages.
const MESSAGE: &str = "message";
/// The most attachments of a packet.
const ATTACHMENTS: usize = 64;
/// The longest namespace, in bytes.
const NAMESPACE: usize = 256;

/// A packet of socket.io, without the digit of Engine.IO in front of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SocketPacket {
    pub(super) kind: Kind,
    /// The binary packets that follow it.
    pub(super) attachments: usize,
    /// The namespace with its query, unless it is the root.
    pub(super) namespace: Option<Range<usize>>,
    /// Where the data begin.
    pub(super) data: usize,
}

/// The type of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
    BinaryEvent,
    BinaryAck,
}

impl SocketPacket {
    /// Reads the head of a packet.
    pub(super) fn parse(packet: &[u8]) -> Result<Self, &'static str> {
        let kind = match packet.first() {
            Some(b'0') => Kind::Connect,
            Some(b'1') => Kind::Disconnect,
            Some(b'2') => Kind::Event,
            Some(b'3') => Kind::Ack,
            Some(b'4') => Kind::ConnectError,
            Some(b'5') => Kind::BinaryEvent,
            Some(b'6') => Kind::BinaryAck,
            _ => return Err("a packet of socket.io without a type from 0 to 6"),
        };
        let mut at = 1;
        let mut attachments = 0;
        if matches!(kind, Kind::BinaryEvent | Kind::BinaryAck) {
            let (number, size) = digits(&packet[at..]);
            at += size;
            if size == 0 || packet.get(at) != Some(&b'-') {
                return Err("a binary packet of socket.io without its number of attachments");
            }
            at += 1;
            attachments = number;
            if attachments > ATTACHMENTS {
                return Err("a packet of socket.io with more than 64 attachments");
            }
        }
        let mut namespace = None;
        if packet.get(at) == Some(&b'/') {
            let rest = &packet[at..];
            let len = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
            if len > NAMESPACE {
                return Err("a packet of socket.io with a namespace of more than 256 bytes");
            }
            let path = rest[..len].split(|byte| *byte == b'?').next().unwrap_or_default();
            namespace = (path != b"/").then_some(at..at + len);
            at = (at + len + 1).min(packet.len());
        }
        // The id of an answer, which is asked for by a callback.
        at += digits(&packet[at..]).1;
        Ok(Self { kind, attachments, namespace, data: at })
    }
}

/// Reads a decimal number. Returns it, or the largest there is, with its length.
fn digits(bytes: &[u8]) -> (usize, usize) {
    let len = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = bytes[..len].iter().fold(0usize, |number, digit| {
        number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
    });
    (number, len)
}

/// Finds the first argument of the event `message` in the data of an event. Returns `None` for
/// other events.
pub(super) fn argument(data: &[u8]) -> Result<Option<Range<usize>>, &'static str> {
    let mut json = serde_json::Deserializer::from_slice(data);
    let event = json.deserialize_seq(Event).and_then(|event| json.end().map(|()| event));
    match event {
        Ok(Some(argument)) => {
            let argument = argument.get();
            // It borrows from the data.
            let start = argument.as_ptr().addr() - data.as_ptr().addr();
            Ok(Some(start..start + argument.len()))
        }
        Ok(None) => Ok(None),
        Err(_) => Err("an event of socket.io that is not a JSON array of a name and arguments"),
    }
}

/// Reads `["message", argument, ..]`.
struct Event;

impl<'de> Visitor<'de> for Event {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of a name and arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut event: A) -> Result<Self::Value, A::Error> {
        let name: Option<std::borrow::Cow<'de, str>> = event.next_element()?;
        let mut argument = None;
        if name.as_deref() == Some(MESSAGE) {
            argument = Some(
                event
                    .next_element()?
                    .ok_or_else(|| serde::de::Error::custom("the event has no argument"))?,
            );
        }
        while event.next_element::<IgnoredAny>()?.is_some() {}
        Ok(argument)
    }
}
