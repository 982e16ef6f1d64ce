//! Accepted sockets, driven as a server drives them.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Bare;
use connector_protocol::session::{BareSession, Event};

use crate::connection::{Connection, Flow, Side, Turn};
use crate::connector::{Peer, Socket};
use crate::link::{Batch, Inbox};

/// An accepted socket and the state that its driver owns.
pub(super) struct Served<K> {
    pub(super) socket: K,
    io: Connection<BareSession>,
    open: bool,
    /// The peer as it was when the socket was accepted.
    pub(super) accepted: Peer,
    /// The peer as openers have corrected it.
    pub(super) peer: Peer,
}

/// The [`Side`] that waits for the next package.
#[derive(Default)]
struct Next(Option<Vec<u8>>);

impl Side for Next {
    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(package) = event else { return Ok(Flow::Continue) };
        self.0 = Some(package.to_vec());
        Ok(Flow::Yield)
    }
}

/// The side that sends and does not read.
struct Unread;

impl Side for Unread {
    fn has_room(&self) -> bool {
        false
    }

    fn reads(&self) -> bool {
        false
    }

    fn handle(&mut self, _: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        Ok(Flow::Continue)
    }
}

impl<K: Socket> Served<K> {
    pub(super) fn new(socket: K, limit: usize) -> Self {
        let io = Connection::new(BareSession, Inbox::new(limit), &Bare);
        let peer = socket.peer().clone();
        Self { accepted: peer.clone(), peer, socket, io, open: false }
    }

    /// Opens the socket if that is not done, then waits for its next package or, after
    /// the last one, for its end. Queued packages are sent meanwhile.
    pub(super) async fn recv(&mut self) -> Result<Vec<u8>, CloseReason> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Polls for the next package, as [`Served::recv`] does.
    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, CloseReason>> {
        if !self.open {
            ready!(self.io.poll_open(&mut self.socket, cx, &mut self.peer))?;
            self.open = true;
        }
        let mut next = Next::default();
        self.io.poll(&mut self.socket, &mut next, cx, Duration::ZERO)?;
        next.0.map_or(Poll::Pending, |package| Poll::Ready(Ok(package)))
    }

    /// Queues packages, each in its own frame.
    pub(super) fn queue(&mut self, packages: &[Vec<u8>]) -> Result<(), CloseReason> {
        let packages: Vec<&[u8]> = packages.iter().map(Vec::as_slice).collect();
        Batch::Each.write(self.socket.frame(), &packages, self.io.outgoing().buf())
    }

    /// Returns the number of queued bytes.
    pub(super) fn unsent(&mut self) -> usize {
        self.io.outgoing().len()
    }

    /// Sends the queued packages.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        self.io.poll(&mut self.socket, &mut Unread, cx, Duration::ZERO)?;
        if self.io.outgoing().is_sent() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}
