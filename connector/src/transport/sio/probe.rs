//! The WebSocket that a polling session tries out.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::socketio::{PROBE, PROBED, UPGRADE};

use super::port::SHARE;
use crate::connector::Peer;
use crate::limits::{HeldInAll, HeldLimit, HeldPart};
use crate::link::{Inbox, Link, Opening};
use crate::transport::WebSocketLink;
use crate::transport::websocket::Messages;

/// The bytes of answers to the peer's pings, which leave when the session has moved.
const REPLIES: usize = 4 << 10;

/// A WebSocket that is tried out, on either side.
pub(super) struct Probe {
    link: WebSocketLink,
    inbox: Inbox,
    messages: Collected,
    /// Its part of what is on its way to a port.
    counted: Option<(HeldPart<Arc<HeldInAll>>, HeldLimit)>,
}

/// What has arrived on a WebSocket and is not handled.
#[derive(Debug)]
pub(super) struct Arrived {
    /// Whole messages, which are texts or not.
    pub(super) messages: Vec<(Vec<u8>, bool)>,
    /// The bytes behind them.
    pub(super) unread: Vec<u8>,
    /// What the WebSocket answers by itself.
    pub(super) replies: Vec<u8>,
}

/// The messages of a WebSocket, as they are.
#[derive(Debug)]
struct Collected {
    messages: Vec<(Vec<u8>, bool)>,
    longest: usize,
}

impl Probe {
    /// Takes a WebSocket that is not open yet, of which this was read. Its messages have at most
    /// `longest` bytes.
    pub(super) fn new(link: WebSocketLink, read: &[u8], longest: usize) -> Self {
        let mut inbox = Inbox::new(longest);
        inbox.append_unread(read);
        let messages = Collected { messages: Vec::new(), longest };
        Self { link, inbox, messages, counted: None }
    }

    /// Counts what arrives on it for this limit, until the client has moved.
    pub(super) fn counted(mut self, limit: &HeldLimit) -> Self {
        self.counted = Some((limit.part(), limit.clone()));
        self
    }

    /// Counts what has arrived on it, and what waits to be answered.
    fn count(&mut self) -> Result<(), CloseReason> {
        let queued = self.inbox.unread_and_replies().1.len();
        if queued > REPLIES {
            return Err(CloseReason::SlowPeer { queued, limit: REPLIES });
        }
        let Some((part, limit)) = &mut self.counted else { return Ok(()) };
        let held = self.inbox.memory();
        part.set(held, usize::MAX);
        if held > SHARE && limit.is_reached() {
            return Err(CloseReason::Overloaded { held, limit: limit.limit() });
        }
        Ok(())
    }

    /// Opens it, and answers the client's probe.
    ///
    /// # Errors
    /// Returns the reason for which it cannot be used.
    pub(super) async fn answer(&mut self, mut peer: Peer) -> Result<(), CloseReason> {
        self.link.open(&mut Opening::new(&mut self.inbox, &mut peer)).await?;
        self.expect(PROBE, "the WebSocket does not begin with a probe").await?;
        self.link.send(PROBED).await
    }

    /// Opens it, and tries it out on the client's side.
    ///
    /// # Errors
    /// Returns the reason for which it cannot be used.
    pub(super) async fn ask(&mut self, mut peer: Peer) -> Result<(), CloseReason> {
        self.link.open(&mut Opening::new(&mut self.inbox, &mut peer)).await?;
        self.link.send(PROBE).await?;
        self.expect(PROBED, "the server does not answer the probe").await
    }

    /// Moves to it, on the client's side.
    ///
    /// # Errors
    /// Returns [`CloseReason::Lost`] if it failed.
    pub(super) async fn upgrade(&mut self) -> Result<(), CloseReason> {
        self.link.send(UPGRADE).await
    }

    /// Waits until the client has moved.
    ///
    /// # Errors
    /// Returns the reason for which it has not.
    pub(super) async fn wait(&mut self) -> Result<(), CloseReason> {
        self.expect(UPGRADE, "the probe is not followed by the upgrade").await
    }

    async fn expect(&mut self, packet: &[u8], problem: &str) -> Result<(), CloseReason> {
        let received = poll_fn(|cx| self.poll_message(cx)).await?;
        if received == packet { Ok(()) } else { Err(CloseReason::malformed(problem)) }
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, CloseReason>> {
        while self.messages.messages.is_empty() {
            let read = self.link.poll_recv_as(&mut self.messages, cx, &mut self.inbox);
            self.inbox.release();
            self.count()?;
            ready!(read)?;
        }
        Poll::Ready(Ok(self.messages.messages.remove(0).0))
    }

    /// Returns the WebSocket that the client has moved to.
    pub(super) fn into_parts(mut self) -> (WebSocketLink, Arrived) {
        let (unread, replies) = self.inbox.unread_and_replies();
        let (unread, replies) = (unread.to_vec(), std::mem::take(replies));
        (self.link, Arrived { messages: self.messages.messages, unread, replies })
    }

    /// Tells the client why it cannot move.
    pub(super) async fn refuse(mut self, reason: CloseReason) {
        self.link.disconnect(reason).await;
    }
}

impl Messages for Collected {
    fn longest(&self, _: &Inbox) -> usize {
        self.longest
    }

    fn take(
        &mut self,
        inbox: &mut Inbox,
        message: Range<usize>,
        consumed: usize,
        text: bool,
    ) -> Result<(), CloseReason> {
        self.messages.push((inbox.unread()[message].to_vec(), text));
        inbox.consume(consumed);
        Ok(())
    }

    fn take_assembled(
        &mut self,
        _: &mut Inbox,
        message: Vec<u8>,
        text: bool,
    ) -> Result<(), CloseReason> {
        self.messages.push((message, text));
        Ok(())
    }
}
