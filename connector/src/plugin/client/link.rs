//! The link of a client whose type is erased.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;

use crate::plugin::{MessageIo, MessageLink};

/// A link of any type, so that a client can be created before its connector.
pub(super) struct AnyLink(pub(super) Box<dyn MessageLink>);

impl MessageLink for AnyLink {
    fn poll_open_link(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        self.0.poll_open_link(cx, io)
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        self.0.send_message(message, io)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        self.0.poll_message(cx, io)
    }

    fn has_finished(&self) -> bool {
        self.0.has_finished()
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        self.0.poll_close_link(cx, reason, io)
    }

    fn is_half_closed(&self) -> bool {
        self.0.is_half_closed()
    }

    fn is_abandoned(&self) -> bool {
        self.0.is_abandoned()
    }

    fn unsent(&self, io: &MessageIo) -> usize {
        self.0.unsent(io)
    }
}
