//! The one model of a handler's error.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::MaybeSend;
use crate::codec::CodecError;
use crate::connection::PushError;

/// Why a call failed, in the form that every dialect has a way to say.
///
/// In pomelo's dialect it is the body `{"code": n, "msg": ".."}`, with the
/// metadata's fields beside them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HandlerError {
    /// What kind of failure; 500 by default.
    pub code: u16,
    /// For people; empty says nothing.
    pub message: Cow<'static, str>,
    /// For programs.
    pub metadata: Map<String, Value>,
}

impl HandlerError {
    /// The message did not fit what the route takes.
    pub const BAD_REQUEST: u16 = 400;
    /// The call took longer than its route allows; what a gateway answers.
    pub const TIMED_OUT: u16 = 504;
    /// The route does not exist, or its handler failed.
    pub const FAILED: u16 = 500;

    /// An error with this code and message.
    pub fn new(code: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), metadata: Map::new() }
    }

    /// A failure that is nobody's business: code 500 and nothing else, as
    /// pomelo answers.
    pub fn failed() -> Self {
        Self::new(Self::FAILED, "")
    }

    /// A body that does not fit, with the reason.
    pub fn bad_request(reason: impl fmt::Display) -> Self {
        Self::new(Self::BAD_REQUEST, reason.to_string())
    }

    /// A call that was dropped because it was not done in time.
    pub fn timed_out(limit: Duration) -> Self {
        Self::new(Self::TIMED_OUT, format!("not done within {limit:?}"))
    }

    /// The same with one more field for programs.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.message {
            "" => write!(f, "code {}", self.code),
            message => write!(f, "code {}: {message}", self.code),
        }
    }
}

impl std::error::Error for HandlerError {}

/// An error that a route may return: any that becomes a [`HandlerError`].
///
/// `#[derive(RouteError)]` writes `impl From<..> for HandlerError`.
#[diagnostic::on_unimplemented(
    message = "a route cannot answer with the error `{Self}`",
    label = "does not become a `HandlerError`",
    note = "put `#[derive(RouteError)]` on `{Self}`, or write `impl From<{Self}> for HandlerError`"
)]
pub trait RouteError: MaybeSend {
    /// What is answered.
    fn into_answer(self) -> HandlerError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<HandlerError> + MaybeSend> RouteError for E {
    fn into_answer(self) -> HandlerError {
        self.into()
    }
}

impl Serialize for HandlerError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Formats such as MessagePack want the length first.
        let len = 1 + usize::from(!self.message.is_empty()) + self.metadata.len();
        let mut map = serializer.serialize_map(Some(len))?;
        map.serialize_entry("code", &self.code)?;
        if !self.message.is_empty() {
            map.serialize_entry("msg", &self.message)?;
        }
        for (key, value) in &self.metadata {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl From<PushError> for HandlerError {
    fn from(error: PushError) -> Self {
        tracing::debug!(%error, "a push did not go out");
        Self::failed()
    }
}

impl From<CodecError> for HandlerError {
    fn from(error: CodecError) -> Self {
        tracing::error!(%error, "an answer could not be written");
        Self::failed()
    }
}
