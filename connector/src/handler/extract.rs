//! What a method's arguments may be.

use bytes::Bytes;
use connector_protocol::message::RequestId;
use serde::de::DeserializeOwned;

use super::{Cx, HandlerError};
use crate::body::{self, Json, Proto, Raw};
use crate::{Peer, Session};

/// A type that a method of a handler may take as an argument.
///
/// | type | what it is |
/// |---|---|
/// | `&Session` | whose message it is |
/// | `Body<T>` | the body as a message of a `.proto`, in the peer's format |
/// | `Json<T>` | the body, read by serde |
/// | `Proto<T>` | the body, read by prost |
/// | `Raw` | the body's bytes |
/// | `State<'_, T>` | the application's value of that type |
/// | `Option<RequestId>` | the request's id |
/// | `&Peer` | who is at the other end |
/// | `Cx` | all of it |
///
/// Before any of a body is read it is known to be no longer than
/// [`Limits::package`](crate::Limits).
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot take `{Self}`",
    label = "not an argument that a message can give",
    note = "it can take `&Session`, `Body<T>`, `Json<T>`, `Proto<T>`, `Raw`, `State<'_, T>`, `Option<RequestId>`, `&Peer` and `Cx`",
    note = "for `Json<T>`, `T` implements `serde::Deserialize` without borrowing"
)]
pub trait FromCall<'a>: Sized {
    /// Makes one of a call.
    ///
    /// # Errors
    /// What is answered instead of calling the method.
    fn from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError>;
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

impl<'a> FromCall<'a> for &'a Peer {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(cx.session.peer())
    }
}

impl<'a> FromCall<'a> for Option<RequestId> {
    fn from_call(cx: &Cx<'a>, _: &[u8]) -> Result<Self, HandlerError> {
        Ok(cx.id)
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

impl<'a, T: DeserializeOwned> FromCall<'a> for Json<T> {
    fn from_call(_: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError> {
        body::from_json(body).map(Json).map_err(HandlerError::bad_request)
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
