//! From an accepted or dialled link to the moment when messages may flow.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::{Event, Session as Machine};

use super::io::{Connection, Flow, Pause, Side, Turn};
use crate::connector::Peer;
use crate::link::{Link, Opening};

/// Opens a link: whatever it needs before packages flow.
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

/// A step of the handshake that the side has to decide about.
#[derive(Debug)]
pub(crate) struct Step {
    /// The handshake of the other side, or that the session is open.
    pub(crate) event: Event<'static>,
    /// The size of its package in bytes.
    pub(crate) size: usize,
}

/// Waits for one step.
#[derive(Default)]
struct Waiting {
    event: Option<Event<'static>>,
    size: usize,
}

/// Bytes that may be unsent during a handshake.
const UNSENT: usize = 256 * 1024;

impl Side for Waiting {
    const UNSENT: usize = UNSENT;

    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        self.event = match event {
            Event::Handshake(request) => Some(Event::Handshake(request)),
            Event::Opened(response) => Some(Event::Opened(response)),
            Event::Ignored | Event::Message(_) => return Ok(Flow::Continue),
        };
        Ok(Flow::Yield)
    }

    fn handled(&mut self, bytes: usize) {
        self.size = bytes;
    }
}

impl<M: Machine> Connection<M> {
    /// Opens the link: whatever it needs before packages flow.
    pub(crate) fn poll_open<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        peer: &mut Peer,
    ) -> Poll<Result<(), CloseReason>> {
        let opened = link.poll_open(cx, &mut Opening::new(&mut self.inbox, peer));
        self.inbox.release();
        opened
    }

    /// Starts the session; ready at once for one without a handshake.
    pub(crate) fn start(&mut self, now: Duration) -> Option<Step> {
        let (machine, mut out) = self.machine();
        match machine.start(now, &mut out) {
            event @ (Event::Handshake(_) | Event::Opened(_)) => Some(Step { event, size: 0 }),
            Event::Ignored | Event::Message(_) => None,
        }
    }

    /// Sends what is to be sent, and waits for the next step of the handshake.
    /// What arrives behind it stays in the inbox.
    pub(crate) async fn next_step<L: Link>(
        &mut self,
        link: &mut L,
        now: impl Fn() -> Duration,
    ) -> Result<Step, CloseReason> {
        let mut waiting = Waiting::default();
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
        Ok(Step { event, size: waiting.size })
    }
}
