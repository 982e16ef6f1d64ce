//! Codecs, which convert a package's payload to `{id, route, body}` and back.
//!
//! | codec | payload |
//! |---|---|
//! | [`PomeloCodec`] | pomelo's binary messages |
//! | `SioCodec`, with the feature `sio` | the texts of pomelo's sioconnector |
//! | [`JsonCodec`] | `{"id": 7, "route": "chat.chatHandler.send", "body": {}}` |
//!
//! A connector names its codec in `#[connector(codec = ..)]`.
//! [`Connector::with_codec`](crate::Connector::with_codec),
//! [`encode`](crate::Connector::encode) and [`decode`](crate::Connector::decode)
//! replace it or one half of it. A codec of your own implements [`Codec`]. A codec
//! passes bodies through as bytes: [`ToBody`](crate::ToBody) writes them and
//! [`FromBody`](crate::FromBody) reads them.

mod asynchronous;
mod json;
mod overridden;
mod pomelo;
mod route_text;
#[cfg(feature = "crypto")]
mod signed;
#[cfg(feature = "sio")]
mod sio;
#[cfg(test)]
mod tests;
pub(crate) mod zlib;

use std::any::Any;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

#[cfg(feature = "zlib")]
use connector_protocol::Limit;
use connector_protocol::format::{Format, FormatError};
use connector_protocol::message::{Head, RequestId, RouteRef};
#[cfg(feature = "zlib")]
use connector_protocol::zlib::InflateError;

pub use asynchronous::OwnedMessage;
pub(crate) use asynchronous::{AsyncOverride, Decoding};
pub use json::JsonCodec;
pub(crate) use overridden::Override;
pub use pomelo::PomeloCodec;
#[cfg(feature = "crypto")]
pub use signed::{KeyError, SigningKey};
#[cfg(feature = "crypto")]
pub(crate) use signed::{PublicKey, sign, verify};
#[cfg(feature = "sio")]
pub use sio::SioCodec;

use crate::{MaybeSend, MaybeSync, Session};

/// A format of messages: reads and writes the payload of a package.
///
/// Writing takes two steps, so that a body is written in place and never copied:
/// `begin` appends the bytes in front of the body, the caller appends the body, and
/// `finish` appends the bytes behind it.
///
/// ```
/// use connector::codec::{Codec, CodecCx, CodecError, Received};
/// use connector::protocol::message::{Head, RequestId, RouteRef};
///
/// /// Messages as text: `7 chat.chatHandler.send {"text":"hi"}`.
/// #[derive(Default)]
/// struct TextCodec;
///
/// impl Codec for TextCodec {
///     fn decode<'a>(
///         &self,
///         _: &CodecCx<'_>,
///         payload: &'a [u8],
///     ) -> Result<Option<Received<'a>>, CodecError> {
///         let text = std::str::from_utf8(payload);
///         let text = text.map_err(|_| CodecError::new("the message is not UTF-8"))?;
///         let mut parts = text.splitn(3, ' ');
///         let (Some(id), Some(route), Some(body)) = (parts.next(), parts.next(), parts.next())
///         else {
///             return Err(CodecError::new("the message needs an id, a route and a body"));
///         };
///         let id = id.parse().map_err(|_| CodecError::new("the id is not a number"))?;
///         Ok(Some(Received::new(id, route, body.as_bytes())))
///     }
///
///     fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
///         let id = head.id().map_or(0, RequestId::get);
///         let route = head.route().unwrap_or("-");
///         out.extend_from_slice(format!("{id} {route} ").as_bytes());
///         Ok(out.len())
///     }
///
///     fn finish(&self, _: &Head<'_>, _: usize, _: &mut Vec<u8>) -> Result<(), CodecError> {
///         Ok(())
///     }
/// }
///
/// let head = Head::Request(RequestId::new(7), RouteRef::Name("chat.chatHandler.send"));
/// let mut payload = Vec::new();
/// let mark = TextCodec.begin(&head, &mut payload)?;
/// payload.extend_from_slice(br#"{"text":"hi"}"#);
/// TextCodec.finish(&head, mark, &mut payload)?;
///
/// let cx = CodecCx::default();
/// let received = TextCodec.decode(&cx, &payload)?.expect("a message");
/// assert_eq!(received.head, head);
/// assert_eq!(&*received.body, br#"{"text":"hi"}"#);
/// # Ok::<_, CodecError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Codec`",
    note = "use `PomeloCodec` or `JsonCodec`, or implement `Codec`, and `Default` too if a derive names the codec"
)]
pub trait Codec: Any + MaybeSend + MaybeSync {
    /// Reads a message. `Ok(None)` drops it silently.
    ///
    /// # Errors
    /// Returns [`CodecError`] for a payload that is not a message, which closes the
    /// connection unless it is a [refusal](CodecError::refusal).
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError>;

    /// Appends the bytes in front of the body. Pass the returned mark to
    /// [`Codec::finish`].
    ///
    /// # Errors
    /// Returns [`CodecError`] for a head that this format cannot express. The caller
    /// truncates `out` then.
    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError>;

    /// Ends a message whose body was appended after `begin`.
    ///
    /// # Errors
    /// Returns [`CodecError`] for a body that this format cannot carry. The caller
    /// truncates `out` then.
    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Returns the format of bodies, where the handler does not choose one. Default:
    /// JSON.
    fn format(&self) -> Format {
        Format::Json
    }

    /// Returns whether its messages support everything that a handshake may agree on:
    /// codes instead of routes, a flag for errors, and bodies in any format. If not,
    /// the handshake does not agree on any of these. Default: `false`.
    fn is_negotiable(&self) -> bool {
        false
    }
}

/// Returns whether the codec is a negotiable one of which a half is replaced, so that it is not
/// negotiable any more.
pub(crate) fn replaces_negotiable(codec: &dyn Codec) -> bool {
    let of_sync = (codec as &dyn Any).downcast_ref().map(Override::base);
    let base = of_sync.or_else(|| Some(&*AsyncOverride::of(codec)?.base));
    base.is_some_and(|base| base.is_negotiable() || replaces_negotiable(base))
}

/// The context in which a message is read.
#[derive(Debug, Default)]
pub struct CodecCx<'a> {
    session: Option<&'a Session>,
    /// The route that the next message probably has, which is the one before.
    expected: &'static str,
    /// A route that the payload spells otherwise.
    route: OnceCell<Box<str>>,
    /// The most bytes of a client's body once it is inflated, if it may be compressed.
    inflated: Option<usize>,
}

impl<'a> CodecCx<'a> {
    pub(crate) fn new(session: &'a Session, expected: &'static str) -> Self {
        Self { session: Some(session), expected, ..Self::default() }
    }

    /// The context of a client's message. `inflated` is the most bytes of a body once it is
    /// inflated, if bodies may be compressed.
    pub(crate) fn of_client(inflated: Option<usize>) -> Self {
        Self { inflated, ..Self::default() }
    }

    /// Returns the session that sent the message. `None` on a client.
    pub fn session(&self) -> Option<&'a Session> {
        self.session
    }

    /// Returns the route of a message as this holds it, for a payload that has it in
    /// another spelling only. A context is of one message, so it keeps the first route.
    pub fn keep(&self, route: impl Into<Box<str>>) -> &str {
        self.route.get_or_init(|| route.into())
    }

    /// Returns the most bytes of a body once it is inflated. `None` if the peers have not
    /// agreed on compressed bodies.
    fn inflated_limit(&self) -> Option<usize> {
        let Some(session) = self.session else { return self.inflated };
        session.0.encoder.agreement().zlib.then(|| session.0.limits.enforced().inflated)
    }

    /// Reports a body that was longer than [`Limits::inflated`](crate::Limits::inflated).
    #[cfg(feature = "zlib")]
    fn report_inflated(&self, inflated: &Result<Vec<u8>, InflateError>) {
        let Some(session) = self.session else { return };
        let exceeds = match inflated {
            Ok(body) => body.len() > session.0.limits.inflated,
            Err(error) => matches!(error, InflateError::TooLong { .. }),
        };
        if exceeds {
            session.report_limit(Limit::Inflated);
        }
    }
}

/// A message that was read.
#[derive(Clone, Debug)]
pub struct Received<'a> {
    /// The kind of the message, its id and its route.
    pub head: Head<'a>,
    /// The body.
    pub body: Cow<'a, [u8]>,
}

impl<'a> Received<'a> {
    /// Creates a request with this id, or a notify if the id is 0, as pomelo's `decode`
    /// returns it.
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
    /// The kind of the message, its id and its route.
    pub head: Head<'a>,
    /// The body, in JSON unless the route has another format.
    pub body: &'a [u8],
}

impl<'a> Outbound<'a> {
    /// Returns the id of the request that is answered. `None` for a push.
    pub fn id(&self) -> Option<RequestId> {
        self.head.id()
    }

    /// Returns the route. `None` for a response.
    pub fn route(&self) -> Option<&'a str> {
        self.head.route()
    }
}

/// The error of a message that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    what: Cow<'static, str>,
    /// The id of a message that alone is refused.
    refused: Option<Option<RequestId>>,
}

impl CodecError {
    /// Creates an error with a description of the problem, in a sentence.
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), refused: None }
    }

    /// Creates the error of a message whose body cannot be read, with a description in a
    /// sentence. Its connection goes on: a request is answered with code 400 and the
    /// description, and a client's request whose answer it is fails with it.
    pub fn refusal(head: &Head<'_>, what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), refused: Some(head.id()) }
    }

    /// Returns the id of the message, if only that is refused.
    pub(crate) fn refused(&self) -> Option<Option<RequestId>> {
        self.refused
    }

    /// Creates the error of a body whose type the peer's format cannot express.
    pub(crate) fn unwritable(format: Format) -> Self {
        let format = format.name();
        Self::new(format!("the format `{format}` cannot express the body's type"))
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for CodecError {}

impl From<connector_protocol::pomelo::message::MessageError> for CodecError {
    fn from(error: connector_protocol::pomelo::message::MessageError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<FormatError> for CodecError {
    fn from(error: FormatError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<serde_json::Error> for CodecError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(error.to_string())
    }
}
