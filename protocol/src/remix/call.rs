//! A call of one of the plugin's methods.

use super::answer::fill;
use super::fields::Layout;
use super::{Action, Arguments, Message, Payload, RequestInfo};

/// A call of one of the plugin's methods.
#[derive(Debug)]
pub struct Call {
    /// The method in the plugin's own list: services in front of it, divided
    /// by dots, as in `git.fetch`.
    pub method: String,
    /// The arguments.
    pub payload: Arguments,
    /// Who calls.
    pub request_info: Option<RequestInfo>,
    /// The right to answer.
    pub reply: Reply,
}

/// The right to answer one call, once: a second answer would kill the engine.
#[derive(Debug)]
pub struct Reply {
    connection: u32,
    name: Option<String>,
    key: Option<String>,
    id: Option<i64>,
}

impl Reply {
    pub(super) fn to(request: &Message, connection: u32) -> Self {
        Self { connection, name: request.name.clone(), key: request.key.clone(), id: request.id }
    }

    pub(super) fn belongs_to(&self, connection: u32) -> bool {
        self.connection == connection
    }

    /// The answer, unless the request had no id: no engine waits for that one.
    pub(super) fn into_message(self, result: Result<Option<Payload>, String>) -> Option<Message> {
        let mut message = Message {
            name: self.name,
            key: self.key,
            id: Some(self.id?),
            layout: Layout::ANSWER,
            ..Message::new(Action::Response)
        };
        fill(&mut message, result);
        Some(message)
    }
}

/// The path's services in front of the method: `remote.git` and `fetch` are
/// `git.fetch`.
pub(super) fn method_path(path: Option<&str>, method: &str) -> String {
    match path.and_then(|path| path.split_once('.')) {
        Some((_, services)) => format!("{services}.{method}"),
        None => method.to_owned(),
    }
}
