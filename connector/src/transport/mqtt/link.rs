//! A link that carries MQTT.

use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::mqtt::MqttPackets;
use connector_protocol::session::Machine;

use super::Carrier;
use crate::connector::Role;
use crate::link::{ByteStream, Inbox, Link, Opening, Outgoing};
use crate::transport::{Stream, proxy};

/// A link that carries MQTT, at either end.
#[derive(Debug)]
pub struct MqttLink<Io = Stream> {
    io: Io,
    carrier: Box<Carrier>,
}

impl<Io> MqttLink<Io> {
    pub(super) fn new(io: Io, carrier: Carrier) -> Self {
        Self { io, carrier: Box::new(carrier) }
    }

    /// Creates the machine of the session, which belongs to this link:
    /// [`Socket::session`](crate::Socket::session) of a socket of your own.
    pub fn machine(&self, role: Role) -> Box<dyn Machine> {
        self.carrier.machine(role)
    }
}

impl<Io: ByteStream> Link for MqttLink<Io> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        ready!(self.io.poll_open(cx, opening)).map_err(|reason| proxy::explain(reason, opening))?;
        self.carrier.open(opening);
        Poll::Ready(Ok(()))
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.carrier.poll_recv(&mut self.io, cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        self.carrier.poll_send(&mut self.io, cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        self.carrier.poll_close(&mut self.io, cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.io.peer_has_left(cx)
    }

    fn beat(&mut self, inbox: &mut Inbox) {
        self.carrier.beat(inbox);
    }

    fn held(&self) -> usize {
        self.carrier.held()
    }

    fn frame(&self) -> &'static dyn Envelope {
        &MqttPackets
    }
}
