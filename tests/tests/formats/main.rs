//! Formats of bodies: JSON, protobuf, and one that an application adds.

#![allow(clippy::unwrap_used)]

mod msgpack;

use std::sync::atomic::{AtomicUsize, Ordering};

use connector::client::{ClientBuilder, RequestError};
use connector::codec::CodecError;
use connector::format::{BodyFormat, BodySlot, BodyValue, FormatError};
use connector::prelude::*;
use connector::testing::TestServer;
use connector::{BodyWriter, Format, ToBody};
use serde::{Deserialize, Serialize};

/// CBOR, by a library that knows nothing of connectors.
struct Cbor;

impl BodyFormat for Cbor {
    fn name(&self) -> &'static str {
        "cbor"
    }

    fn write(&self, value: BodyValue<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let mut serializer = minicbor_serde::Serializer::new(out);
        value.serialize(&mut serializer).map_err(FormatError::new)
    }

    fn read(&self, body: &[u8], slot: BodySlot<'_>) -> Result<(), FormatError> {
        slot.fill(&mut minicbor_serde::Deserializer::new(body))
    }
}

const CBOR: Format = Format::Custom(&Cbor);

/// What `.proto` files make of a message `Line { string text = 1; }`.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    text: String,
}

fn line(text: &str) -> Line {
    Line { text: text.into() }
}

const JSON_HI: &[u8] = br#"{"text":"hi"}"#;
const PROTOBUF_HI: &[u8] = b"\x0a\x02hi";
const CBOR_HI: &[u8] = b"\xa1\x64text\x62hi";

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn say(&self, Body(said): Body<Line>) -> Result<Body<Line>, HandlerError> {
        match &*said.text {
            "" => Err(HandlerError::new(422, "say something").with("max", 9)),
            text => Ok(Body(line(&text.to_uppercase()))),
        }
    }

    #[route(notify)]
    async fn note(&self, session: &Session, Body(noted): Body<Line>) {
        session.push("onNote", Body(noted)).unwrap();
    }

    #[route]
    async fn nothing(&self, body: Option<Body<Line>>) -> Result<(), HandlerError> {
        body.map_or(Ok(()), |_| Err(HandlerError::failed()))
    }
}

async fn serve() -> TestServer {
    TestServer::start(Server::builder().handler(Chat).format(CBOR)).await
}

fn prefer(format: Format) -> impl FnOnce(ClientBuilder) -> ClientBuilder {
    move |client| client.prefer(format)
}

#[tokio::test]
async fn an_applications_format_carries_every_message() {
    let server = serve().await;
    let ann = server.client().with(prefer(CBOR)).connect().await;
    assert_eq!(ann.format(), CBOR);
    let Body(answer): Body<Line> = ann.request("chat.chatHandler.say", Body(line("hi"))).await;
    assert_eq!(answer, line("HI"));
    let raw: Raw = ann.request("chat.chatHandler.say", Raw::copy_from(CBOR_HI)).await;
    assert_eq!(&raw[..], b"\xa1\x64text\x62HI");
    ann.notify("chat.chatHandler.note", Body(line("hi"))).await;
    assert_eq!(&ann.expect_push::<Raw>("onNote").await[..], CBOR_HI);
    ann.request::<()>("chat.chatHandler.nothing", Raw::default()).await;
}

#[tokio::test]
async fn errors_are_told_in_an_applications_format() {
    let server = serve().await;
    let ann = server.client().with(prefer(CBOR)).connect().await;
    let failed = ann.client().request::<Body<Line>>("chat.chatHandler.say", Body(line(""))).await;
    let Err(RequestError::Server(error)) = failed else { panic!("{failed:?}") };
    assert_eq!(error, HandlerError::new(422, "say something").with("max", 9));
    let error = ann.expect_error("chat.chatHandler.say", Json("not CBOR")).await;
    assert_eq!(error.code, HandlerError::BAD_REQUEST);
}

#[tokio::test]
async fn a_server_that_does_not_offer_a_format_takes_the_next() {
    let server = TestServer::start(Server::builder().handler(Chat)).await;
    let with = |client: ClientBuilder| client.prefer(Format::Protobuf).prefer(CBOR);
    let ann = server.client().with(with).connect().await;
    assert_eq!(ann.format(), Format::Protobuf);
    let raw: Raw = ann.request("chat.chatHandler.say", Body(line("hi"))).await;
    assert_eq!(&raw[..], b"\x0a\x02HI");
}

/// A body that counts how often it is written.
struct Counted<'a>(Body<Line>, &'a AtomicUsize);

impl ToBody for Counted<'_> {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.write(body)
    }
}

#[tokio::test]
async fn a_broadcast_is_written_once_for_each_format() {
    let server = serve().await;
    let peers = [(Format::Json, JSON_HI), (Format::Protobuf, PROTOBUF_HI), (CBOR, CBOR_HI)];
    let mut clients = Vec::new();
    for (format, bytes) in peers.into_iter().chain(peers) {
        let client = server.client().with(prefer(format)).connect().await;
        // Answered, the session is open.
        client.request::<()>("chat.chatHandler.nothing", Raw::default()).await;
        clients.push((client, bytes));
    }
    let channels = Channels::new();
    for session in server.handle().sessions() {
        session.bind("ann").unwrap();
        channels.join("room", &session);
    }
    let written = AtomicUsize::new(0);
    let body = Counted(Body(line("hi")), &written);
    let handle = server.handle();
    assert_eq!(handle.broadcast("onLine", &body).unwrap(), 6);
    assert_eq!(written.swap(0, Ordering::Relaxed), 3);
    assert_eq!(handle.push_to("ann", "onLine", &body).unwrap(), 6);
    assert_eq!(written.swap(0, Ordering::Relaxed), 3);
    assert_eq!(channels.push("room", "onLine", &body).unwrap(), 6);
    assert_eq!(written.swap(0, Ordering::Relaxed), 3);
    for (client, bytes) in &clients {
        for _ in 0..3 {
            assert_eq!(&client.expect_push::<Raw>("onLine").await[..], *bytes);
        }
    }
    // What is pinned to JSON is JSON for all, and a batch may mix types.
    for session in handle.sessions() {
        let (first, second) = (Json(1), Body(line("hi")));
        let batch: [(&str, &dyn ToBody); 2] = [("onFirst", &first), ("onSecond", &second)];
        session.push_batch(&batch).unwrap();
    }
    for (client, bytes) in &clients {
        assert_eq!(&client.expect_push::<Raw>("onFirst").await[..], b"1");
        assert_eq!(&client.expect_push::<Raw>("onSecond").await[..], *bytes);
    }
}
