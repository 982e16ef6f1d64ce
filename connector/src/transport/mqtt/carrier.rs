//! One end of a connection that carries MQTT: what lies between its byte stream and its
//! session.
//!
//! Messages leave by any task, as those of every link. So they are written in pomelo's format,
//! and become PUBLISH packets here, on their way to the stream, where the packet identifiers
//! are, what the peer has acknowledged, and where each answer goes.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::mqtt::{
    ClientOptions, ClientSession, Delivery, DeliveryOptions, Received, ServerOptions,
    ServerSession, code,
};
use connector_protocol::session::Machine;

use super::clients::{Clients, Seat};
use crate::connector::Role;
use crate::link::{ByteStream, Inbox, Opening, Outgoing, Portion, Seal, Sealed, lost};
use crate::transport::websocket::random;

/// One end of a connection that carries MQTT.
pub(in crate::transport) struct Carrier {
    side: Side,
    delivery: Delivery,
    sealed: Sealed,
    /// The largest packet that is accepted later.
    limit: usize,
    /// It has been told that another session has the client id.
    is_told: bool,
}

enum Side {
    Server { clients: Arc<Clients>, seat: Option<Seat> },
    Client(Box<ClientOptions>),
}

impl Carrier {
    /// Creates a server's end.
    pub(in crate::transport) fn server(
        options: Arc<DeliveryOptions>,
        clients: Arc<Clients>,
    ) -> Self {
        Self::new(Side::Server { clients, seat: None }, Delivery::server(options))
    }

    /// Creates a client's end.
    pub(super) fn client(client: ClientOptions, options: Arc<DeliveryOptions>) -> Self {
        let delivery = Delivery::client(client.version, options);
        Self::new(Side::Client(Box::new(client)), delivery)
    }

    fn new(side: Side, delivery: Delivery) -> Self {
        Self { side, delivery, sealed: Sealed::default(), limit: usize::MAX, is_told: false }
    }

    /// Notes what an open stream tells.
    pub(in crate::transport) fn open(&mut self, opening: &mut Opening<'_>) {
        opening.peer.transport = super::TRANSPORT;
        self.limit = opening.limit();
    }

    /// Creates the machine of the session.
    pub(in crate::transport) fn machine(&self, role: Role) -> Box<dyn Machine> {
        let receive_maximum = self.delivery.receive_maximum();
        match role {
            Role::Client(settings) => {
                let mut options = match &self.side {
                    Side::Client(options) => (**options).clone(),
                    Side::Server { .. } => ClientOptions::default(),
                };
                options.receive_maximum = receive_maximum;
                Box::new(ClientSession::new(&settings, options))
            }
            Role::Server(settings) => {
                let max_packet = u32::try_from(self.limit).unwrap_or(u32::MAX);
                let options = ServerOptions { receive_maximum, max_packet, client_id };
                Box::new(ServerSession::new(settings, options))
            }
        }
    }

    pub(in crate::transport) fn poll_recv<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.check_seat()?;
        // Behind what was handed on before, more may be unread.
        if self.take(inbox)? {
            return Poll::Ready(Ok(()));
        }
        let Poll::Ready(filled) = inbox.poll_fill(cx, io.io()) else {
            return self.wait_for_seat(cx);
        };
        if filled.map_err(lost)? == 0 {
            return Poll::Ready(Err(self.end_of(inbox)));
        }
        self.take(inbox)?;
        Poll::Ready(Ok(()))
    }

    /// Fails, once, if another session has the client id of this one.
    fn check_seat(&mut self) -> Result<(), CloseReason> {
        match &self.side {
            Side::Server { seat: Some(seat), .. } if !self.is_told && seat.is_taken() => {
                self.is_told = true;
                let reason = ServerSession::TAKEN_OVER.to_owned();
                Err(CloseReason::Kicked(Some(reason)))
            }
            _ => Ok(()),
        }
    }

    /// Waits until another session has the client id of this one.
    fn wait_for_seat(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        if let Side::Server { seat: Some(seat), .. } = &self.side {
            seat.register(cx);
        }
        self.check_seat()?;
        Poll::Pending
    }

    /// Takes a portion of the packets that are unread. Returns whether there were any.
    fn take(&mut self, inbox: &mut Inbox) -> Result<bool, CloseReason> {
        let limit = inbox.limit();
        let mut messages = Vec::new();
        let mut any = false;
        let mut portion = Portion::new();
        let taken = loop {
            let before = messages.len();
            let (unread, replies) = inbox.unread_and_replies();
            match self.delivery.receive(unread, limit, &mut messages, replies) {
                Ok(None) => break Ok(()),
                Ok(Some(Received::Packet(size))) => {
                    any = true;
                    if !messages.is_empty() {
                        inbox.push(std::mem::take(&mut messages));
                    }
                    inbox.deliver(0..size, size);
                    if !portion.count(0) {
                        break Ok(());
                    }
                }
                Ok(Some(Received::Messages(size))) => {
                    any = true;
                    inbox.consume(size);
                    if !portion.count(messages.len() - before) {
                        break Ok(());
                    }
                }
                Err(reason) => break Err(reason),
            }
        };
        if !messages.is_empty() {
            inbox.push(messages);
        }
        taken.map(|()| any)
    }

    /// The reason of a stream's end. Without a DISCONNECT a client's will counts.
    fn end_of(&self, inbox: &mut Inbox) -> CloseReason {
        let left = inbox.unread().len();
        if left > 0 {
            let message = format!("the stream ended {left} bytes into a packet");
            return CloseReason::Lost { kind: std::io::ErrorKind::UnexpectedEof, message };
        }
        match self.side {
            Side::Server { .. } if self.delivery.is_open() => CloseReason::PeerClosedWith {
                code: code::UNSPECIFIED.into(),
                reason: "the client has sent no DISCONNECT".to_owned(),
            },
            _ => CloseReason::PeerClosed,
        }
    }

    pub(in crate::transport) fn poll_send<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        self.delivery.release(self.sealed.buf());
        let Self { side, delivery, sealed, .. } = self;
        match sealed.poll_send(&mut Sealer { side, delivery }, io, cx, outgoing) {
            // Of a peer that does not read, nothing else is heard.
            Poll::Pending => self.wait_for_seat(cx),
            sent => sent,
        }
    }

    /// Answers the pings that may lie unread, see [`Link::beat`].
    ///
    /// [`Link::beat`]: crate::link::Link::beat
    pub(in crate::transport) fn beat(&mut self, inbox: &mut Inbox) {
        self.delivery.beat(inbox.unread_and_replies().1);
    }

    /// Returns what it keeps besides the messages that are unsent, see [`Link::held`].
    ///
    /// [`Link::held`]: crate::link::Link::held
    pub(in crate::transport) fn held(&self) -> usize {
        self.delivery.memory()
    }

    pub(in crate::transport) fn poll_close<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        self.delivery.farewell(reason, self.sealed.buf());
        // What goes wrong is the end too.
        let _ = ready!(self.sealed.poll_flush(io, cx));
        io.poll_close(cx, reason)
    }
}

/// Makes packets of messages.
struct Sealer<'a> {
    side: &'a mut Side,
    delivery: &'a mut Delivery,
}

impl Seal for Sealer<'_> {
    fn seal(&mut self, front: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, CloseReason> {
        let size = self.delivery.send(front, out)?;
        // The client id is taken over as soon as the session is open.
        if let Side::Server { clients, seat: seat @ None, .. } = &mut *self.side
            && let Some(id) = self.delivery.client_id()
        {
            *seat = Some(clients.seat(id));
        }
        Ok(size)
    }

    /// What waits for acknowledgements is unsent, so that a client that gives none is noticed.
    fn kept(&self) -> usize {
        self.delivery.queued()
    }
}

/// Returns a client id that nobody can guess.
pub(super) fn client_id() -> Arc<str> {
    // All servers take 23 letters and digits.
    format!("connector{:014x}", u64::from_ne_bytes(random::bytes()) >> 8).into()
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier")
            .field("delivery", &self.delivery)
            .field("sealed", &self.sealed.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;
    use std::time::Duration;

    use connector_protocol::framing::Bare;
    use connector_protocol::mqtt::Version;
    use connector_protocol::session::PackageWriter;

    use super::*;

    #[test]
    fn a_client_announces_the_receive_maximum_that_it_enforces() {
        let delivery = DeliveryOptions { receive_maximum: 3, ..DeliveryOptions::default() };
        let client = ClientOptions { version: Version::V5, ..ClientOptions::default() };
        let carrier = Carrier::client(client, Arc::new(delivery));
        let mut machine = carrier.machine(Role::Client(Box::default()));
        let mut connect = Vec::new();
        machine.start(Duration::ZERO, &mut PackageWriter::new(&Bare, &mut connect));
        let property = [0x21, 0, 3];
        assert!(connect.windows(3).any(|bytes| bytes == property), "{connect:?}");
    }

    #[test]
    fn what_was_read_is_taken_in_portions() {
        let (connect, puback) =
            (&b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01c"[..], b"\x40\x02\0\x01");
        let mut carrier = Carrier::server(Arc::default(), Arc::default());
        let mut inbox = Inbox::new(1024);
        let cx = &mut Context::from_waker(Waker::noop());
        let bytes = [connect, &puback.repeat(600)].concat();
        assert!(inbox.poll_fill(cx, &mut &bytes[..]).is_ready());
        let mut left = vec![];
        while carrier.take(&mut inbox).unwrap() {
            left.push(inbox.unread().len() / puback.len());
        }
        assert_eq!(left, [345, 89, 0]);
    }
}
