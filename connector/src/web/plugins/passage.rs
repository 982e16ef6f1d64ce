//! The way of posted messages, in and out.

use std::cell::Cell;
use std::rc::Rc;

use connector_protocol::CloseReason;
use connector_protocol::remix::{Action, Message};
use connector_protocol::text::escaped;
use wasm_bindgen::JsValue;

use super::target::{SendError, Target};
use super::values::{self, Posted};
use crate::plugin::{Incoming, MessageInbox, MessageSender, inbox};

/// The most messages that wait to be handled.
const WAITING: usize = 1_024;
/// The longest message until the link is opened, in characters.
const PACKAGE: usize = 16 << 20;

/// The way of posted values into a link, and of its messages out of it.
#[derive(Clone)]
pub(super) struct Passage {
    incoming: Incoming,
    limit: Rc<Cell<usize>>,
    target: Rc<dyn Target>,
}

impl Passage {
    /// Creates the way from a target, and what its link receives.
    pub(super) fn new(target: Rc<dyn Target>) -> (Self, MessageInbox) {
        let (incoming, inbox) = inbox(WAITING);
        (Self { incoming, limit: Rc::new(Cell::new(PACKAGE)), target }, inbox)
    }

    /// Returns the longest message that is taken, in characters.
    pub(super) fn limit(&self) -> Rc<Cell<usize>> {
        self.limit.clone()
    }

    /// Takes what was posted.
    pub(super) fn take(&self, data: &JsValue) {
        if self.incoming.is_closed() {
            return;
        }
        match values::read(data, self.limit.get()) {
            Ok(Posted::Message(message)) => self.push(message),
            Ok(Posted::Answer(answer)) => {
                if let Err(reason) = self.post(answer) {
                    self.end(reason);
                }
            }
            Ok(Posted::Other) => {}
            Err(reason) => self.end(reason),
        }
    }

    /// Ends the link for this reason.
    pub(super) fn end(&self, reason: CloseReason) {
        self.incoming.close(reason);
    }

    /// Posts a message. Whoever waits for one whose values cannot be posted is told why.
    ///
    /// # Errors
    /// Returns the reason for which the other end has gone.
    fn post(&self, message: Message) -> Result<(), CloseReason> {
        let error = match self.target.send(&message) {
            Ok(()) => return Ok(()),
            Err(SendError::Ended(reason)) => return Err(reason),
            Err(SendError::Values(error)) => format!("the values cannot be posted: {error}"),
        };
        tracing::debug!(error = %escaped(&error), "a message cannot be posted");
        let action = message.action;
        let failure = values::failure(message, &error);
        match action {
            Action::Request => self.push(failure),
            // It has no values.
            Action::Response => _ = self.target.send(&failure),
            _ => {}
        }
        Ok(())
    }

    /// Hands a message over. One that is not taken has ended the link.
    fn push(&self, message: Message) {
        let _ = self.incoming.push(message);
    }
}

impl MessageSender for Passage {
    fn send(&mut self, message: Message) -> Result<(), CloseReason> {
        self.post(message)
    }

    fn disconnect(&mut self) {
        self.target.end();
    }
}
