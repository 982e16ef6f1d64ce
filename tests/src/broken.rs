//! Connectors that are broken on purpose, each in one way that real ones are
//! broken in.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use connector::codec::Codec;
use connector::link::{Batch, Inbox, Link, Outgoing};
use connector::protocol::framing::Envelope;
use connector::protocol::session::Machine;
use connector::{Address, CloseReason, Connector, Peer, Role, Socket, StartError};

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What a read did not finish is forgotten.
    LosesTail,
    /// What came in one read is handed on as one package.
    GluesStuck,
    /// What came in one read is handed on from behind.
    Reverses,
    /// Of a batch only the first package leaves.
    CutsBatch,
    /// A peer that closes is not noticed.
    SwallowsClose,
    /// A broken connection looks like one that was closed.
    CallsDeathClose,
    /// `stop` does nothing.
    NeverStops,
    /// What a peer does not read is kept, however much it is.
    BuffersAll,
    /// Packages of any size are taken.
    IgnoresLimit,
    /// The next connection waits for the first package of the one before.
    OpensInAccept,
}

/// A connector with a fault.
#[derive(Debug)]
pub struct Broken<C> {
    sound: C,
    fault: Fault,
    turn: Turn,
}

/// Whether the next connection may be accepted, and who waits for that.
type Turn = Arc<Mutex<(bool, Option<Waker>)>>;

/// A socket with a fault.
#[derive(Debug)]
pub struct BrokenSocket<S> {
    sound: S,
    fault: Fault,
    turn: Turn,
    held: Outgoing,
    unlimited: Inbox,
}

impl<C> Broken<C> {
    /// Breaks a connector.
    pub fn new(sound: C, fault: Fault) -> Self {
        Self { sound, fault, turn: Arc::new(Mutex::new((true, None))) }
    }
}

impl<C: Connector> Connector for Broken<C> {
    type Socket = BrokenSocket<C::Socket>;

    async fn start(&mut self) -> Result<(), StartError> {
        self.sound.start().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Socket>> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.fault == Fault::OpensInAccept && !turn.0 {
            turn.1 = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let sound = ready!(self.sound.poll_accept(cx))?;
        turn.0 = false;
        Poll::Ready(Ok(BrokenSocket {
            sound,
            fault: self.fault,
            turn: self.turn.clone(),
            held: Outgoing::default(),
            unlimited: Inbox::new(usize::MAX),
        }))
    }

    fn stop(&mut self) {
        if self.fault != Fault::NeverStops {
            self.sound.stop();
        }
    }

    fn address(&self) -> Option<Address> {
        self.sound.address()
    }

    fn codec(&self) -> Arc<dyn Codec> {
        self.sound.codec()
    }
}

impl<S: Link> BrokenSocket<S> {
    /// Its turn to be opened is over.
    fn end_turn(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.0 = true;
        if let Some(waker) = turn.1.take() {
            waker.wake();
        }
    }
}

impl<S: Link> Link for BrokenSocket<S> {
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if self.fault == Fault::BuffersAll {
            let _ = self.sound.poll_send(cx, &mut self.held);
        }
        if self.fault == Fault::IgnoresLimit {
            let received = self.sound.poll_recv(cx, &mut self.unlimited);
            for package in take_all(&mut self.unlimited) {
                inbox.push(package);
            }
            return received;
        }
        let received = ready!(self.sound.poll_recv(cx, inbox));
        self.end_turn();
        match (self.fault, received) {
            (Fault::LosesTail, received) => {
                let tail = inbox.unread().len();
                inbox.consume(tail);
                Poll::Ready(received)
            }
            (Fault::GluesStuck, received) => {
                let packages = take_all(inbox);
                if !packages.is_empty() {
                    inbox.push(packages.concat());
                }
                Poll::Ready(received)
            }
            (Fault::Reverses, received) => {
                for package in take_all(inbox).into_iter().rev() {
                    inbox.push(package);
                }
                Poll::Ready(received)
            }
            (Fault::SwallowsClose, Err(CloseReason::PeerClosed)) => Poll::Pending,
            (Fault::CallsDeathClose, Err(CloseReason::Lost { .. })) => {
                Poll::Ready(Err(CloseReason::PeerClosed))
            }
            (_, received) => Poll::Ready(received),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        if self.fault != Fault::BuffersAll {
            return self.sound.poll_send(cx, outgoing);
        }
        self.held.append(outgoing);
        let _ = self.sound.poll_send(cx, &mut self.held);
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        self.sound.poll_close(cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.sound.peer_has_left(cx)
    }

    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        self.sound.ping(inbox)
    }

    fn frame(&self) -> &'static dyn Envelope {
        self.sound.frame()
    }

    fn batch(&self) -> Batch {
        self.sound.batch()
    }

    async fn send_batch(&mut self, packages: &[&[u8]]) -> Result<(), CloseReason> {
        let packages = match self.fault {
            Fault::CutsBatch => &packages[..1],
            _ => packages,
        };
        self.sound.send_batch(packages).await
    }
}

impl<S: Socket> Socket for BrokenSocket<S> {
    fn peer(&self) -> &Peer {
        self.sound.peer()
    }

    fn session(&self, role: Role) -> Box<dyn Machine> {
        self.sound.session(role)
    }
}

fn take_all(inbox: &mut Inbox) -> Vec<Vec<u8>> {
    let mut packages = Vec::new();
    while let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
        inbox.advance(package.len());
        packages.push(package);
    }
    packages
}
