//! What a method's arguments may be.

use bytes::Bytes;
use connector_protocol::message::RequestId;
use serde::de::DeserializeOwned;

use super::{Cx, HandlerError};
use crate::body::misfit;
use crate::body::{self, Body, Format, Json, Proto, Raw, TwoForms};
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
/// | `State<'_, T>` | the application's value of that type |
/// | `RequestId` | the request's id; a notify is refused with 400 |
/// | `&Peer`, `Peer` | who is at the other end |
/// | `Option<..>` | a body or `RequestId` that may be missing |
/// | `Cx` | all of it |
///
/// Before any of a body is read it is known to be no longer than
/// [`Limits::package`](crate::Limits).
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot take `{Self}`",
    label = "not an argument that a message can give",
    note = "if it is the message's body, take it as `Json<{Self}>`",
    note = "it can take `&Session`, `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, `State<'_, T>`, `RequestId`, `&Peer`, `Cx`, and `Option` of a body or an id",
    note = "for `Json<T>`, `T` implements `serde::Deserialize` without borrowing; for `Proto<T>` it is a `prost::Message`; for `Body<T>` both"
)]
pub trait FromCall<'a>: Sized {
    /// Makes one of a call.
    ///
    /// # Errors
    /// What is answered instead of calling the method.
    fn from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError>;
}

/// A type that a method may take an `Option` of, since a message can do without.
///
/// A body is missing if it has no bytes; in JSON also if it is `null`, or a `{}`
/// that does not fit. In protobuf no bytes are also the message whose fields all
/// have their defaults.
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot take `Option<{Self}>`",
    label = "not an argument that a message can do without",
    note = "`Option` goes around `Json<T>`, `Proto<T>`, `Body<T>`, `Raw` and `RequestId`; inside of a body it is written `Json<Option<T>>`"
)]
pub trait OptionalFromCall<'a>: Sized {
    /// Makes one of a call, or finds that there is none.
    ///
    /// # Errors
    /// What is answered instead of calling the method: there is one, and it
    /// does not fit.
    fn optional_from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Option<Self>, HandlerError>;
}

impl<'a, T: OptionalFromCall<'a>> FromCall<'a> for Option<T> {
    fn from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError> {
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

impl<'a> FromCall<'a> for Cx<'a> {
    fn from_call(cx: &Self, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(*cx)
    }
}

impl<'a> FromCall<'a> for &'a Session {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(cx.session)
    }
}

impl<'a> FromCall<'a> for Session {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(cx.session.clone())
    }
}

impl<'a> FromCall<'a> for &'a Peer {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(cx.session.peer())
    }
}

impl<'a> FromCall<'a> for Peer {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(cx.session.peer().clone())
    }
}

impl<'a, T: 'static> FromCall<'a> for State<'a, T> {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        cx.state().map(State).ok_or_else(|| {
            let name = std::any::type_name::<T>();
            tracing::error!("no state of type {name}: give it to `Server::builder().state(..)`");
            HandlerError::failed()
        })
    }
}

impl<'a> FromCall<'a> for RequestId {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        cx.id.ok_or_else(|| HandlerError::bad_request("this is no notify: send a request"))
    }
}

impl<'a, T: DeserializeOwned> FromCall<'a> for Json<T> {
    fn from_call(_: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError> {
        body::from_json(body).map(Json).map_err(|error| misfit::<T>(body, &error))
    }
}

impl<'a, T: prost::Message + Default> FromCall<'a> for Proto<T> {
    fn from_call(_: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError> {
        T::decode(body).map(Proto).map_err(HandlerError::bad_request)
    }
}

impl<'a> FromCall<'a> for Raw {
    fn from_call(_: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError> {
        Ok(Self(Bytes::copy_from_slice(body)))
    }
}

impl<'a> OptionalFromCall<'a> for RequestId {
    fn optional_from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Option<Self>, HandlerError> {
        Ok(cx.id)
    }
}

impl<'a, T: DeserializeOwned> OptionalFromCall<'a> for Json<T> {
    fn optional_from_call(_: &Cx<'a>, body: &[u8]) -> Result<Option<Self>, HandlerError> {
        let value = body::from_optional_json(body).map_err(|error| misfit::<T>(body, &error))?;
        Ok(value.map(Json))
    }
}

impl<'a, T: prost::Message + Default> OptionalFromCall<'a> for Proto<T> {
    fn optional_from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Option<Self>, HandlerError> {
        if body.is_empty() { Ok(None) } else { Self::from_call(cx, body).map(Some) }
    }
}

impl<'a, T: TwoForms> OptionalFromCall<'a> for Body<T> {
    fn optional_from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Option<Self>, HandlerError> {
        match cx.body_format() {
            Format::Json => {
                let value = Json::optional_from_call(cx, body)?;
                Ok(value.map(|Json(value)| Self(value)))
            }
            _ if body.is_empty() => Ok(None),
            _ => Self::from_call(cx, body).map(Some),
        }
    }
}

impl<'a> OptionalFromCall<'a> for Raw {
    fn optional_from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Option<Self>, HandlerError> {
        if body.is_empty() { Ok(None) } else { Self::from_call(cx, body).map(Some) }
    }
}
