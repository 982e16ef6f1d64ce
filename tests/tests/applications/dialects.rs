//! What a handshake agrees on, seen from the wire: codes of routes, formats of
//! bodies, and how an error is told.

use std::time::Duration;

use connector::client::{Client, RequestError};
use connector::codec::CodecError;
use connector::prelude::*;
use connector::proto::{Push, PushRoute};
use connector::protocol::message::RouteRef;
use connector::protocol::pomelo::handshake::{Dialect, Native, Request};
use connector::protocol::schema;
use connector::server::ServeError;
use connector::{BodyError, BodyReader, BodyWriter, Format, FromBody, RouterError, ToBody};
use connector_tests::bytes::Bytes;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What `.proto` files make of a message `Line { string text = 1; }`.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    text: String,
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

impl Push for Line {
    const ROUTE: PushRoute<Self> = PushRoute::new("onLine");
    const CODE: Option<u16> = Some(9);
}

/// Pushed, too, and always as JSON.
#[derive(Serialize, Deserialize)]
struct Gone {
    name: String,
}

impl ToBody for Gone {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_json(self)
    }
}

impl FromBody for Gone {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_json()
    }
}

impl Push for Gone {
    const ROUTE: PushRoute<Self> = PushRoute::new("onGone");
    const CODE: Option<u16> = Some(65535);
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(code = 7)]
    async fn say(&self, Body(line): Body<Line>) -> Result<Body<Line>, HandlerError> {
        match &*line.text {
            "" => Err(HandlerError::new(422, "say something").with("field", "text").with("max", 9)),
            _ => Ok(Body(line)),
        }
    }

    #[route(code = 65535)]
    async fn count(&self, Json(n): Json<u64>) -> Json<u64> {
        Json(n + 1)
    }
}

async fn serve(connector: HybridConnector) -> (Server, u16) {
    let server = Server::builder().connector(connector).handler(Chat);
    let server = server.heartbeat(Duration::ZERO).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

const SAY: RouteRef<'_> = RouteRef::Name("chat.chatHandler.say");

#[tokio::test]
async fn pomelos_clients_find_errors_in_the_body() {
    let (_server, port) = serve(HybridConnector::bind("127.0.0.1:0")).await;
    let mut client = Bytes::connect(port, json!({ "type": "js-websocket", "version": "1" })).await;
    let (flags, body) = client.request(SAY, br#"{"text":""}"#).await;
    let wanted = br#"{"code":422,"msg":"say something","field":"text","max":9}"#;
    assert_eq!((flags, &*body), (0x04, &wanted[..]));
    let unknown = client.request(RouteRef::Name("chat.chatHandler.x"), b"{}").await;
    assert_eq!(unknown, (0x04, br#"{"code":500}"#.to_vec()));
}

#[tokio::test]
async fn pitayas_clients_find_errors_by_their_flag() {
    let (_server, port) = serve(HybridConnector::bind("127.0.0.1:0")).await;
    let sys = json!({ "platform": "mac", "libVersion": "0.3.5", "clientBuildNumber": "20" });
    let mut client = Bytes::connect(port, sys).await;
    assert_eq!(client.response.sys.as_ref().unwrap().connector, None);
    let (flags, body) = client.request(SAY, br#"{"text":""}"#).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let metadata = json!({ "field": "text", "max": "9" });
    assert_eq!(flags, 0x24);
    assert_eq!(body, json!({ "code": "PIT-422", "msg": "say something", "metadata": metadata }));
    let answer = client.request(SAY, br#"{"text":"hi"}"#).await;
    assert_eq!(answer, (0x04, br#"{"text":"hi"}"#.to_vec()));
}

#[tokio::test]
async fn a_function_of_the_server_decides_the_dialect() {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(Chat)
        .heartbeat(Duration::ZERO)
        .dialect(|client| (client.kind.as_deref() == Some("robot")).then_some(Dialect::Pitaya));
    let server = server.start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    let mut robot = Bytes::connect(port, json!({ "type": "robot" })).await;
    let (flags, body) = robot.request(SAY, br#"{"text":""}"#).await;
    assert_eq!((flags, body.starts_with(br#"{"code":"PIT-422""#)), (0x24, true));
    // Others are what they say they are.
    let mut other = Bytes::connect(port, json!({ "type": "js-websocket" })).await;
    assert_eq!(other.request(SAY, br#"{"text":""}"#).await.0, 0x04);
}

#[tokio::test]
async fn native_clients_choose_the_format_of_bodies() {
    let (_server, port) = serve(HybridConnector::bind("127.0.0.1:0")).await;
    let native = Native::new(&[Format::Protobuf, Format::Json]);
    let mut client = Bytes::connect(port, json!({ "connector": native })).await;
    let told = client.response.sys.as_ref().unwrap().connector.clone();
    assert_eq!(told, Some(Native::new(&[Format::Protobuf])));
    let line = |text: &str| Line { text: text.into() }.encode_to_vec();
    assert_eq!(client.request(SAY, &line("hi")).await, (0x04, line("hi")));
    let (flags, body) = client.request(SAY, b"").await;
    assert_eq!(flags, 0x24);
    let error = schema::connector::Error::decode(&*body).unwrap();
    assert_eq!((error.code, &*error.message), (422, "say something"));
    assert_eq!((&*error.metadata["field"], &*error.metadata["max"]), ("text", "9"));
    // What is pinned to JSON stays JSON.
    let counted = client.request(RouteRef::Name("chat.chatHandler.count"), b"1").await;
    assert_eq!(counted, (0x04, b"2".to_vec()));
}

#[tokio::test]
async fn routes_with_codes_are_told_once_and_reached_by_code() {
    let (_server, port) = serve(HybridConnector::bind("127.0.0.1:0")).await;
    let mut client = Bytes::connect(port, json!({ "type": "js-websocket" })).await;
    let sys = client.response.sys.clone().unwrap();
    let dictionary = sys.dict.unwrap();
    assert!(sys.use_dict);
    let routes = [(7, "chat.chatHandler.say".into()), (65535, "chat.chatHandler.count".into())];
    assert_eq!(dictionary.routes, routes.into());
    assert_eq!(client.request(RouteRef::Code(65535), b"41").await, (0x04, b"42".to_vec()));
    let answer = client.request(RouteRef::Code(7), br#"{"text":"hi"}"#).await;
    assert_eq!(answer, (0x04, br#"{"text":"hi"}"#.to_vec()));
    // Who has kept it is not told again, and uses it all the same.
    let sys = json!({ "type": "js-websocket", "dictVersion": dictionary.version });
    let mut client = Bytes::connect(port, sys).await;
    let sys = client.response.sys.clone().unwrap();
    assert_eq!((sys.use_dict, sys.dict), (true, None));
    assert_eq!(client.request(RouteRef::Code(65535), b"1").await, (0x04, b"2".to_vec()));
}

#[tokio::test]
async fn a_codec_of_ones_own_agrees_on_nothing() {
    let plain = HybridConnector::bind("127.0.0.1:0").encode(|message, out| {
        out.extend_from_slice(&[0x04, 0x01]);
        out.extend_from_slice(message.body);
        Ok(())
    });
    let server = Server::builder().connector(plain).handler(Chat);
    let server = server.heartbeat(Duration::ZERO).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    let native = Native::new(&[Format::Protobuf]);
    let mut client = Bytes::connect(port, json!({ "connector": native })).await;
    let sys = client.response.sys.clone().unwrap();
    assert_eq!((sys.use_dict, sys.connector), (false, None));
    let (flags, body) = client.request(SAY, br#"{"text":""}"#).await;
    assert_eq!((flags, body.starts_with(br#"{"code":422"#)), (0x04, true));
}

#[tokio::test]
async fn our_client_tells_errors_from_answers_that_have_a_code() {
    let (_server, port) = serve(HybridConnector::bind("127.0.0.1:0")).await;
    for format in [Format::Json, Format::Protobuf] {
        let builder = Client::builder().prefer(format);
        let client = builder.connect(&format!("tcp://127.0.0.1:{port}")).await.unwrap();
        assert_eq!(client.format(), format);
        // A `Value` reads any `code`, so only the flag can tell.
        let failed = client.request::<Value>("chat.chatHandler.count", Json("x")).await;
        let Err(RequestError::Server(error)) = failed else { panic!("{failed:?}") };
        assert_eq!(error.code, HandlerError::BAD_REQUEST);
        assert_eq!(
            client.request::<Json<u64>>("chat.chatHandler.count", Json(1)).await.unwrap().0,
            2
        );
    }
    let request = Request::new("js-websocket", "1");
    let pomelo = Client::builder().handshake(request);
    let client = pomelo.connect(&format!("tcp://127.0.0.1:{port}")).await.unwrap();
    let failed: Value = client.request("chat.chatHandler.count", Json("x")).await.unwrap();
    assert_eq!(failed["code"], 400);
}

#[tokio::test]
async fn pushes_have_codes_where_the_dictionary_tells_them() {
    let builder = Server::builder().handler(Chat).connector(HybridConnector::bind("127.0.0.1:0"));
    let server = builder.declare_push::<Line>().heartbeat(Duration::ZERO).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    let line = Line { text: "hi".into() };
    let by_code = b"\x07\x00\x09";

    let mut json = Bytes::connect(port, json!({})).await;
    let dictionary = json.response.sys.as_ref().unwrap().dict.as_ref().unwrap();
    assert_eq!(dictionary.routes[&9], "onLine");
    // Answered, the session is open.
    json.request(RouteRef::Code(65535), b"1").await;
    server.handle().broadcast(Line::ROUTE, &line).unwrap();
    assert_eq!(json.message().await, [&by_code[..], br#"{"text":"hi"}"#].concat());

    // The code is the route's, whatever the body is and however the route is named.
    server.handle().broadcast("onLine", Json("hi")).unwrap();
    assert_eq!(json.message().await, [&by_code[..], br#""hi""#].concat());

    // One that has not told its code is pushed as ever, and our own client knows both.
    let url = format!("tcp://127.0.0.1:{port}");
    let client = Client::builder().prefer(Format::Protobuf).connect(&url).await.unwrap();
    let mut lines = client.pushes(Line::ROUTE);
    let mut gone = client.pushes(Gone::ROUTE);
    let Json(_): Json<u64> = client.request("chat.chatHandler.count", Json(1)).await.unwrap();
    for session in server.handle().sessions() {
        session.push(Gone::ROUTE, Gone { name: "ann".into() }).unwrap();
        session.push(Line::ROUTE, &line).unwrap();
    }
    let by_name = [b"\x06\x06onGone", &br#"{"name":"ann"}"#[..]].concat();
    assert_eq!(json.message().await, by_name);
    assert_eq!(json.message().await[..3], by_code[..]);
    assert_eq!(gone.next().await.unwrap().unwrap().name, "ann");
    assert_eq!(lines.next().await.unwrap().unwrap(), line);
}

/// What nothing may be pushed as.
struct Odd<const CODE: u16>;

impl<const CODE: u16> Push for Odd<CODE> {
    const ROUTE: PushRoute<Self> = PushRoute::new("onLine");
    const CODE: Option<u16> = Some(CODE);
}

#[tokio::test]
async fn a_route_has_one_code_and_a_code_one_route() {
    let clash = |first, second| RouterError::DuplicateCode { code: 65535, first, second };
    let (route, push) = ("chat.chatHandler.count", "onGone");
    let server = Server::builder;
    for (builder, expected) in [
        (server().handler(Chat).declare_push::<Gone>(), clash(route, push)),
        (server().declare_push::<Gone>().declare_push::<Gone>().handler(Chat), clash(push, route)),
        (
            server().declare_push::<Line>().declare_push::<Odd<8>>(),
            RouterError::TwoCodes { route: "onLine", first: 9, second: 8 },
        ),
        (server().declare_push::<Odd<0>>(), RouterError::ZeroCode("onLine")),
    ] {
        match builder.start().await.map(drop) {
            Err(ServeError::Router(error)) => assert_eq!(error, expected),
            other => panic!("{other:?}"),
        }
    }
}
