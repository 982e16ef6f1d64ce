//! The handshake: from an accepted or dialled link to an open session.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::session::{Event, Machine};
use connector_protocol::{CloseReason, TlsError, tls};

use super::Budget;
use super::io::Connection;
use super::side::{Flow, Pause, Side, Turn, UNSENT};
use crate::link::{Link, Opening};

/// Opens a link, so that packages may flow.
pub(crate) async fn open_link<L: Link>(
    link: &mut L,
    opening: &mut Opening<'_>,
) -> Result<(), CloseReason> {
    poll_fn(|cx| {
        let opened = link.poll_open(cx, opening);
        opening.inbox.release();
        opened
    })
    .await
}

/// A step of the handshake: what a package has meant.
#[derive(Debug)]
pub(crate) struct Step {
    /// The introduction of a client, that the session is open, or something that no side has to
    /// decide about.
    pub(crate) event: Event<'static>,
    /// The size of its package in bytes.
    pub(crate) size: usize,
}

/// Waits for one step, unless an order ends the connection.
struct Waiting<O> {
    orders: O,
    event: Option<Event<'static>>,
    size: usize,
}

/// Handles no event, and reads so many bytes ahead. The peer is unknown, so they are few.
struct Watching<O, const AHEAD: usize> {
    orders: O,
}

/// The bytes that are read ahead while the application is waited for.
const AHEAD: usize = 4 * 1024;

impl<O: FnMut(&mut Context<'_>) -> Result<(), CloseReason>> Side for Waiting<O> {
    const UNSENT: usize = UNSENT;

    fn prepare(&mut self, turn: &mut Turn<'_, '_>, _: &mut Budget) -> Result<(), CloseReason> {
        (self.orders)(turn.task)
    }

    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        self.event = match event {
            Event::Hello(hello) => Some(Event::Hello(hello)),
            Event::Opened(welcome) => Some(Event::Opened(welcome)),
            Event::Ignored | Event::Message(_) => None,
        };
        Ok(Flow::Yield)
    }

    fn handled(&mut self, bytes: usize) {
        self.size = bytes;
    }
}

impl<O, const AHEAD: usize> Side for Watching<O, AHEAD>
where
    O: FnMut(&mut Context<'_>) -> Result<(), CloseReason>,
{
    const AHEAD: usize = AHEAD;
    const REST: usize = AHEAD;

    fn prepare(&mut self, turn: &mut Turn<'_, '_>, _: &mut Budget) -> Result<(), CloseReason> {
        (self.orders)(turn.task)
    }

    fn has_room(&self) -> bool {
        false
    }

    fn handle(&mut self, _: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        Ok(Flow::Continue)
    }
}

impl<M: Machine> Connection<M> {
    /// Returns what the link needs to open. Clients and servers make the connection after
    /// that, see [`open_link`].
    #[cfg(feature = "plugin")]
    pub(crate) fn opening<'a>(&'a mut self, peer: &'a mut crate::Peer) -> Opening<'a> {
        Opening::new(&mut self.inbox, peer)
    }

    /// Opens the link, so that packages may flow.
    #[cfg(any(feature = "testing", all(test, feature = "plugin")))]
    pub(crate) fn poll_open<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        peer: &mut crate::Peer,
    ) -> Poll<Result<(), CloseReason>> {
        let opened = link.poll_open(cx, &mut Opening::new(&mut self.inbox, peer));
        self.inbox.release();
        opened
    }

    /// Starts the session. Returns the opening step at once for a session without a
    /// handshake.
    pub(crate) fn start(&mut self, now: Duration) -> Option<Step> {
        let (machine, mut out) = self.machine();
        let event = machine.start(now, &mut out);
        self.note_open(&event);
        match event {
            Event::Hello(_) | Event::Opened(_) => Some(Step { event, size: 0 }),
            Event::Ignored | Event::Message(_) => None,
        }
    }

    /// Lets packages be handed out together once the session is open. Those of a handshake
    /// are judged by their size.
    fn note_open(&mut self, event: &Event<'_>) {
        if matches!(event, Event::Opened(_)) {
            self.inbox.set_joins(self.machine.takes_several());
        }
    }

    /// Waits until a package has arrived, without handling it, and returns its size in bytes.
    /// `orders` is as in [`Connection::next_step`].
    pub(crate) async fn next_size<L: Link>(
        &mut self,
        link: &mut L,
        now: impl Fn() -> Duration,
        orders: impl FnMut(&mut Context<'_>) -> Result<(), CloseReason>,
    ) -> Result<usize, CloseReason> {
        let mut arriving = Watching::<_, 0> { orders };
        poll_fn(|cx| {
            let polled = match self.inbox.peek() {
                None => self.poll(link, &mut arriving, cx, now()),
                Some(_) => Ok(Pause::Resting),
            };
            let size = self.inbox.peek().map(<[u8]>::len);
            match (size, polled) {
                (None, Ok(_)) => Poll::Pending,
                (None, Err(reason)) => Poll::Ready(Err(reason)),
                (Some(size), Ok(_)) => Poll::Ready(Ok(size)),
                (Some(size), Err(reason)) => {
                    // What came before the end is handled first.
                    self.rare.get_or_insert_default().ended = Some(reason);
                    Poll::Ready(Ok(size))
                }
            }
        })
        .await
    }

    /// Sends the outgoing bytes, and waits for the next package, which is a step of the
    /// handshake. Bytes behind it stay in the inbox. `orders` is called at each poll, and ends
    /// the connection by an error.
    pub(crate) async fn next_step<L: Link>(
        &mut self,
        link: &mut L,
        now: impl Fn() -> Duration,
        orders: impl FnMut(&mut Context<'_>) -> Result<(), CloseReason>,
    ) -> Result<Step, CloseReason> {
        let mut waiting = Waiting { orders, event: None, size: 0 };
        poll_fn(|cx| match self.poll(link, &mut waiting, cx, now()) {
            Ok(Pause::Yielded) => {
                self.release();
                Poll::Ready(Ok(()))
            }
            Ok(Pause::Resting | Pause::Spent) => Poll::Pending,
            Err(reason) => Poll::Ready(Err(reason)),
        })
        .await?;
        let event = waiting.event.unwrap_or(Event::Ignored);
        self.note_open(&event);
        Ok(Step { event, size: waiting.size })
    }

    /// Returns the reason of a handshake that failed. It names a peer that speaks TLS, of which
    /// the session knows nothing.
    pub(crate) fn explain(&mut self, reason: CloseReason) -> CloseReason {
        match reason {
            CloseReason::Malformed(_) if tls::is_record(self.inbox.unread()) => {
                CloseReason::Tls(Box::new(TlsError::Unexpected))
            }
            reason => reason,
        }
    }

    /// Waits for the application's answer. The peer's end, or an error of `orders`, ends the
    /// wait at once.
    pub(crate) async fn while_open<L: Link, T>(
        &mut self,
        link: &mut L,
        answer: impl Future<Output = T>,
        now: impl Fn() -> Duration,
        orders: impl FnMut(&mut Context<'_>) -> Result<(), CloseReason>,
    ) -> Result<T, CloseReason> {
        let mut answer = pin!(answer);
        let mut watching = Watching::<_, AHEAD> { orders };
        poll_fn(|cx| {
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(answer));
            }
            match self.poll(link, &mut watching, cx, now()) {
                Ok(_) => Poll::Pending,
                Err(reason) => Poll::Ready(Err(reason)),
            }
        })
        .await
    }
}
