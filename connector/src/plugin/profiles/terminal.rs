//! `terminal`: the IDE's log.

use connector_macros::remote_plugin;
use serde::Serialize;

/// The terminal below the editor.
#[remote_plugin("terminal", crate = "crate")]
pub trait Terminal {
    /// Shows a message.
    async fn log<V: Serialize>(&self, message: &TerminalMessage<V>);
}

/// A message of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TerminalMessage<V> {
    /// The value that is shown.
    pub value: V,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: TerminalMessageKind,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TerminalMessageKind {
    /// A text in HTML.
    Html,
    /// Any value.
    Log,
    /// Information.
    Info,
    /// A warning.
    Warn,
    /// An error.
    Error,
}
