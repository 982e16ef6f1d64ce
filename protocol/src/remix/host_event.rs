//! The events of a remote plugin, as the engine sees its messages.

use super::{Answer, Arguments, Message, Ticket};

/// The meaning of a message for the engine.
#[derive(Debug)]
pub enum HostEvent {
    /// Nothing.
    Ignored,
    /// The handshake is done, and these are the plugin's methods: those of the
    /// profile if the plugin sent none. Repeated when they change, and after each
    /// reconnection.
    MethodsChanged(Vec<String>),
    /// The plugin has begun anew on its connection, like a page that is loaded again. Holds the
    /// failures of all calls that ran or waited; its subscriptions have ended.
    Reloaded(Vec<Answer<Ticket>>),
    /// The plugin answered the handshake with this error.
    HandshakeRefused(String),
    /// A call to the plugin ended.
    Answered(Answer<Ticket>),
    /// The plugin calls another one.
    Request {
        /// The called plugin's name, then its services, separated by dots.
        path: String,
        /// The method.
        method: String,
        /// The arguments.
        payload: Arguments,
        /// The handle that answers the call.
        reply: HostReply,
    },
    /// The plugin subscribes to an event.
    On {
        /// The plugin that emits it.
        name: String,
        /// The event.
        key: String,
    },
    /// The plugin subscribes to the next event.
    Once {
        /// The plugin that emits it.
        name: String,
        /// The event.
        key: String,
    },
    /// The plugin unsubscribes.
    Off {
        /// The plugin that emits the event.
        name: String,
        /// The event.
        key: String,
    },
    /// The plugin emits an event.
    Emit {
        /// The event.
        key: String,
        /// Its values.
        payload: Arguments,
    },
    /// The plugin cancels calls that it made.
    Cancel {
        /// The called plugin's name and its services, separated by dots.
        path: String,
        /// The method. `None` cancels the calls of all methods.
        method: Option<String>,
    },
}

/// A handle that answers one of the plugin's calls, once.
#[derive(Debug)]
pub struct HostReply {
    pub(super) connection: u32,
    pub(super) request: Message,
}

impl HostReply {
    /// Returns the number of bytes of its texts, which is about the memory that it takes.
    pub fn size(&self) -> usize {
        self.request.size()
    }
}

/// Returns what is about another plugin's event, which a message names.
pub(super) fn about(
    message: Message,
    event: impl FnOnce(String, String) -> HostEvent,
) -> HostEvent {
    match (message.name, message.key) {
        (Some(name), Some(key)) => event(name, key),
        _ => HostEvent::Ignored,
    }
}

/// Ignores events without a payload, as released engines do.
pub(super) fn emitted(message: Message) -> HostEvent {
    let payload = message.payload.and_then(|payload| Arguments::try_from(payload).ok());
    match (message.key, payload) {
        (Some(key), Some(payload)) => HostEvent::Emit { key, payload },
        _ => HostEvent::Ignored,
    }
}

pub(super) fn canceled(message: Message) -> HostEvent {
    let Some(path) = message.name else { return HostEvent::Ignored };
    HostEvent::Cancel { path, method: message.key.filter(|key| !key.is_empty()) }
}
