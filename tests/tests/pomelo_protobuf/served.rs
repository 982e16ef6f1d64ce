//! Handlers that know JSON, and clients that got schemas.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use connector::client::{ClientBuilder, RequestError};
use connector::codec::CodecError;
use connector::handler::{Filter, Outcome, RouteSpec};
use connector::prelude::*;
use connector::protocol::message::RouteRef;
use connector::protocol::pomelo::handshake::{self, Dialect};
use connector::testing::TestServer;
use connector::{BodyError, BodyWriter, Format, PomeloSchemas, ToBody};
use connector_tests::bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const SERVER: &str = r#"{
    "chat.chatHandler.json": { "required string text": 1, "optional uInt32 code": 2 },
    "chat.chatHandler.message": { "required string text": 1, "optional uInt32 code": 2 },
    "chat.chatHandler.raw": { "required string text": 1 },
    "chat.chatHandler.plain": { "required uInt32 length": 1 },
    "chat.chatHandler.value": { "repeated Line lines": 3, "optional sInt32 n": 2 },
    "chat.chatHandler.odd": { "required uInt32 code": 1, "required uInt32 n": 2 },
    "chat.chatHandler.gone": { "optional uInt32 code": 1 },
    "onLine": { "required string text": 1 },
    "message Line": { "required string text": 1 }
}"#;

const CLIENT: &str = r#"{
    "chat.chatHandler.json": { "required string text": 1 },
    "chat.chatHandler.message": { "required string text": 1 },
    "chat.chatHandler.raw": { "required string text": 1 },
    "chat.chatHandler.plain": { "required string text": 1 },
    "chat.chatHandler.value": { "repeated Line lines": 1, "optional Line more": 2, "optional int32 n": 3 },
    "message Line": { "optional string text": 1, "optional Line more": 2 }
}"#;

fn schemas() -> PomeloSchemas {
    PomeloSchemas::parse(SERVER, CLIENT).unwrap()
}

/// What `.proto` files make of a message.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    text: String,
}

fn line(text: &str) -> Line {
    Line { text: text.into() }
}

const JSON_HI: &[u8] = br#"{"text":"hi"}"#;
const PROTO_HI: &[u8] = b"\x0a\x02hi";

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn json(&self, Json(line): Json<Line>) -> Result<Json<Line>, HandlerError> {
        match &*line.text {
            "" => Err(HandlerError::new(422, "say something").with("text", "no")),
            text => Ok(Json(Line { text: text.into() })),
        }
    }

    #[route]
    async fn message(&self, Body(line): Body<Line>) -> Body<Line> {
        tokio::task::yield_now().await;
        Body(line)
    }

    #[route]
    async fn raw(&self, raw: Raw) -> Raw {
        raw
    }

    #[route]
    fn plain(&self, text: &str) -> Json<Value> {
        Json(json!({ "length": text.len() }))
    }

    #[route]
    async fn value(&self, value: Json<Value>) -> Json<Value> {
        value
    }

    #[route]
    async fn odd(&self) -> Json<Value> {
        Json(json!({ "code": 200 }))
    }

    #[route(notify)]
    async fn note(&self, session: &Session, line: Json<Line>) {
        let first: [(&str, &dyn ToBody); 2] = [("onLine", &line), ("onOther", &line)];
        session.push_batch(&first).unwrap();
        session.push("onLine", line).unwrap();
    }
}

fn chat() -> ServerBuilder {
    Server::builder().handler(Chat).protos(schemas())
}

async fn serve(builder: ServerBuilder) -> (Server, u16) {
    let server = builder.connector(TcpConnector::bind("127.0.0.1:0")).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

/// A released client, as it describes itself.
fn browser() -> Value {
    json!({ "type": "js-websocket", "version": "0.0.1", "protoVersion": 0 })
}

fn route(method: &str) -> String {
    format!("chat.chatHandler.{method}")
}

async fn request(client: &mut Bytes, method: &str, body: &[u8]) -> Vec<u8> {
    client.request(RouteRef::Name(&route(method)), body).await.1
}

fn without_heartbeat(builder: ServerBuilder) -> ServerBuilder {
    builder.heartbeat(std::time::Duration::ZERO)
}

/// A client of ours that says what pomelo's clients say.
fn as_pomelo(client: ClientBuilder) -> ClientBuilder {
    client.handshake(handshake::Request::new("js-websocket", "0.0.1"))
}

#[tokio::test]
async fn every_type_of_body_travels_as_pomelo_protobuf() {
    let (_server, port) = serve(without_heartbeat(chat())).await;
    let mut client = Bytes::connect(port, browser()).await;
    for method in ["json", "message", "raw"] {
        assert_eq!(request(&mut client, method, PROTO_HI).await, PROTO_HI, "{method}");
    }
    // The text is JSON, as it would have been sent.
    let length = JSON_HI.len() as u8;
    assert_eq!(request(&mut client, "plain", PROTO_HI).await, [0x08, length]);
    // Fields that the schema of the answer does not have are left out.
    let value = b"\x0a\x03\x0a\x01a\x12\x00\x18\x02";
    assert_eq!(request(&mut client, "value", value).await, b"\x1a\x03\x0a\x01a\x10\x02");
    // An answer that lacks what its schema requires is the server's error.
    assert_eq!(request(&mut client, "value", b"\x0a\x00\x18\x02").await, b"");
    // A route without a schema stays JSON.
    assert_eq!(client.request(RouteRef::Name("no.such.route"), b"").await.1, br#"{"code":500}"#);
}

#[tokio::test]
async fn the_same_handler_serves_each_dialect() {
    let server = TestServer::start(chat()).await;
    let pomelo = server.client().with(as_pomelo).connect().await;
    let native = server.client().connect().await;
    let protobuf = server.client().with(|client| client.prefer(Format::Protobuf)).connect().await;
    for client in [&pomelo, &native, &protobuf] {
        let Body(answer): Body<Line> = client.request(&route("message"), Body(line("hi"))).await;
        assert_eq!(answer, line("hi"));
        client.notify(&route("note"), Json(line("x"))).await;
    }
    // A raw body is what a handler would see of it: JSON, except for Protocol Buffers.
    for client in [&pomelo, &native] {
        let raw: Raw = client.request(&route("message"), Raw::copy_from(JSON_HI)).await;
        assert_eq!(&raw[..], JSON_HI);
        let pushed: Vec<Raw> =
            vec![client.expect_push("onLine").await, client.expect_push("onLine").await];
        assert_eq!(
            pushed,
            [Raw::copy_from(br#"{"text":"x"}"#), Raw::copy_from(br#"{"text":"x"}"#)]
        );
        assert_eq!(client.expect_push::<Json<Line>>("onOther").await.0, line("x"));
    }
    assert_eq!(pomelo.dialect_of_server(), Dialect::Pomelo);
    let raw: Raw = protobuf.request(&route("message"), Raw::copy_from(PROTO_HI)).await;
    assert_eq!(&raw[..], PROTO_HI);
}

/// The dialect that a client's handshake has settled.
trait DialectOfServer {
    fn dialect_of_server(&self) -> Dialect;
}

impl DialectOfServer for connector::testing::TestClient {
    fn dialect_of_server(&self) -> Dialect {
        self.client().welcome().agreement.dialect
    }
}

#[tokio::test]
async fn the_handshake_tells_all_of_the_schemas_or_nothing_of_them() {
    let (_server, port) = serve(without_heartbeat(chat())).await;
    let told = |client: &Bytes| -> Value {
        let response: Value = serde_json::from_slice(&client.handshake).unwrap();
        response["sys"].clone()
    };
    let all = told(&Bytes::connect(port, browser()).await);
    let protos = schemas().protos().clone();
    assert_eq!(all, json!({ "protos": *protos, "useProto": true }));
    let mut cached =
        Bytes::connect(port, json!({ "type": "t", "protoVersion": protos.version })).await;
    assert_eq!(told(&cached), json!({ "useProto": true }));
    assert_eq!(request(&mut cached, "json", PROTO_HI).await, PROTO_HI);
    // Others have their own ways, and get JSON.
    let mut pitaya =
        Bytes::connect(port, json!({ "libVersion": "0.3.5", "platform": "mac" })).await;
    assert_eq!(told(&pitaya).get("useProto"), None);
    assert_eq!(request(&mut pitaya, "json", JSON_HI).await, JSON_HI);
}

#[tokio::test]
async fn a_push_is_written_once_for_each_kind_of_peer() {
    struct Counted<'a>(Json<Line>, &'a AtomicUsize);
    impl ToBody for Counted<'_> {
        fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.write(body)
        }
    }
    let server = TestServer::start(chat()).await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(server.client().with(as_pomelo).connect().await);
        clients.push(server.client().connect().await);
    }
    for client in &clients {
        // Answered, the session is open.
        client.request::<Raw>(&route("raw"), Raw::copy_from(JSON_HI)).await;
    }
    let written = AtomicUsize::new(0);
    let body = Counted(Json(line("hi")), &written);
    let handle = server.handle();
    assert_eq!(handle.broadcast("onLine", &body).unwrap(), 4);
    assert_eq!(written.swap(0, Ordering::Relaxed), 2, "with a schema, and without");
    assert_eq!(handle.broadcast("onOther", &body).unwrap(), 4);
    assert_eq!(written.swap(0, Ordering::Relaxed), 1, "JSON for all");
    for client in &clients {
        assert_eq!(&client.expect_push::<Raw>("onLine").await[..], JSON_HI);
        assert_eq!(&client.expect_push::<Raw>("onOther").await[..], JSON_HI);
    }
    // One that does not fit is the pushing side's error.
    let error = handle.broadcast("onLine", Json(json!({ "text": 1 }))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body does not fit its schema at `text`: 1 is not a text; the route is `onLine`"
    );
}

#[tokio::test]
async fn errors_have_what_their_schema_has() {
    let (_server, port) = serve(without_heartbeat(chat())).await;
    let mut client = Bytes::connect(port, browser()).await;
    // The code, and the metadata that the answer has a field for.
    assert_eq!(request(&mut client, "json", b"\x0a\x00").await, b"\x10\xa6\x03\x0a\x02no");
    // The field `n` is required, and the handler has not written it.
    assert_eq!(request(&mut client, "odd", b"{}").await, b"\x08\xf4\x03");
    // A route that does not exist, but its schema does.
    assert_eq!(request(&mut client, "gone", b"").await, b"\x08\xf4\x03");
    // What is not `raw`'s schema. It has no field for the code.
    assert_eq!(request(&mut client, "raw", b"\x10\x01").await, b"");
    // The connection goes on.
    assert_eq!(request(&mut client, "raw", PROTO_HI).await, PROTO_HI);
}

#[tokio::test]
async fn our_client_reads_errors_and_tells_what_does_not_fit() {
    let server = TestServer::start(chat()).await;
    let client = server.client().with(as_pomelo).connect().await;
    let failed = client.client().request::<Json<Line>>(&route("json"), Json(line(""))).await;
    let Err(RequestError::Server(error)) = failed else { panic!("{failed:?}") };
    assert_eq!(error.code, 422);
    let unfit = client.client().request::<Raw>(&route("json"), Json(json!({}))).await;
    let Err(RequestError::Codec(error)) = unfit else { panic!("{unfit:?}") };
    assert_eq!(
        error.to_string(),
        "the body does not fit its schema at `text`: the field is required by its schema; the \
         route is `chat.chatHandler.json`"
    );
    let unread = client.client().request::<Json<u32>>(&route("json"), Json(line("x"))).await;
    assert!(matches!(unread, Err(RequestError::Decode(BodyError::Misfit(_)))), "{unread:?}");
}

#[tokio::test]
async fn a_body_is_bounded_as_if_it_had_been_sent_as_json() {
    let limits = Limits { package: 1_000, nesting: 4, ..Limits::default() };
    let (_server, port) = serve(without_heartbeat(chat()).limits(limits)).await;
    let mut client = Bytes::connect(port, browser()).await;
    let controls = |count: u8| [&[0x0a, count], vec![1; usize::from(count)].as_slice()].concat();
    // Each of them is `\u0001` in JSON.
    let most = controls(120);
    assert_eq!(request(&mut client, "raw", &most).await, most);
    assert_eq!(request(&mut client, "json", &controls(120)).await, most);
    let too_long = b"\x10\x90\x03";
    assert_eq!(
        request(&mut client, "json", &[b"\x0a\xa8\x01".as_slice(), &[1; 168]].concat()).await,
        too_long
    );
    let nested = |levels: usize| {
        let mut body = Vec::new();
        for _ in 0..levels {
            body.splice(0..0, [0x12, body.len() as u8]);
        }
        [&body[..], b"\x18\x02"].concat()
    };
    assert_eq!(request(&mut client, "value", &nested(3)).await, b"\x10\x02");
    // It is answered without a field for the code, as one that is not understood.
    assert_eq!(request(&mut client, "value", &nested(4)).await, b"");
    let huge = b"\x0a\xff\xff\xff\xff\x0f";
    assert_eq!(request(&mut client, "json", huge).await, too_long);
    assert_eq!(request(&mut client, "raw", PROTO_HI).await, PROTO_HI);
}

#[tokio::test]
async fn new_schemas_are_for_new_connections() {
    let (server, port) = serve(without_heartbeat(chat())).await;
    let mut old = Bytes::connect(port, browser()).await;
    let changed = SERVER.replace("\"required string text\": 1", "\"required string text\": 5");
    let changed = PomeloSchemas::parse(&changed, CLIENT).unwrap();
    let version = changed.version().to_owned();
    server.handle().set_protos(changed);
    let mut new = Bytes::connect(port, browser()).await;
    assert_eq!(new.response.sys.as_ref().unwrap().protos.as_ref().unwrap().version, Some(version));
    assert_eq!(request(&mut old, "json", PROTO_HI).await, PROTO_HI);
    assert_eq!(request(&mut new, "json", PROTO_HI).await, b"\x2a\x02hi");
    // A broadcast knows them apart.
    assert_eq!(server.handle().broadcast("onLine", Json(line("hi"))).unwrap(), 2);
    assert_eq!(old.message().await, b"\x06\x06onLine\x0a\x02hi");
    assert_eq!(new.message().await, b"\x06\x06onLine\x2a\x02hi");
    // The old version in a cache is not enough any more.
    let cached = Bytes::connect(port, json!({ "protoVersion": schemas().version() })).await;
    assert!(cached.response.sys.unwrap().protos.is_some());
}

#[tokio::test]
async fn a_codec_that_cannot_negotiate_has_no_schemas() {
    let connector = TcpConnector::bind("127.0.0.1:0").encode(|out, bytes| {
        bytes.extend_from_slice(out.body);
        Ok(())
    });
    let server = without_heartbeat(chat()).connector(connector).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    let client = Bytes::connect(port, browser()).await;
    let sys = client.response.sys.unwrap();
    assert!(!sys.use_proto && sys.protos.is_none());
}

/// A filter that refuses comes first, and one that watches sees the refusal.
#[tokio::test]
async fn a_body_that_does_not_fit_is_answered_behind_the_filters() {
    #[derive(Clone, Default)]
    struct Watch(Arc<Mutex<Vec<u16>>>);

    impl Filter for Watch {
        fn after(&self, _: &Cx<'_>, _: &RouteSpec, outcome: &Outcome<'_>) {
            self.0.lock().unwrap().push(outcome.error.map_or(200, |error| error.code));
        }
    }

    let watch = Watch::default();
    let closed = |cx: &Cx<'_>, spec: &RouteSpec| match spec.route.ends_with("message") {
        true if cx.session.uid().is_none() => Err(HandlerError::new(401, "sign in first")),
        _ => Ok(()),
    };
    let server = without_heartbeat(chat()).filter(watch.clone()).filter(closed);
    let (_server, port) = serve(server).await;
    let mut client = Bytes::connect(port, browser()).await;
    for method in ["json", "plain", "message"] {
        request(&mut client, method, &[0xff; 11]).await;
    }
    assert_eq!(*watch.0.lock().unwrap(), [400, 400, 401]);
}

#[tokio::test]
async fn schemas_go_to_the_clients_that_are_named() {
    let builder = without_heartbeat(chat())
        .protos_for(|client| (client.kind.as_deref() == Some("linux")).then_some(false));
    let (_server, port) = serve(builder).await;
    let mut client = Bytes::connect(port, json!({ "type": "linux", "version": "0.2.1" })).await;
    let sys = client.response.sys.take().unwrap();
    assert!(!sys.use_proto && sys.protos.is_none());
    assert_eq!(request(&mut client, "json", JSON_HI).await, JSON_HI);
    let mut client = Bytes::connect(port, browser()).await;
    let sys = client.response.sys.take().unwrap();
    assert!(sys.use_proto && sys.protos.is_some());
    assert_eq!(request(&mut client, "json", PROTO_HI).await, PROTO_HI);
}
