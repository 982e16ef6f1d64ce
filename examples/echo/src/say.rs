//! Routes with typed bodies, which are in the format that the session has: JSON, or
//! protobuf where the client reads that.

use connector::codec::CodecError;
use connector::prelude::*;
use connector::{BodyError, BodyReader, BodyWriter, FromBody, ToBody};
use serde::{Deserialize, Serialize};

/// A line of text, which is `google.protobuf.StringValue` in protobuf.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    #[prost(string, tag = "1")]
    value: String,
}

impl ToBody for Line {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_message(self)
    }
}

impl FromBody for Line {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_message()
    }
}

pub(crate) struct Say;

#[handler("connector.sayHandler")]
impl Say {
    /// The line, unchanged; an empty one is an error with code, text and metadata.
    #[route]
    async fn say(&self, Body(line): Body<Line>) -> Result<Body<Line>, HandlerError> {
        if line.value.is_empty() {
            let error = HandlerError::new(422, "say something");
            return Err(error.with("field", "value").with("max", 9));
        }
        Ok(Body(line))
    }

    /// Pushes the line as `onSay`.
    #[route(notify)]
    async fn told(&self, session: &Session, Body(line): Body<Line>) {
        if let Err(error) = session.push("onSay", &line) {
            tracing::debug!(%error, "not pushed");
        }
    }
}
