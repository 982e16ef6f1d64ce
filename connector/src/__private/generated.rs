//! What generated code names. Not for users: it may change in any version.

pub use std::future::Future;
pub use std::primitive::{str, u8, u16, usize};

pub use prost;
pub use prost_types;
pub use serde;

#[cfg(not(target_family = "wasm"))]
pub use crate::client::{Client, RequestError};
#[cfg(not(target_family = "wasm"))]
pub use crate::client::{notify_message, request_message};
pub use crate::handler::{Cx, Handler, HandlerError, RawBody, Reply, ReplyBody, RouteSpec};
pub use crate::protojson as json;
pub use crate::push::Push;
pub use crate::{MaybeSend, MaybeSync};

use crate::body::{Body, Message};
use crate::handler::FromCall;

/// Reads what a method takes.
pub fn read<T: Message>(cx: &Cx<'_>, body: RawBody<'_>) -> Result<T, HandlerError> {
    Body::from_call(cx, body).map(|Body(message)| message)
}

/// Writes what a method has returned.
pub fn write<T: Message>(message: T, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
    Body(message).reply(body)
}

/// `google.protobuf.Empty` as a body, which prost has as `()`.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message, serde::Deserialize, serde::Serialize)]
pub struct Nothing {}
