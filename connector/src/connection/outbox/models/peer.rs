//! The other end of a connection, and the link to it. Neither switches threads by itself, so
//! that a model is about the outbox.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use connector_protocol::framing::{Bare, Envelope};

use crate::CloseReason;
use crate::connector::{Address, BoxSocket, Role, Socket};
use crate::link::{Inbox, Link, Outgoing};
use crate::protocol::session::{BareSession, Machine};

/// What has arrived, and what may still.
#[derive(Default)]
pub(super) struct Peer(Mutex<State>);

#[derive(Default)]
struct State {
    received: Vec<u8>,
    /// The number of bytes that the link takes.
    room: usize,
    /// The link fails when it is to send.
    failed: bool,
    writer: Option<Waker>,
}

impl Peer {
    pub(super) fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { room, ..State::default() })))
    }

    pub(super) fn failed() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { failed: true, ..State::default() })))
    }

    /// Lets the link take more.
    pub(super) fn make_room(&self, bytes: usize) {
        let writer = {
            let mut state = self.lock();
            state.room += bytes;
            state.writer.take()
        };
        if let Some(writer) = writer {
            writer.wake();
        }
    }

    pub(super) fn received(&self) -> String {
        String::from_utf8(self.lock().received.clone()).unwrap()
    }

    /// Returns a socket to the peer.
    pub(super) fn socket(self: &Arc<Self>) -> BoxSocket {
        ToPeer(self.clone(), crate::Peer::new("memory", Address::Unnamed)).boxed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

struct ToPeer(Arc<Peer>, crate::Peer);

impl Link for ToPeer {
    fn poll_recv(&mut self, _: &mut Context<'_>, _: &mut Inbox) -> Poll<Result<(), CloseReason>> {
        Poll::Pending
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        let mut state = self.0.lock();
        if state.failed {
            return Poll::Ready(Err(CloseReason::PeerClosed));
        }
        let mut room = vec![0; state.room];
        let mut taken = std::io::Cursor::new(&mut room[..]);
        let sent = outgoing.poll_write(cx, &mut taken);
        let len = taken.position() as usize;
        state.received.extend(&room[..len]);
        state.room -= len;
        if matches!(sent, Poll::Ready(Ok(()))) {
            return Poll::Ready(Ok(()));
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
        Poll::Ready(())
    }

    fn frame(&self) -> &'static dyn Envelope {
        &Bare
    }
}

impl Socket for ToPeer {
    fn peer(&self) -> &crate::Peer {
        &self.1
    }

    fn session(&self, _: Role) -> Box<dyn Machine> {
        Box::new(BareSession)
    }
}
