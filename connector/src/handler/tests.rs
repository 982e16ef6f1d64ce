//! Tests of bodies in formats other than JSON.

use std::sync::Arc;

use connector_protocol::framing::{Framing, Lines};
use connector_protocol::pomelo::handshake::{Agreement, Dialect};
use serde::{Deserialize, Serialize};

use super::{Cx, FromCall, Reply};
use crate::body::{Body, BodyWriter, Format, Lent};
use crate::codec::JsonCodec;
use crate::connection::{Agreed, Encoder, Outbox};
use crate::link::Batch;
use crate::session::{Registry, Session};
use crate::{Address, Peer, Server};

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    #[serde(default)]
    text: String,
}

impl Line {
    fn hi() -> Self {
        Self { text: "hi".into() }
    }
}

/// What a method would get of `body`.
async fn read<T: for<'a, 'b> FromCall<'a, 'b>>(format: Format, body: &[u8]) -> Result<T, u16> {
    let server = Server::builder().start().await.unwrap().handle();
    let registry = Arc::<Registry>::default();
    let encoder = Encoder::new(Arc::new(JsonCodec), Lines::INSTANCE, Lines::INSTANCE, Batch::Each);
    encoder.agree(Arc::new(Agreed::new(Agreement::new(Dialect::Native, format), None)));
    let peer = Peer::new("test", Address::Unnamed);
    let parts = (Outbox::new(1 << 20), encoder);
    let session = Session::new(registry.next_id(), peer, parts, &registry, &Arc::default());
    let cx = Cx { session: &session, id: None, target: None, server: &server };
    T::from_call(&cx, Lent::new(body).body()).map_err(|error| error.code)
}

#[tokio::test]
async fn a_body_follows_the_peers_format() {
    for (format, bytes) in
        [(Format::Json, &br#"{"text":"hi"}"#[..]), (Format::Protobuf, b"\x0a\x02hi")]
    {
        assert_eq!(read(format, bytes).await, Ok(Body(Line::hi())));
        let mut written = Vec::new();
        Body(Line::hi()).reply(&mut BodyWriter::new(&format, &mut written)).unwrap();
        assert_eq!(written, bytes);
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_a_bad_request() {
    assert_eq!(read::<Body<Line>>(Format::Json, br#"{"text":1}"#).await, Err(400));
    assert_eq!(read::<Body<Line>>(Format::Protobuf, b"\x0a\x09hi").await, Err(400));
}

#[tokio::test]
async fn no_bytes_are_no_body() {
    for format in [Format::Json, Format::Protobuf] {
        assert_eq!(read::<Option<Body<Line>>>(format, b"").await, Ok(None));
    }
    let some = read::<Option<Body<Line>>>(Format::Protobuf, b"\x0a\x02hi").await;
    assert_eq!(some, Ok(Some(Body(Line::hi()))));
}
