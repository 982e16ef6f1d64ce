//! Any socket as a connector.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;

use super::{ClientConnector, Transit};
use crate::link::Link;

/// The plugin's side over a socket, or over any other link: each message is
/// one package of JSON text.
#[derive(Clone, Copy, Debug)]
pub struct SocketClientConnector<S>(pub S);

impl<S: Link + 'static> ClientConnector for SocketClientConnector<S> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<(), CloseReason>> {
        transit.poll_open(&mut self.0, cx)
    }

    fn send(&mut self, message: Message, transit: &mut Transit) -> Result<(), CloseReason> {
        transit.send(&self.0, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<Message, CloseReason>> {
        transit.poll_message(&mut self.0, cx)
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        transit: &mut Transit,
    ) -> Poll<()> {
        transit.poll_close(&mut self.0, cx, reason)
    }
}
