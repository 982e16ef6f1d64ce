//! A link of datagrams.

use std::fmt;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

use super::DatagramSize;
use super::dialed::Dialed;
use super::served::Served;
use crate::link::{Batch, Inbox, Link, Outgoing};

/// A link with a package in each datagram, or several that leave at once. It is either side.
pub struct UdpLink {
    side: Side,
    size: DatagramSize,
}

enum Side {
    Served(Box<Served>),
    Dialed(Box<Dialed>),
}

impl UdpLink {
    pub(super) fn served(served: Served, size: DatagramSize) -> Self {
        Self { side: Side::Served(Box::new(served)), size }
    }

    pub(super) fn dialed(dialed: Dialed, size: DatagramSize) -> Self {
        Self { side: Side::Dialed(Box::new(dialed)), size }
    }
}

impl Link for UdpLink {
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        match &mut self.side {
            Side::Served(served) => served.poll_recv(cx, inbox),
            Side::Dialed(dialed) => dialed.poll_recv(cx, inbox),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        match &mut self.side {
            Side::Served(served) => served.poll_send(cx, outgoing),
            Side::Dialed(dialed) => dialed.poll_send(cx, outgoing),
        }
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
        match &mut self.side {
            Side::Served(served) => served.close(),
            Side::Dialed(dialed) => dialed.close(),
        }
        Poll::Ready(())
    }

    fn peer_has_left(&mut self, _: &mut Context<'_>) -> bool {
        match &self.side {
            Side::Served(served) => served.peer_has_left(),
            Side::Dialed(dialed) => dialed.peer_has_left(),
        }
    }

    fn frame(&self) -> &'static dyn Envelope {
        self.size.frame()
    }

    fn batch(&self) -> Batch {
        Batch::Concat
    }
}

impl fmt::Debug for UdpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match &self.side {
            Side::Served(served) => Some(served.address()),
            Side::Dialed(_) => None,
        };
        f.debug_struct("UdpLink")
            .field("served", &address)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
