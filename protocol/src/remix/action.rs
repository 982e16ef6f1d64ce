//! What a message wants.

use std::fmt;

/// What a message wants. Ten spellings are read, these eight are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Call a method; `call` is the newer spelling, which no program sends.
    Request,
    /// Answer a request.
    Response,
    /// Subscribe to an event; `listen` is the old spelling.
    On,
    /// Subscribe to the next event only.
    Once,
    /// Unsubscribe.
    Off,
    /// A plugin's own event, on its way to the engine.
    Emit,
    /// An event of another plugin, on its way from the engine; also the old
    /// spelling of [`Action::Emit`].
    Notification,
    /// Drop calls.
    Cancel,
}

impl Action {
    /// The action of this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "request" | "call" => Self::Request,
            "response" => Self::Response,
            "on" | "listen" => Self::On,
            "once" => Self::Once,
            "off" => Self::Off,
            "emit" => Self::Emit,
            "notification" => Self::Notification,
            "cancel" => Self::Cancel,
            _ => return None,
        })
    }

    /// The spelling that every receiver knows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::On => "on",
            Self::Once => "once",
            Self::Off => "off",
            Self::Emit => "emit",
            Self::Notification => "notification",
            Self::Cancel => "cancel",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
