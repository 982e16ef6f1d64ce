//! The items that generated code names. Not for users: they may change in any version.

pub use std::future::Future;
pub use std::primitive::{str, u8, u16, usize};
pub use std::time::Duration;

pub use connector_protocol::pomelo::protobuf::Schemas;
pub use prost;
pub use prost_types;
pub use serde;

pub use crate::__generated_message as message;
pub use crate::__private::answer;
#[cfg(feature = "plugin")]
pub use crate::__private::plugin;
pub use crate::body::{Body, BodyWriter};
pub use crate::client::{Client, Push as ClientPush, PushSet, RequestError};
pub use crate::handler::{
    Cx, Filter, Filters, Handler, HandlerError, KeyHasher, RawBody, Reply, Respond, RouteError,
    RouteSpec,
};
pub use crate::protojson as json;
pub use crate::push::{Push, PushRoute};
pub use crate::{MaybeSend, MaybeSync};

pub use crate::body::BodyError;
use crate::body::TwoForms;
use crate::handler::FromCall;

/// Returns schemas that were generated from `.proto` files.
pub fn schemas(server: &str, client: &str) -> Schemas {
    // The generator writes nothing that the language does not have.
    Schemas::parse(server, client).expect("generated schemas are schemas")
}

/// Returns the error of a push that is none of a set's.
pub fn other_push(push: &ClientPush) -> BodyError {
    BodyError::misfit(format_args!("`{}` is not a route of these pushes", push.route))
}

/// Reads the message that a method takes.
pub fn read<T: TwoForms>(cx: &Cx<'_>, body: RawBody<'_>) -> Result<T, HandlerError> {
    Body::from_call(cx, body).map(|Body(message)| message)
}
