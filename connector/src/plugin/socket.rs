//! The connector over any socket.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;

use super::{ClientConnector, MessageIo};
use crate::link::Link;

/// A plugin's connector over a socket or any other link, on which each message is one
/// package of JSON text.
#[derive(Clone, Copy, Debug)]
pub struct SocketClientConnector<S>(pub S);

impl<S: Link + 'static> ClientConnector for SocketClientConnector<S> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        io.poll_open(&mut self.0, cx)
    }

    fn send(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        io.send(&self.0, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        io.poll_message(&mut self.0, cx)
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        io.poll_close(&mut self.0, cx, reason)
    }
}
