//! The error of a call, independent of the peer's dialect.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::text::escaped;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::MaybeSend;
use crate::codec::CodecError;
use crate::connection::PushError;

/// The error of a call, which every dialect can express: a code, a message and metadata.
///
/// In pomelo's dialect it is the body `{"code": n, "msg": ".."}`, with the metadata's
/// fields beside them.
///
/// ```
/// use connector::handler::HandlerError;
///
/// let error = HandlerError::new(404, "the room does not exist").with("room", "lobby");
/// assert_eq!(error.to_string(), "code 404: the room does not exist");
/// assert_eq!(error.metadata["room"], "lobby");
/// ```
///
/// An error of the program itself is answered by [`HandlerError::internal`]: the log gets the
/// error, and the peer a 500.
///
/// ```
/// use connector::prelude::*;
///
/// struct Scores;
///
/// #[handler("game.scoreHandler")]
/// impl Scores {
///     #[route]
///     async fn best(&self) -> Result<Json<u64>, HandlerError> {
///         let text = std::fs::read_to_string("best").map_err(HandlerError::internal)?;
///         text.trim().parse().map(Json).map_err(HandlerError::internal)
///     }
/// }
/// ```
///
/// Two errors are equal if their answers are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HandlerError {
    /// The kind of failure, with HTTP's numbers as far as they fit.
    pub code: u16,
    /// The text for people. An empty one is not sent.
    pub message: Cow<'static, str>,
    /// Details for programs, by name.
    pub metadata: Map<String, Value>,
    /// The error for the log.
    pub(super) cause: Option<Cause>,
}

/// An error behind a thin pointer, since each `Result` of a call has room for it.
#[derive(Clone, Debug)]
pub(super) struct Cause(Arc<Box<dyn Error + Send + Sync>>);

impl PartialEq for HandlerError {
    fn eq(&self, other: &Self) -> bool {
        let Self { code, message, metadata, cause: _ } = self;
        (code, message, metadata) == (&other.code, &other.message, &other.metadata)
    }
}

impl HandlerError {
    /// The code for a message that the route cannot read.
    pub const BAD_REQUEST: u16 = 400;
    /// The code for a call that took longer than its route allows.
    pub const TIMED_OUT: u16 = 504;
    /// The code for a route that does not exist, and for a handler that failed.
    pub const FAILED: u16 = 500;

    /// Returns an error with this code and message.
    pub fn new(code: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), metadata: Map::new(), cause: None }
    }

    /// Returns an internal failure whose details are not sent to the peer: code 500 without
    /// a message, as in pomelo. Nothing is logged.
    pub fn failed() -> Self {
        Self::new(Self::FAILED, "")
    }

    /// Returns an internal failure with its cause, an error or a text. The peer gets code 500
    /// without a message. The cause is logged when the call is answered, with its sources,
    /// the route and the session; hooks of
    /// [`on_error`](crate::server::ServerBuilder::on_error) get it by
    /// [`source`](std::error::Error::source).
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = Cause(Arc::new(cause.into()));
        Self { cause: Some(cause), ..Self::failed() }
    }

    /// Returns the error for a body that the route cannot read: code 400 with the reason.
    pub fn bad_request(reason: impl fmt::Display) -> Self {
        Self::new(Self::BAD_REQUEST, reason.to_string())
    }

    /// Returns the error for a call that was dropped after `limit`: code 504.
    pub fn timed_out(limit: Duration) -> Self {
        Self::new(Self::TIMED_OUT, format!("not done within {limit:?}"))
    }

    /// Adds a field of metadata.
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

impl Error for HandlerError {
    /// Returns the cause of an [internal](HandlerError::internal) failure.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let Cause(cause) = self.cause.as_ref()?;
        Some(&***cause)
    }
}

/// An error with its sources, in one line: `the store failed: connection refused`.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = self.0.to_string();
        f.write_str(&before)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            let text = error.to_string();
            // Some errors have the text of their source at the end of their own.
            if !before.ends_with(&text) {
                write!(f, ": {text}")?;
                before = text;
            }
            next = error.source();
        }
        Ok(())
    }
}

/// An error that a route may return: any type that converts into a [`HandlerError`].
///
/// [`#[derive(RouteError)]`](derive@crate::RouteError) implements that conversion.
#[diagnostic::on_unimplemented(
    message = "a route cannot answer with the error `{Self}`",
    label = "does not become a `HandlerError`",
    note = "on a type of your own put `#[derive(RouteError)]`, or write `impl From<..> for HandlerError`",
    note = "an error of another crate is answered with code 500 and logged by `.map_err(HandlerError::internal)?`, or becomes a variant of a type of your own"
)]
pub trait RouteError: MaybeSend {
    /// Returns the error that is answered.
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
        // Formats such as MessagePack write the length first.
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
        match error {
            PushError::Codec(error) => error.into(),
            // The session's own matter.
            _ => {
                tracing::debug!(error = %escaped(&error), "a push did not go out");
                Self::failed()
            }
        }
    }
}

impl From<CodecError> for HandlerError {
    fn from(error: CodecError) -> Self {
        Self::internal(error)
    }
}
