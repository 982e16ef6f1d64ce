//! The reading half of a session: packets become packages, or answers.

use std::ops::Range;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::socketio::{
    CONNECT, Charset, Content, Engine, Open, Packet, Payload, Received, Side, Version, elements,
};

use super::frame;
use super::polled::Body;
use crate::link::{Inbox, Portion};
use crate::transport::websocket::Messages;

/// The most bytes in front of and behind a message, and of other packets.
const AROUND: usize = 1024;

/// Returns the size of the longest packet for packages of `limit` bytes, whose characters may
/// become escapes of three times their size.
pub(super) fn longest(limit: usize) -> usize {
    limit.saturating_mul(3).saturating_add(AROUND)
}

/// The reading half of one end of a session.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) engine: Engine,
    pub(super) side: Side,
    pub(super) content: Content,
    /// The id by which a server's client is known. Unlike that of Engine.IO it is not a secret
    /// in version 4.
    pub(super) id: String,
    /// What a client's server has announced.
    pub(super) opened: Option<Box<Open>>,
    /// How the peer writes the texts of bodies.
    charset: Charset,
    /// The body whose packets are taken.
    body: Option<Payload>,
}

impl Reader {
    pub(super) fn new(version: Version, side: Side, content: Content, id: String) -> Self {
        let engine = Engine::new(version, side, content);
        Self { engine, side, content, id, opened: None, charset: Charset::Unknown, body: None }
    }

    /// Begins to take the packets of a body.
    pub(super) fn begin_body(&mut self, body: Body) -> Result<(), CloseReason> {
        let Body { bytes, is_bytes } = body;
        let payload = Payload::new(self.engine.version(), bytes, is_bytes, self.charset);
        self.body = Some(payload.map_err(CloseReason::malformed)?);
        Ok(())
    }

    /// Returns whether a body has packets that are not taken.
    pub(super) fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Returns the bytes of that body.
    pub(super) fn held(&self) -> usize {
        self.body.as_ref().map_or(0, Payload::size)
    }

    /// Takes a [`Portion`] of the packets of the body. Each that is to be answered is, by
    /// `reply`.
    pub(super) fn take_packets(
        &mut self,
        inbox: &mut Inbox,
        mut reply: impl FnMut(&[u8]),
    ) -> Result<(), CloseReason> {
        let Some(mut payload) = self.body.take() else { return Ok(()) };
        let mut portion = Portion::new();
        while let Some(packet) = payload.next_packet().map_err(CloseReason::malformed)? {
            let (mut packet, text) = match packet {
                Packet::Text(packet) => (packet.into_owned().into_bytes(), true),
                Packet::Binary => (Vec::new(), false),
            };
            let size = packet.len();
            if let Some(message) = self.receive(&mut packet, text, &mut reply)? {
                self.push(packet, message, inbox)?;
            }
            if !portion.count(size) {
                self.body = Some(payload);
                return Ok(());
            }
        }
        self.charset = payload.charset();
        Ok(())
    }

    /// Reads a packet, and replies to it if it is to be answered. Returns where the message
    /// stands that it carries.
    fn receive(
        &mut self,
        packet: &mut [u8],
        text: bool,
        reply: impl FnOnce(&[u8]),
    ) -> Result<Option<Range<usize>>, CloseReason> {
        let received =
            if text { self.engine.receive(packet)? } else { self.engine.receive_binary()? };
        if let Received::Message(message) = received {
            return Ok(Some(message));
        }
        if let Some(packet) = self.answer(received) {
            reply(&packet);
        }
        Ok(None)
    }

    /// Returns the packet that answers one.
    fn answer(&mut self, received: Received) -> Option<Vec<u8>> {
        match (received, self.side) {
            (Received::Reply(packet), _) => Some(packet.into_owned()),
            (Received::Connected, Side::Server) => Some(self.engine.connected(&self.id)),
            (Received::Opened(open), _) => {
                self.opened = Some(open);
                (self.engine.version() == Version::V4).then(|| CONNECT.to_vec())
            }
            _ => None,
        }
    }

    /// Appends a message that has memory of its own to the packages.
    fn push(
        &self,
        packet: Vec<u8>,
        message: Range<usize>,
        inbox: &mut Inbox,
    ) -> Result<(), CloseReason> {
        check(&message, inbox)?;
        let message = Bytes::from(packet).slice(message);
        match self.batch(&message) {
            Some(batch) => batch.into_iter().for_each(|range| inbox.push(message.slice(range))),
            None => inbox.push(message),
        }
        Ok(())
    }

    /// Returns where the messages of a batch stand, which a server sends as an array.
    fn batch(&self, message: &[u8]) -> Option<Vec<Range<usize>>> {
        let may_be = self.side == Side::Client && self.content == Content::Text;
        if may_be && message.starts_with(b"[") { elements(message) } else { None }
    }
}

impl Messages for Reader {
    fn longest(&self, inbox: &Inbox) -> usize {
        longest(inbox.limit())
    }

    fn take(
        &mut self,
        inbox: &mut Inbox,
        message: Range<usize>,
        consumed: usize,
        text: bool,
    ) -> Result<(), CloseReason> {
        let start = message.start;
        let side = self.side;
        let (unread, replies) = inbox.unread_and_replies();
        let reply = |packet: &[u8]| frame::write(side, packet, replies);
        let Some(range) = self.receive(&mut unread[message], text, reply)? else {
            inbox.consume(consumed);
            return Ok(());
        };
        check(&range, inbox)?;
        let range = start + range.start..start + range.end;
        match self.batch(&inbox.unread()[range.clone()]) {
            None => inbox.deliver(range, consumed),
            Some(batch) => {
                for Range { start, end } in batch {
                    inbox.deliver(range.start + start..range.start + end, 0);
                }
                inbox.consume(consumed);
            }
        }
        Ok(())
    }

    fn take_assembled(
        &mut self,
        inbox: &mut Inbox,
        mut message: Vec<u8>,
        text: bool,
    ) -> Result<(), CloseReason> {
        let side = self.side;
        let replies = inbox.unread_and_replies().1;
        let reply = |packet: &[u8]| frame::write(side, packet, replies);
        match self.receive(&mut message, text, reply)? {
            Some(range) => self.push(message, range, inbox),
            None => Ok(()),
        }
    }
}

fn check(message: &Range<usize>, inbox: &Inbox) -> Result<(), CloseReason> {
    let (size, limit) = (message.len(), inbox.limit());
    if size > limit { Err(CloseReason::TooLarge { size, limit }) } else { Ok(()) }
}
