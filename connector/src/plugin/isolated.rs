//! The application's links, whose panics end their own connection alone.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;

use super::{MessageIo, MessageLink};
use crate::runtime::isolate;

/// What panics are logged of.
const LINK: &str = "a link of messages";

/// A link that fails with [`CloseReason::Panicked`] when a method of it panics.
#[derive(Debug)]
pub(super) struct Isolated<L>(pub(super) L);

impl<L: MessageLink> MessageLink for Isolated<L> {
    fn poll_open_link(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        let polled = isolate(LINK, || self.0.poll_open_link(cx, io));
        polled.unwrap_or_else(|| Poll::Ready(Err(io.abandon())))
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        let sent = isolate(LINK, || self.0.send_message(message, io));
        sent.unwrap_or_else(|| Err(io.abandon()))
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        let polled = isolate(LINK, || self.0.poll_message(cx, io));
        polled.unwrap_or_else(|| Poll::Ready(Err(io.abandon())))
    }

    fn has_finished(&self) -> bool {
        isolate(LINK, || self.0.has_finished()).unwrap_or_default()
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        isolate(LINK, || self.0.poll_close_link(cx, reason, io)).unwrap_or(Poll::Ready(()))
    }

    fn is_half_closed(&self) -> bool {
        isolate(LINK, || self.0.is_half_closed()).unwrap_or_default()
    }

    fn is_abandoned(&self) -> bool {
        isolate(LINK, || self.0.is_abandoned()).unwrap_or_default()
    }

    fn unsent(&self, io: &MessageIo) -> usize {
        isolate(LINK, || self.0.unsent(io)).unwrap_or_default()
    }
}
