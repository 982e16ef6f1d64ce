//! The tasks that an engine's machine has for its driver.

use std::sync::Arc;

use super::super::{Answer, Arguments, HostCall, Ticket};

/// A task that an engine's machine has for its driver.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineEvent {
    /// A call is for a plugin that is not active. The driver asks whether the caller may
    /// activate it, and answers with
    /// [`EngineSession::allow`](super::EngineSession::allow).
    MayActivate {
        /// The call.
        ticket: Ticket,
        /// The calling plugin.
        from: Arc<str>,
        /// The plugin to activate.
        target: Arc<str>,
        /// The method that is called.
        method: String,
    },
    /// The driver connects the plugin, then calls
    /// [`EngineSession::activated`](super::EngineSession::activated) or
    /// [`EngineSession::activation_failed`](super::EngineSession::activation_failed).
    Activate(Arc<str>),
    /// The driver hands the call to the plugin, and its result to
    /// [`EngineSession::finish`](super::EngineSession::finish).
    Start {
        /// The call.
        ticket: Ticket,
        /// Its contents.
        call: HostCall,
    },
    /// A running call has ended otherwise, and its result is not needed any more.
    Drop {
        /// The call.
        ticket: Ticket,
        /// The called plugin.
        target: Arc<str>,
    },
    /// A call has ended.
    Answered(Answer<Ticket>),
    /// The driver delivers an event to a plugin.
    Notify {
        /// The plugin that listens.
        listener: Arc<str>,
        /// The plugin that emits the event.
        name: Arc<str>,
        /// The event.
        key: String,
        /// Its values.
        payload: Arguments,
    },
}
