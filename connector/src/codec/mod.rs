//! Codecs: a package's payload to `{id, route, body}` and back.

mod json;
mod overridden;
mod pomelo;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use connector_protocol::format::FormatError;
use connector_protocol::message::{Head, RequestId, RouteRef};

pub use json::JsonCodec;
pub(crate) use overridden::Override;
pub use pomelo::PomeloCodec;

use crate::body::Format;
use crate::{MaybeSend, MaybeSync, Session};

/// Reads and writes what a package carries.
///
/// Writing is in two steps, so that a body is written once, where it leaves:
/// `begin` appends what stands in front of it, the caller appends the body,
/// `finish` what stands behind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no codec",
    note = "`PomeloCodec` and `JsonCodec` exist; a type of your own implements `Codec`, and `Default` if a derive names it"
)]
pub trait Codec: Any + MaybeSend + MaybeSync {
    /// Reads a message; `Ok(None)` drops it silently.
    ///
    /// # Errors
    /// [`CodecError`] closes the connection.
    fn decode<'a>(
        &self,
        cx: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError>;

    /// Appends what stands in front of the body. The result is handed to
    /// [`Codec::finish`].
    ///
    /// # Errors
    /// A head that this format cannot express; the caller takes back what was
    /// appended.
    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError>;

    /// Ends a message whose body was appended after `begin`.
    ///
    /// # Errors
    /// A body that this format cannot carry; the caller takes back what was
    /// appended.
    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// How the bodies of its messages are written, where a handler leaves that
    /// open.
    fn format(&self) -> Format {
        Format::Json
    }

    /// Whether its messages can say all that a handshake may agree on: codes in
    /// the place of routes, errors by a flag, bodies in any format. Where they
    /// cannot, the handshake agrees on nothing.
    fn is_negotiable(&self) -> bool {
        false
    }
}

/// Who a message is read for.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodecCx<'a> {
    session: Option<&'a Session>,
    /// The route that the next message probably has.
    expected: &'static str,
}

impl<'a> CodecCx<'a> {
    pub(crate) fn new(session: &'a Session, expected: &'static str) -> Self {
        Self { session: Some(session), expected }
    }

    /// The session that sent it; none on a client.
    pub fn session(&self) -> Option<&'a Session> {
        self.session
    }
}

/// A message that was read.
#[derive(Clone, Debug)]
pub struct Received<'a> {
    /// What it is and where it goes.
    pub head: Head<'a>,
    /// What it carries.
    pub body: Cow<'a, [u8]>,
}

impl<'a> Received<'a> {
    /// A request with this id, or a notify without one: what pomelo's `decode`
    /// returns.
    pub fn new(id: u32, route: &'a str, body: impl Into<Cow<'a, [u8]>>) -> Self {
        let route = RouteRef::Name(route);
        let head = match RequestId::new(id) {
            Some(id) => Head::Request(Some(id), route),
            None => Head::Notify(route),
        };
        Self { head, body: body.into() }
    }
}

/// A message to be written by an overridden `encode`.
#[derive(Clone, Copy, Debug)]
pub struct Outbound<'a> {
    /// What it is and where it goes.
    pub head: Head<'a>,
    /// Its body, JSON unless the route's format is another.
    pub body: &'a [u8],
}

impl<'a> Outbound<'a> {
    /// The id of the request that it answers; `None` for a push.
    pub fn id(&self) -> Option<RequestId> {
        self.head.id()
    }

    /// The route, which a response has not.
    pub fn route(&self) -> Option<&'a str> {
        self.head.route()
    }
}

/// A message that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError(Cow<'static, str>);

impl CodecError {
    /// What is wrong, in words that follow "the message ..." well.
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(what.into())
    }

    /// A body whose type has no form in the format that the peer reads.
    pub(crate) fn unwritable(format: Format) -> Self {
        let format = format.name();
        Self(format!("has a body of a type that has no form in the format `{format}`").into())
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodecError {}

impl From<connector_protocol::pomelo::message::MessageError> for CodecError {
    fn from(error: connector_protocol::pomelo::message::MessageError) -> Self {
        Self(error.to_string().into())
    }
}

impl From<FormatError> for CodecError {
    fn from(error: FormatError) -> Self {
        Self(error.to_string().into())
    }
}

impl From<serde_json::Error> for CodecError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string().into())
    }
}
