//! A socket with a fault.

use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use connector::link::{Batch, Inbox, Link, Opening, Outgoing};
use connector::protocol::framing::Envelope;
use connector::protocol::session::Machine;
use connector::{Address, CloseReason, Peer, Role, Socket};

use super::Fault;
use super::escaping::Escaping;
use super::packages::{break_packages, frames, take_all};

/// What a connector and its sockets share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) turn: Mutex<Turn>,
    pub(super) stopped: AtomicBool,
}

/// The turn of a connection to be opened.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) taken: bool,
    pub(super) waits: Option<Waker>,
}

/// A socket with a fault.
#[derive(Debug)]
pub struct BrokenSocket<S> {
    sound: S,
    fault: Fault,
    peer: Peer,
    shared: Arc<Shared>,
    held: Outgoing,
    unlimited: Inbox,
    /// The number of packages that were received.
    received: usize,
    /// The number of packages that were sent.
    sent: usize,
    /// The bytes of these that have not left.
    unsent: usize,
    /// The waker of the first poll.
    waker: Option<Waker>,
    ended: bool,
    closed: bool,
    /// What is sent has left.
    flushed: Arc<AtomicBool>,
}

impl<S> BrokenSocket<S> {
    pub(super) fn new(sound: S, fault: Fault, peer: Peer, shared: Arc<Shared>) -> Self {
        Self {
            sound,
            fault,
            peer,
            shared,
            held: Outgoing::default(),
            unlimited: Inbox::new(usize::MAX),
            received: 0,
            sent: 0,
            unsent: 0,
            waker: None,
            ended: false,
            closed: false,
            flushed: Arc::default(),
        }
    }

    /// Lets the next connection be opened.
    fn end_turn(&self) {
        let mut turn = self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.taken = false;
        if let Some(waker) = turn.waits.take() {
            waker.wake();
        }
    }

    /// Returns `true` if the socket has ended with its connector.
    fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Relaxed)
    }
}

impl<S: Link> BrokenSocket<S> {
    /// Reads from the sound link, in the way of the faults that are about reading.
    fn poll_sound(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        match self.fault {
            Fault::BuffersAll | Fault::DropsUnsentOnClose => {
                let _ = self.sound.poll_send(cx, &mut self.held);
            }
            Fault::IgnoresLimit => {
                let received = self.sound.poll_recv(cx, &mut self.unlimited);
                for package in take_all(&mut self.unlimited) {
                    inbox.push(package);
                }
                return received;
            }
            Fault::IgnoresRecvWaker => {
                let first = self.waker.get_or_insert_with(|| cx.waker().clone());
                return self.sound.poll_recv(&mut Context::from_waker(first), inbox);
            }
            Fault::DeafAfterClose if self.closed => {
                return Poll::Ready(Err(CloseReason::Requested));
            }
            Fault::DeliversAfterEnd if self.ended => {
                inbox.push(&b"late"[..]);
                return Poll::Ready(Ok(()));
            }
            _ => {}
        }
        self.sound.poll_recv(cx, inbox)
    }

    /// Breaks the packages that were queued since the last poll.
    fn break_queued(&mut self, outgoing: &mut Outgoing) {
        let queued = outgoing.len() - self.unsent;
        let buf = outgoing.buf();
        let mut packages = frames(&buf.split_off(buf.len() - queued));
        let before = self.sent;
        self.sent += packages.len();
        break_packages(self.fault, before, &mut packages);
        buf.extend(packages.concat());
    }
}

impl<S: Link> Link for BrokenSocket<S> {
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if self.is_stopped() {
            return Poll::Ready(Err(CloseReason::Stopping));
        }
        let received = ready!(self.poll_sound(cx, inbox));
        self.end_turn();
        if self.fault == Fault::LosesTail {
            let tail = inbox.unread().len();
            inbox.consume(tail);
        }
        let mut packages = take_all(inbox);
        let before = self.received;
        self.received += packages.len();
        break_packages(self.fault, before, &mut packages);
        for package in packages {
            inbox.push(package);
        }
        self.ended |= received.is_err();
        if self.ended && self.fault == Fault::ChangesPeer {
            self.peer = Peer::new("memory", Address::Unnamed);
        }
        match (self.fault, received) {
            (Fault::SwallowsClose, Err(CloseReason::PeerClosed)) => Poll::Pending,
            (Fault::SwallowsDeath, Err(CloseReason::Lost { .. })) => Poll::Pending,
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
        if self.is_stopped() {
            return Poll::Ready(Err(CloseReason::Stopping));
        }
        match self.fault {
            Fault::BuffersAll => {
                self.held.append(outgoing);
                let _ = self.sound.poll_send(cx, &mut self.held);
                Poll::Ready(Ok(()))
            }
            Fault::DropsUnsentOnClose => {
                self.held.append(outgoing);
                Poll::Ready(Ok(()))
            }
            Fault::EndsSlowPeers => match self.sound.poll_send(cx, outgoing) {
                Poll::Pending => Poll::Ready(Err(CloseReason::Lost {
                    kind: io::ErrorKind::TimedOut,
                    message: "no room".to_owned(),
                })),
                sent => sent,
            },
            Fault::LosesSent | Fault::ReordersSent => {
                self.break_queued(outgoing);
                let sent = self.sound.poll_send(cx, outgoing);
                self.unsent = outgoing.len();
                sent
            }
            Fault::IgnoresSendWaker => {
                let first = self.waker.get_or_insert_with(|| cx.waker().clone());
                self.sound.poll_send(&mut Context::from_waker(first), outgoing)
            }
            _ => self.sound.poll_send(cx, outgoing),
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        let is_first = !std::mem::replace(&mut self.closed, true);
        if self.fault == Fault::IgnoresCloseWaker && !self.flushed.load(Ordering::Relaxed) {
            if is_first {
                let (first, flushed) = (cx.waker().clone(), self.flushed.clone());
                // It takes a while.
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    flushed.store(true, Ordering::Relaxed);
                    first.wake();
                });
            }
            return Poll::Pending;
        }
        if self.fault == Fault::NeverEndsStream {
            return Poll::Ready(());
        }
        self.sound.poll_close(cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.sound.peer_has_left(cx)
    }

    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        self.sound.ping(inbox)
    }

    fn frame(&self) -> &'static dyn Envelope {
        match self.fault {
            Fault::EscapesOneWay => &Escaping,
            _ => self.sound.frame(),
        }
    }

    fn batch(&self) -> Batch {
        self.sound.batch()
    }

    async fn recv(&mut self, inbox: &mut Inbox) -> Result<Vec<u8>, CloseReason> {
        let received = self.sound.recv(inbox).await;
        if self.fault == Fault::LosesCancelled {
            tokio::task::yield_now().await;
        }
        received
    }

    async fn open(&mut self, opening: &mut Opening<'_>) -> Result<(), CloseReason> {
        if self.fault == Fault::ForgetsOpen {
            tokio::task::yield_now().await;
        }
        poll_fn(|cx| self.poll_open(cx, opening)).await
    }

    async fn disconnect(&mut self, reason: CloseReason) {
        if self.fault == Fault::ForgetsDisconnect {
            tokio::task::yield_now().await;
        }
        poll_fn(|cx| self.poll_close(cx, &reason)).await;
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
        &self.peer
    }

    fn session(&self, role: Role) -> Box<dyn Machine> {
        self.sound.session(role)
    }
}
