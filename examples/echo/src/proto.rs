//! The route that has schemas, if the server has them.

use connector::prelude::*;
use serde_json::value::RawValue;

pub(crate) struct Proto;

#[handler("connector.protoHandler")]
impl Proto {
    /// The body, unchanged. With schemas it arrives and leaves as pomelo-protobuf.
    #[route]
    async fn echo(&self, Json(body): Json<Box<RawValue>>) -> Json<Box<RawValue>> {
        Json(body)
    }
}
