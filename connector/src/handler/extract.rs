//! The arguments of a method.

use bytes::Bytes;
use connector_protocol::message::RequestId;
use serde::Deserialize;

use super::{Cx, HandlerError};
use crate::ServerHandle;
use crate::body::{
    Body, Format, Json, Proto, Raw, RawBody, TwoForms, read_json, read_optional_json, read_proto,
};
use crate::{Peer, Session};

/// A type that a method of a handler may take as an argument.
///
/// | type | value |
/// |---|---|
/// | `&Session`, `Session` | the session that sent the message |
/// | `Body<T>` | the body, in the peer's format |
/// | `Json<T>` | the body, read by serde |
/// | `Proto<T>` | the body, read by prost |
/// | `Raw` | the body's bytes |
/// | `&[u8]`, `&str` | the body's bytes or text, borrowed; only in a plain `fn` |
/// | `State<'_, T>` | the application's value of that type |
/// | `RequestId` | the request's id; a notify is refused with code 400 |
/// | `&Peer`, `Peer` | the client's transport and address |
/// | `Option<..>` | a body or `RequestId` that may be missing |
/// | `&ServerHandle`, `ServerHandle` | the server: pushes to users, broadcasts, kicks, sessions |
/// | `Cx` | the context: all of these except the body |
///
/// A body is never longer than [`Limits::package`](crate::Limits), since longer packages
/// are refused before.
///
/// `'a` is the lifetime of the call, from which an `async fn` may borrow. `'b` is that of
/// the body, from which only a plain `fn` may borrow. A type of your own that needs neither
/// looks like this:
///
/// ```
/// use connector::handler::{Cx, FromCall, HandlerError, RawBody};
///
/// struct Uid(std::sync::Arc<str>);
///
/// impl FromCall<'_, '_> for Uid {
///     fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
///         cx.session.uid().map(Self).ok_or_else(|| HandlerError::new(401, "sign in first"))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot take `{Self}`",
    label = "not an argument that a message can give",
    note = "if it is the message's body, take it as `Json<{Self}>`",
    note = "it can take `&Session`, `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, `State<'_, T>`, `RequestId`, `&Peer`, `&ServerHandle`, `Cx`, and `Option` of a body or an id",
    note = "for `Json<T>`, `T` implements `serde::Deserialize`; for `Proto<T>` it is a `prost::Message`; for `Body<T>` both",
    note = "a plain `fn` can also take `&str`, `&[u8]`, and a `Json<T>` whose `T` borrows"
)]
pub trait FromCall<'a, 'b>: Sized {
    /// Makes the argument from a call.
    ///
    /// # Errors
    /// Returns the error that is answered; the method is not called.
    fn from_call(cx: &Cx<'a>, body: RawBody<'b>) -> Result<Self, HandlerError>;
}

/// A type that a method may take an `Option` of, since a message may lack it.
///
/// A body is missing if it has no bytes. In JSON it is also missing if it is `null`, or a
/// `{}` that cannot be read as `T`. A protobuf message whose fields all have their defaults
/// has no bytes, so it is missing too.
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot take `Option<{Self}>`",
    label = "not an argument that a message can do without",
    note = "`Option` goes around `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, `&str`, `&[u8]` and `RequestId`; inside of a body it is written `Json<Option<T>>`"
)]
pub trait OptionalFromCall<'a, 'b>: Sized {
    /// Makes the argument from a call, or returns `None` if the message lacks it.
    ///
    /// # Errors
    /// Returns the error that is answered if the argument is there and cannot be read; the
    /// method is not called.
    fn optional_from_call(cx: &Cx<'a>, body: RawBody<'b>) -> Result<Option<Self>, HandlerError>;
}

impl<'a, 'b, T: OptionalFromCall<'a, 'b>> FromCall<'a, 'b> for Option<T> {
    fn from_call(cx: &Cx<'a>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        T::optional_from_call(cx, body)
    }
}

/// The application's value of type `T`, which
/// [`ServerBuilder::state`](crate::server::ServerBuilder::state) was given.
#[derive(Clone, Copy, Debug)]
pub struct State<'a, T>(pub &'a T);

impl<T> std::ops::Deref for State<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<'a> FromCall<'a, '_> for Cx<'a> {
    fn from_call(cx: &Self, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(*cx)
    }
}

impl<'a> FromCall<'a, '_> for &'a Session {
    fn from_call(cx: &Cx<'a>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(cx.session)
    }
}

impl FromCall<'_, '_> for Session {
    fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(cx.session.clone())
    }
}

impl<'a> FromCall<'a, '_> for &'a Peer {
    fn from_call(cx: &Cx<'a>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(cx.session.peer())
    }
}

impl FromCall<'_, '_> for Peer {
    fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(cx.session.peer().clone())
    }
}

impl<'a> FromCall<'a, '_> for &'a ServerHandle {
    fn from_call(cx: &Cx<'a>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(cx.server())
    }
}

impl FromCall<'_, '_> for ServerHandle {
    fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(cx.server().clone())
    }
}

impl<'a, T: 'static> FromCall<'a, '_> for State<'a, T> {
    fn from_call(cx: &Cx<'a>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        cx.state().map(State).ok_or_else(|| {
            let name = std::any::type_name::<T>();
            tracing::error!(
                name,
                "no state of this type: give it to `Server::builder().state(..)`"
            );
            HandlerError::failed()
        })
    }
}

impl FromCall<'_, '_> for RequestId {
    fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        cx.id.ok_or_else(|| HandlerError::bad_request("this route is not a notify: send a request"))
    }
}

impl<'b, T: Deserialize<'b>> FromCall<'_, 'b> for Json<T> {
    fn from_call(cx: &Cx<'_>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        read_json(cx, body).map(Json)
    }
}

impl<T: prost::Message + Default> FromCall<'_, '_> for Proto<T> {
    fn from_call(cx: &Cx<'_>, body: RawBody<'_>) -> Result<Self, HandlerError> {
        read_proto(cx, body).map(Proto)
    }
}

impl FromCall<'_, '_> for Raw {
    fn from_call(_: &Cx<'_>, body: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(Self(Bytes::copy_from_slice(body.bytes())))
    }
}

impl<'b> FromCall<'_, 'b> for &'b [u8] {
    fn from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        Ok(body.bytes())
    }
}

impl<'b> FromCall<'_, 'b> for &'b str {
    fn from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        Ok(body.text())
    }
}

impl OptionalFromCall<'_, '_> for RequestId {
    fn optional_from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Option<Self>, HandlerError> {
        Ok(cx.id)
    }
}

impl<'b, T: Deserialize<'b>> OptionalFromCall<'_, 'b> for Json<T> {
    fn optional_from_call(cx: &Cx<'_>, body: RawBody<'b>) -> Result<Option<Self>, HandlerError> {
        Ok(read_optional_json(cx, body)?.map(Json))
    }
}

impl<T: prost::Message + Default> OptionalFromCall<'_, '_> for Proto<T> {
    fn optional_from_call(cx: &Cx<'_>, body: RawBody<'_>) -> Result<Option<Self>, HandlerError> {
        if body.bytes().is_empty() { Ok(None) } else { Self::from_call(cx, body).map(Some) }
    }
}

impl<T: TwoForms> OptionalFromCall<'_, '_> for Body<T> {
    fn optional_from_call(cx: &Cx<'_>, body: RawBody<'_>) -> Result<Option<Self>, HandlerError> {
        match cx.body_format() {
            Format::Json => {
                let value = Json::optional_from_call(cx, body)?;
                Ok(value.map(|Json(value)| Self(value)))
            }
            _ if body.bytes().is_empty() => Ok(None),
            _ => Self::from_call(cx, body).map(Some),
        }
    }
}

impl OptionalFromCall<'_, '_> for Raw {
    fn optional_from_call(cx: &Cx<'_>, body: RawBody<'_>) -> Result<Option<Self>, HandlerError> {
        if body.bytes().is_empty() { Ok(None) } else { Self::from_call(cx, body).map(Some) }
    }
}

impl<'b> OptionalFromCall<'_, 'b> for &'b [u8] {
    fn optional_from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Option<Self>, HandlerError> {
        Ok(Some(body.bytes()).filter(|bytes| !bytes.is_empty()))
    }
}

impl<'b> OptionalFromCall<'_, 'b> for &'b str {
    fn optional_from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Option<Self>, HandlerError> {
        Ok(Some(body.text()).filter(|text| !text.is_empty()))
    }
}
