//! The targets of posted messages.

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;
use wasm_bindgen::JsValue;
use web_sys::{BroadcastChannel, DedicatedWorkerGlobalScope, MessagePort, Worker};

use super::values;
use crate::web::error::lost;

/// The other end of a link.
pub(super) trait Target {
    /// Posts a value.
    ///
    /// # Errors
    /// Returns JavaScript's exception.
    fn post(&self, value: &JsValue) -> Result<(), JsValue>;

    /// Ends it, if the link owns it.
    fn end(&self) {}
}

/// The reason that a message is not sent.
pub(super) enum SendError {
    /// Its values cannot be posted.
    Values(String),
    /// The other end has gone.
    Ended(CloseReason),
}

impl dyn Target {
    /// Posts a message.
    pub(super) fn send(&self, message: &Message) -> Result<(), SendError> {
        let object = values::object(message).map_err(SendError::Values)?;
        self.post(&object).map_err(|exception| SendError::Ended(lost(&exception)))
    }
}

impl Target for MessagePort {
    fn post(&self, value: &JsValue) -> Result<(), JsValue> {
        self.post_message(value)
    }

    fn end(&self) {
        self.close();
    }
}

impl Target for BroadcastChannel {
    fn post(&self, value: &JsValue) -> Result<(), JsValue> {
        self.post_message(value)
    }

    fn end(&self) {
        self.close();
    }
}

impl Target for Worker {
    fn post(&self, value: &JsValue) -> Result<(), JsValue> {
        self.post_message(value)
    }

    fn end(&self) {
        self.terminate();
    }
}

/// A worker goes on when its connection has ended: only the page can know that it is done.
impl Target for DedicatedWorkerGlobalScope {
    fn post(&self, value: &JsValue) -> Result<(), JsValue> {
        self.post_message(value)
    }
}
