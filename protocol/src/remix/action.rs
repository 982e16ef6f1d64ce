//! The actions of messages.

use std::fmt;

/// The purpose of a message. Ten spellings are read, and eight are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Calls a method. `call` is a newer spelling, which no program sends.
    Request,
    /// Answers a request.
    Response,
    /// Subscribes to an event. `listen` is an older spelling.
    On,
    /// Subscribes to the next event only.
    Once,
    /// Unsubscribes.
    Off,
    /// Carries an event of the sending plugin to the engine.
    Emit,
    /// Carries an event of another plugin from the engine. It is also the older
    /// spelling of [`Action::Emit`].
    Notification,
    /// Cancels calls.
    Cancel,
}

impl Action {
    /// Parses an action, in any of its spellings.
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

    /// Returns the spelling that every receiver knows.
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
