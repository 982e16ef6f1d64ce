//! The dialect as its bytes: compressed bodies both ways, their limits, and who gets them.

use std::time::Duration;

use connector::prelude::*;
use connector::protocol::message::{Head, RouteRef};
use connector::protocol::pomelo::handshake::{Native, Response};
use connector::protocol::pomelo::message::{Message, mark_compressed};
use connector::protocol::pomelo::package::{self, HANDSHAKE_ACK, Package, PackageType};
use connector::protocol::zlib::{Deflater, Inflater};
use connector::testing::TestServer;
use connector::{Format, RequestId};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ECHO: &str = "connector.entryHandler.echo";

/// A server whose one route says the same again, as it came.
async fn serve(builder: impl FnOnce(ServerBuilder) -> ServerBuilder) -> (Server, u16) {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .heartbeat(Duration::ZERO)
        .route(ECHO, async |Json(body): Json<Value>| Json(body));
    let server = builder(server).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

fn pitaya() -> Value {
    json!({ "platform": "mac", "libVersion": "0.3.5-release", "clientBuildNumber": "20" })
}

fn pomelo() -> Value {
    json!({ "type": "js-websocket", "version": "0.0.1" })
}

fn native() -> Value {
    json!({ "connector": Native::new(&[Format::Json]) })
}

/// A native client without the feature.
fn plain_native() -> Value {
    let mut native = Native::new(&[Format::Json]);
    native.0.compressions.clear();
    json!({ "connector": native })
}

/// A connection that shows its bytes.
struct Bytes {
    stream: TcpStream,
    /// The body of the server's handshake.
    response: Vec<u8>,
}

impl Bytes {
    async fn connect(port: u16, sys: &Value) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut hello = Vec::new();
        let body = json!({ "sys": sys }).to_string();
        package::encode(PackageType::Handshake, body.as_bytes(), &mut hello).unwrap();
        stream.write_all(&hello).await.unwrap();
        let response = next(&mut stream).await;
        stream.write_all(&HANDSHAKE_ACK).await.unwrap();
        Self { stream, response }
    }

    /// Sends a request; the bytes of its answer.
    async fn request(&mut self, flagged: bool, body: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        Head::Request(RequestId::new(1), RouteRef::Name(ECHO)).encode(&mut message).unwrap();
        if flagged {
            mark_compressed(&mut message);
        }
        message.extend_from_slice(body);
        let mut bytes = Vec::new();
        package::encode(PackageType::Data, &message, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
        next(&mut self.stream).await
    }

    /// Sends a compressed body; the error that it is answered with.
    async fn refused(&mut self, body: &[u8]) -> Value {
        let answer = self.request(true, body).await;
        let message = Message::decode(&answer).unwrap();
        assert_eq!((message.head, message.compressed), (Head::Error(RequestId::new(1)), false));
        serde_json::from_slice(message.body).unwrap()
    }
}

/// The body of the next package.
async fn next(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; package::HEADER];
    stream.read_exact(&mut header).await.unwrap();
    let size = u32::from_be_bytes([0, header[1], header[2], header[3]]) as usize;
    let mut whole = header.to_vec();
    whole.resize(header.len() + size, 0);
    stream.read_exact(&mut whole[header.len()..]).await.unwrap();
    Package::take(&mut &whole[..]).unwrap().body.to_vec()
}

/// A body that becomes much shorter.
fn long(bytes: usize) -> Vec<u8> {
    let text = "it says it again and again, ".repeat(bytes / 28 + 1);
    json!({ "text": &text[..bytes] }).to_string().into_bytes()
}

fn deflated(body: &[u8]) -> Vec<u8> {
    Deflater::new().deflate(body).unwrap().to_vec()
}

#[tokio::test]
async fn compressed_requests_are_read_from_those_who_may_send_them() {
    let (_server, port) = serve(|server| server).await;
    for sys in [pitaya(), native()] {
        let mut client = Bytes::connect(port, &sys).await;
        for body in [long(100), long(1_000), long(900_000)] {
            let answer = client.request(true, &deflated(&body)).await;
            // Nothing is compressed that nobody has asked for.
            assert_eq!(answer[..2], [0x04, 1]);
            assert_eq!(answer[2..], body);
        }
    }
    for sys in [pomelo(), plain_native()] {
        let mut client = Bytes::connect(port, &sys).await;
        let answer = client.request(true, &deflated(&long(100))).await;
        let body: Value = serde_json::from_slice(Message::decode(&answer).unwrap().body).unwrap();
        let told =
            "the body is compressed, which was not agreed: turn the sender's compression off";
        assert_eq!((&body["code"], &body["msg"]), (&json!(400), &json!(told)), "{sys}");
    }
}

#[tokio::test]
async fn bodies_from_a_size_on_are_compressed_for_those_who_read_it() {
    let (_server, port) = serve(|server| server.compress_from(500)).await;
    let body = long(489);
    assert_eq!(body.len(), 500);
    for (sys, compressed) in
        [(pitaya(), true), (native(), true), (pomelo(), false), (plain_native(), false)]
    {
        let mut client = Bytes::connect(port, &sys).await;
        let short = client.request(false, &body[..0]).await;
        assert_eq!(short, [&[0x04, 1], &b"{}"[..]].concat());
        let below = client.request(false, &long(488)).await;
        assert_eq!(below[2..], long(488));
        let answer = client.request(false, &body).await;
        let message = Message::decode(&answer).unwrap();
        assert_eq!(message.compressed, compressed, "{sys}");
        if compressed {
            assert!(message.body.len() < 100 && message.body.starts_with(b"\x78"));
            assert_eq!(Inflater::new().inflate(message.body, 500).unwrap(), body);
        } else {
            assert_eq!(message.body, body);
        }
    }
}

#[tokio::test]
async fn what_does_not_become_shorter_is_sent_as_it_is() {
    let (_server, port) = serve(|server| server.compress_from(0)).await;
    let mut client = Bytes::connect(port, &pitaya()).await;
    let all = json!((' '..='~').collect::<String>()).to_string();
    for body in [&b"1"[..], br#"{"text":"hi"}"#, all.as_bytes()] {
        let answer = client.request(false, body).await;
        assert_eq!(answer, [&[0x04, 1], body].concat());
    }
}

#[tokio::test]
async fn pushes_are_compressed_once_for_each_kind_of_client() {
    let (server, port) = serve(|server| server.compress_from(100)).await;
    let mut one = Bytes::connect(port, &pitaya()).await;
    let mut other = Bytes::connect(port, &pomelo()).await;
    for client in [&mut one, &mut other] {
        client.request(false, b"1").await;
    }
    let body: Value = serde_json::from_slice(&long(1_000)).unwrap();
    server.handle().broadcast("onLong", Json(&body)).unwrap();
    let pushed = next(&mut one.stream).await;
    let message = Message::decode(&pushed).unwrap();
    assert_eq!((message.head, message.compressed), (Head::Push(RouteRef::Name("onLong")), true));
    assert_eq!(Inflater::new().inflate(message.body, 2_000).unwrap(), long(1_000));
    let pushed = next(&mut other.stream).await;
    let message = Message::decode(&pushed).unwrap();
    assert_eq!((message.compressed, message.body), (false, &long(1_000)[..]));
}

/// The numbers of a dictionary are for requests alone, since pitaya's C client reads half of
/// a push's.
#[tokio::test]
async fn pushes_to_pitayas_clients_have_names() {
    let (server, port) = serve(|server| server.number_routes(["onPush"])).await;
    let mut client = Bytes::connect(port, &pitaya()).await;
    let sys = Response::parse(&client.response).unwrap().sys.unwrap();
    let routes = &sys.dict.unwrap().routes;
    let code = |name: &str| *routes.iter().find(|(_, route)| *route == name).unwrap().0;
    let (echo, _) = (code(ECHO), code("onPush"));
    let mut request = Vec::new();
    Head::Request(RequestId::new(1), RouteRef::Code(echo)).encode(&mut request).unwrap();
    request.push(b'1');
    let mut bytes = Vec::new();
    package::encode(PackageType::Data, &request, &mut bytes).unwrap();
    client.stream.write_all(&bytes).await.unwrap();
    assert_eq!(next(&mut client.stream).await, b"\x04\x011");
    server.handle().broadcast("onPush", Json(1)).unwrap();
    assert_eq!(next(&mut client.stream).await, b"\x06\x06onPush1");
}

#[tokio::test]
async fn what_is_no_stream_is_refused_by_name_and_the_connection_goes_on() {
    let (_server, port) = serve(|server| server).await;
    let mut client = Bytes::connect(port, &pitaya()).await;
    let stream = deflated(&long(1_000));
    let damaged = [&stream[..stream.len() - 1], &[stream[stream.len() - 1] ^ 1]].concat();
    for (body, told) in [
        (&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], "are gzip, and zlib is expected"),
        (br#"{"text":"hi"}"#, "are not a zlib stream"),
        (b"\x78\xbb\0\0\0\x01\0\0", "needs a preset dictionary"),
        (&stream[..10], "is cut off after 10 bytes"),
        (&[&stream[..], b"x"].concat(), "1 bytes follow the zlib stream"),
        (&damaged, "is damaged"),
        (b"", "is cut off after 0 bytes"),
    ] {
        let error = client.refused(body).await;
        assert_eq!(error["code"], "PIT-400");
        let message = error["msg"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
    }
    assert_eq!(client.request(false, b"1").await, b"\x04\x011");
}

#[tokio::test]
async fn routes_of_the_servers_own_type_may_leave_it_out() {
    let builder = Server::builder()
        .route(ECHO, async |Json(body): Json<Value>| Json(body))
        .route("room.roomHandler.join", async || Json(1));
    let server = TestServer::start(builder.server_type("connector")).await;
    let client = server.client().connect().await;
    for route in [ECHO, "entryHandler.echo", ECHO] {
        let Json(answer): Json<Value> = client.request(route, Json(json!({ "n": 7 }))).await;
        assert_eq!(answer, json!({ "n": 7 }), "{route}");
    }
    client.request::<Json<u32>>("room.roomHandler.join", ()).await;
    client.notify("entryHandler.echo", Json(1)).await;
    for route in ["roomHandler.join", "echo", "connector.roomHandler.join"] {
        let error = client.client().request::<Raw>(route, ()).await;
        assert!(error.is_err(), "{route}");
    }
    let wrong = Server::builder().route(ECHO, async || Json(1)).server_type("conector");
    let error = wrong.start().await.unwrap_err().to_string();
    assert!(error.starts_with("no route begins with the server type `conector`"), "{error}");
}
