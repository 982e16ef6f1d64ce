//! The link of a connection, and the messages that are about to leave over it.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::remix::Message;
use connector_protocol::{CloseReason, Limit};

use super::isolated::Isolated;
use super::{MessageIo, MessageLink};
use crate::connection::UNSENT;
use crate::limits::Throttle;

/// The most messages whose memory is kept for further ones.
const KEPT: usize = 16;

/// A link, its buffers, and the messages that wait for room behind what the link has not sent
/// yet, in order.
pub(super) struct Carrier<L> {
    link: Isolated<L>,
    io: MessageIo,
    departing: VecDeque<Message>,
    throttle: Throttle,
    /// The first message beyond the limit of a second, of a link that does not leave it unread.
    early: Option<Message>,
}

impl<L: MessageLink> Carrier<L> {
    pub(super) fn new(link: L, io: MessageIo) -> Self {
        let throttle = Throttle::new(io.limits().enforced.messages_per_second, Duration::ZERO);
        Self { link: Isolated(link), io, departing: VecDeque::new(), throttle, early: None }
    }

    pub(super) fn link(&self) -> &L {
        &self.link.0
    }

    pub(super) fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        self.link.poll_open_link(cx, &mut self.io)
    }

    /// Waits for the next message, and sends those that the link has meanwhile. Once the peer
    /// has sent as many as it may in a second, the next one waits until that is over.
    pub(super) fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Message, CloseReason>> {
        if let Some(end) = self.throttle.deadline() {
            self.io.pause(true);
            if self.early.is_none()
                && let Poll::Ready(message) = self.link.poll_message(cx, &mut self.io)
            {
                self.early = Some(message?);
            }
            ready!(self.io.poll_until(end, cx));
            self.io.pause(false);
            self.renew();
        }
        let polled = match self.early.take() {
            Some(message) => Poll::Ready(Ok(message)),
            None => self.link.poll_message(cx, &mut self.io),
        };
        if let Poll::Ready(Ok(_)) = &polled {
            self.renew();
            self.throttle.count();
        }
        polled
    }

    /// Starts the next second of the peer's messages if the current one is over.
    fn renew(&mut self) {
        let limits = self.io.limits();
        let limit = limits.configured.messages_per_second.max(1);
        if self.throttle.renew(self.io.time()).is_some_and(|messages| messages >= limit) {
            limits.report(Limit::MessagesPerSecond);
        }
    }

    /// Adds the messages of handles, and takes them away there.
    pub(super) fn take(&mut self, messages: &mut Vec<Message>) {
        if self.departing.is_empty() {
            let mut empty: Vec<Message> = std::mem::take(&mut self.departing).into();
            if empty.capacity() > KEPT {
                empty = Vec::new();
            }
            self.departing = std::mem::replace(messages, empty).into();
        } else {
            self.departing.extend(messages.drain(..));
        }
    }

    /// Returns whether nothing waits for room.
    pub(super) fn is_empty(&self) -> bool {
        self.departing.is_empty()
    }

    /// Hands messages to the link while it has room.
    pub(super) fn send(&mut self) -> Result<(), CloseReason> {
        while !self.departing.is_empty() && self.unsent() <= self.io.limits().enforced.queued {
            let Some(message) = self.departing.pop_front() else { break };
            self.link.send_message(message, &mut self.io)?;
        }
        Ok(())
    }

    /// Returns whether so much is unsent that no answer is added until the peer has read some.
    pub(super) fn is_clogged(&self) -> bool {
        !self.is_empty() || self.unsent() > UNSENT
    }

    /// Returns whether others can be sent at once, behind a poll of the link, which has sent as
    /// much as the peer takes.
    ///
    /// # Errors
    /// Returns the reason to close if the peer leaves no room for those that wait.
    pub(super) fn go_on(&self) -> Result<bool, CloseReason> {
        if self.is_empty() {
            return Ok(false);
        }
        let (queued, limit) = (self.unsent(), self.io.limits().enforced.queued);
        if queued > limit { Err(CloseReason::SlowPeer { queued, limit }) } else { Ok(true) }
    }

    fn unsent(&self) -> usize {
        self.link.unsent(&self.io)
    }

    pub(super) fn is_half_closed(&self) -> bool {
        self.link.is_half_closed()
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.link.is_abandoned()
    }

    /// Sends the last messages and closes the link, see [`MessageIo::close`].
    pub(super) async fn close(&mut self, reason: &CloseReason) {
        let Self { link, io, .. } = self;
        io.close(|cx, io| link.poll_close_link(cx, reason, io)).await;
    }
}

#[cfg(test)]
mod tests {
    use connector_protocol::Limits;
    use connector_protocol::remix::Action;

    use super::*;
    use crate::plugin::LocalLink;

    #[test]
    fn messages_are_taken_in_order_and_their_memory_goes_back_and_forth() {
        let (link, _other) = LocalLink::pair();
        let mut carrier = Carrier::new(link, MessageIo::new(&Limits::default()));
        let messages = |ids: std::ops::Range<i64>| -> Vec<Message> {
            let message = |id| {
                let mut message = Message::new(Action::Off);
                message.id = Some(id);
                message
            };
            ids.map(message).collect()
        };
        let mut out = messages(0..4);
        carrier.take(&mut out);
        assert!(out.is_empty() && out.capacity() == 0, "nothing was there to give back");
        out.extend(messages(4..6));
        carrier.take(&mut out);
        assert!(carrier.departing.iter().map(|message| message.id).eq((0..6).map(Some)));
        carrier.departing.clear();
        carrier.take(&mut out);
        assert!((6..=KEPT).contains(&out.capacity()), "{}", out.capacity());
        carrier.departing.extend(messages(0..KEPT as i64 + 1));
        carrier.departing.clear();
        carrier.take(&mut out);
        assert_eq!(out.capacity(), 0, "that of a burst is given back");
    }
}
