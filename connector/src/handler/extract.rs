//! What a method's arguments may be.

use bytes::Bytes;
use connector_protocol::message::RequestId;
use serde::Deserialize;

use super::{Cx, HandlerError};
use crate::ServerHandle;
use crate::body::{
    Body, Format, Json, Proto, Raw, RawBody, TwoForms, misfit, read_json, read_optional_json,
};
use crate::{Peer, Session};

/// A type that a method of a handler may take as an argument.
///
/// | type | what it is |
/// |---|---|
/// | `&Session`, `Session` | whose message it is |
/// | `Body<T>` | the body, in the peer's own format |
/// | `Json<T>` | the body, read by serde |
/// | `Proto<T>` | the body, read by prost |
/// | `Raw` | the body's bytes |
/// | `&[u8]`, `&str` | the same, borrowed, and the same as text; for a plain `fn` |
/// | `State<'_, T>` | the application's value of that type |
/// | `RequestId` | the request's id; a notify is refused with 400 |
/// | `&Peer`, `Peer` | who is at the other end |
/// | `Option<..>` | a body or `RequestId` that may be missing |
/// | `&ServerHandle`, `ServerHandle` | the server: pushes to users, broadcasts, kicks, sessions |
/// | `Cx` | all of it but the body |
///
/// Before any of a body is read it is known to be no longer than
/// [`Limits::package`](crate::Limits).
///
/// `'a` is the lifetime of the call, which an `async fn` may borrow from; `'b` is
/// that of the body, which only a plain `fn` may. A type of your own that needs
/// neither is written like this:
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
    /// Makes one of a call.
    ///
    /// # Errors
    /// What is answered instead of calling the method.
    fn from_call(cx: &Cx<'a>, body: RawBody<'b>) -> Result<Self, HandlerError>;
}

/// A type that a method may take an `Option` of, since a message can do without.
///
/// A body is missing if it has no bytes; in JSON also if it is `null`, or a `{}`
/// that does not fit. In protobuf no bytes are also the message whose fields all
/// have their defaults.
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot take `Option<{Self}>`",
    label = "not an argument that a message can do without",
    note = "`Option` goes around `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, `&str`, `&[u8]` and `RequestId`; inside of a body it is written `Json<Option<T>>`"
)]
pub trait OptionalFromCall<'a, 'b>: Sized {
    /// Makes one of a call, or finds that there is none.
    ///
    /// # Errors
    /// What is answered instead of calling the method: there is one, and it
    /// does not fit.
    fn optional_from_call(cx: &Cx<'a>, body: RawBody<'b>) -> Result<Option<Self>, HandlerError>;
}

impl<'a, 'b, T: OptionalFromCall<'a, 'b>> FromCall<'a, 'b> for Option<T> {
    fn from_call(cx: &Cx<'a>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        T::optional_from_call(cx, body)
    }
}

/// The application's value of type `T`, as given to
/// [`ServerBuilder::state`](crate::server::ServerBuilder::state).
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
            tracing::error!("no state of type {name}: give it to `Server::builder().state(..)`");
            HandlerError::failed()
        })
    }
}

impl FromCall<'_, '_> for RequestId {
    fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        cx.id.ok_or_else(|| HandlerError::bad_request("this is no notify: send a request"))
    }
}

impl<'b, T: Deserialize<'b>> FromCall<'_, 'b> for Json<T> {
    fn from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        read_json(body).map(Json).map_err(|error| misfit::<T>(body, &error))
    }
}

impl<T: prost::Message + Default> FromCall<'_, '_> for Proto<T> {
    fn from_call(_: &Cx<'_>, body: RawBody<'_>) -> Result<Self, HandlerError> {
        T::decode(body.bytes()).map(Proto).map_err(HandlerError::bad_request)
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
    fn optional_from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Option<Self>, HandlerError> {
        let value = read_optional_json(body).map_err(|error| misfit::<T>(body, &error))?;
        Ok(value.map(Json))
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
