//! The server's end of a link: what comes from one address of a port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;

use super::mailbox::Mailbox;
use super::peers::NewPeer;
use super::port::Port;
use super::proof::{Arrived, Proof};
use super::rules::unpadded;
use crate::link::{Inbox, Outgoing};
use crate::runtime::BoxFuture;

/// What comes from one address of a port, and the way back.
pub(super) struct Served {
    port: Arc<Port>,
    address: SocketAddr,
    id: u64,
    mailbox: Arc<Mailbox>,
    proof: Proof,
    /// The wait for room in the socket's buffer, which many links share.
    room: Option<BoxFuture<'static, ()>>,
    closed: bool,
}

impl Served {
    pub(super) fn new(port: Arc<Port>, NewPeer { address, id, mailbox }: NewPeer) -> Self {
        let proof = Proof::new(port.rules);
        Self { port, address, id, mailbox, proof, room: None, closed: false }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if self.closed {
            return Poll::Ready(Err(CloseReason::PeerClosed));
        }
        for mut datagram in ready!(self.mailbox.poll_take(cx))? {
            let was_shown = self.proof.is_shown();
            let arrived = self.proof.received(&datagram);
            if !was_shown && self.proof.is_shown() {
                self.port.peers().finish(self.id);
            }
            match arrived {
                Arrived::Deliver => {}
                Arrived::Greeting => datagram = unpadded(&datagram).into(),
                Arrived::DeliverBehindAck(ack) => inbox.push(ack),
                Arrived::Drop => continue,
                Arrived::Repeat(answer) => {
                    // It may be lost like any other.
                    let _ = self.port.socket.try_send_to(&answer, self.address);
                    continue;
                }
            }
            self.port.rules.check(&datagram, inbox.limit())?;
            inbox.push(datagram);
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        while let Some(datagram) = outgoing.package() {
            // A link whose place another one has must not speak for it.
            if !self.mailbox.is_ended() {
                ready!(self.poll_send_one(cx, datagram));
            }
            outgoing.package_sent();
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn close(&mut self) {
        // A later session of the address must not be told.
        if !std::mem::replace(&mut self.closed, true)
            && self.port.peers().has(self.address, self.id)
        {
            self.port.send_end(self.address);
        }
    }

    pub(super) fn peer_has_left(&self) -> bool {
        self.mailbox.is_ended()
    }

    /// Sends a datagram, unless its address may not get it. One that the system does not take
    /// is lost like any other.
    fn poll_send_one(&mut self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<()> {
        if self.room.is_none() {
            let most = self.proof.most();
            if !self.proof.sends(datagram) {
                if !self.proof.keeps() {
                    return Poll::Pending;
                }
                self.port.warn_of_withheld(datagram.len(), most.unwrap_or_default());
                return Poll::Ready(());
            }
        }
        loop {
            if let Some(room) = &mut self.room {
                ready!(room.as_mut().poll(cx));
                self.room = None;
            }
            match self.port.socket.try_send_to(datagram, self.address) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let port = self.port.clone();
                    self.room = Some(Box::pin(async move {
                        let _ = port.socket.writable().await;
                    }));
                }
                Err(error) => {
                    tracing::debug!(?error, size = datagram.len(), "a datagram could not be sent");
                    return Poll::Ready(());
                }
                Ok(_) => return Poll::Ready(()),
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Refused before it was open, perhaps.
        self.close();
        self.port.peers().forget(self.address, self.id);
    }
}
