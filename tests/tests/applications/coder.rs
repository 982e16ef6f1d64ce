//! Messages as pomelo's own connector writes and reads them, recorded from it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::prelude::*;
use connector::protocol::message::{Head, RouteRef};
use connector::protocol::pomelo::handshake::Dictionary;
use connector::protocol::pomelo::message::Message;
use connector::{PomeloSchemas, RequestId};
use connector_tests::bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Vectors {
    schema: Value,
    encode: Vec<Written>,
    decode: Vec<Read>,
    dictionary: Numbered,
}

/// An answer, or a push if the id is 0.
#[derive(Deserialize)]
struct Written {
    use_dict: u8,
    use_protobuf: u8,
    req_id: u32,
    route: String,
    body: Value,
    hex: String,
}

#[derive(Deserialize)]
struct Read {
    use_dict: u8,
    use_protobuf: u8,
    message_hex: String,
    result: Option<Value>,
}

#[derive(Deserialize)]
struct Numbered {
    handler_routes_sorted: Vec<String>,
    user_dictionary: Vec<String>,
    dict: Value,
    version: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../protocol/vectors/coder.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A server that answers with what it is told to, and notes what it has heard.
struct Peer {
    server: Server,
    client: Bytes,
    answer: Arc<Mutex<Value>>,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Peer {
    async fn start((dict, protobuf): (u8, u8), schema: &Value) -> Self {
        let (answer, heard) = (Arc::<Mutex<Value>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let mut builder = Server::builder()
            .connector(TcpConnector::bind("127.0.0.1:0"))
            .heartbeat(Duration::ZERO);
        for route in ["c.e.echo", "c.p.echo"] {
            let (answer, heard) = (answer.clone(), heard.clone());
            builder =
                builder.route(route, move |id: Option<RequestId>, Json(body): Json<Value>| {
                    let id = id.map_or(0, RequestId::get);
                    let kind = u8::from(id == 0);
                    let message = json!({ "id": id, "type": kind, "route": route, "body": body });
                    heard.lock().unwrap().push(message);
                    let answer = answer.lock().unwrap().clone();
                    async { Json(answer) }
                });
        }
        if dict == 1 {
            builder = builder.number_routes(["onPush"]);
        }
        if protobuf == 1 {
            let text = schema.to_string();
            builder = builder.protos(PomeloSchemas::parse(&text, &text).unwrap());
        }
        let server = builder.start().await.unwrap();
        let port = server.addresses()[0].port().unwrap();
        let client = Bytes::connect(port, json!({ "type": "js-websocket" })).await;
        Self { server, client, answer, heard }
    }

    /// Makes a request of its own, waits for its answer, and forgets that it was heard.
    async fn pass(&mut self, route: &str, id: u32) {
        let id = RequestId::new(id);
        let mut request = Vec::new();
        Head::Request(id, RouteRef::Name(route)).encode(&mut request).unwrap();
        self.client.tell(&request).await;
        while Message::decode(&self.client.message().await).unwrap().head.id() != id {}
        let heard = self.heard.lock().unwrap().pop().unwrap();
        assert_eq!(heard["id"], id.map_or(0, RequestId::get));
    }

    /// The message by which the server answers a request with this body.
    async fn answered(&mut self, route: &str, id: u32, body: &Value) -> Vec<u8> {
        *self.answer.lock().unwrap() = body.clone();
        let mut request = Vec::new();
        Head::Request(RequestId::new(id), RouteRef::Name(route)).encode(&mut request).unwrap();
        self.client.tell(&request).await;
        self.client.message().await
    }
}

#[tokio::test]
async fn answers_and_pushes_have_the_bytes_of_pomelos() {
    let Vectors { schema, encode, .. } = vectors();
    for vector in encode {
        let Written { use_dict, use_protobuf, req_id, route, body, hex: expected } = vector;
        let mut peer = Peer::start((use_dict, use_protobuf), &schema).await;
        let misses_a_field = use_protobuf == 1 && body.get("n").is_none();
        let sent = if req_id > 0 {
            peer.answered(&route, req_id, &body).await
        } else {
            // Its answer tells that the session is open.
            peer.pass("c.e.echo", 1).await;
            let pushed = peer.server.handle().sessions()[0].push(&route, Json(&body));
            if misses_a_field {
                // Pomelo pushes an empty body, which its client reads as an error of its own.
                assert!(pushed.is_err(), "{expected}");
                continue;
            }
            pushed.unwrap();
            peer.client.message().await
        };
        assert_eq!(hex(&sent), expected);
    }
}

#[tokio::test]
async fn messages_are_read_as_pomelo_reads_them() {
    let Vectors { schema, decode, .. } = vectors();
    for vector in decode {
        let Read { use_dict, use_protobuf, message_hex, result } = vector;
        let mut peer = Peer::start((use_dict, use_protobuf), &schema).await;
        let message = bytes(&message_hex);
        peer.client.tell(&message).await;
        // What comes behind it comes after it, whether it is answered or dropped.
        peer.pass("c.e.echo", 77).await;
        // Pomelo reads a message with the gzip flag as if it had none: see the guide.
        let is_marked = message[0] & 0x10 != 0;
        let expected: Vec<_> = result.filter(|_| !is_marked).into_iter().collect();
        assert_eq!(*peer.heard.lock().unwrap(), expected, "{message_hex}");
    }
}

#[test]
fn the_dictionary_has_the_version_of_pomelos() {
    let Numbered { handler_routes_sorted, user_dictionary, dict, version } = vectors().dictionary;
    let routes = handler_routes_sorted.into_iter().chain(user_dictionary);
    let dictionary = Dictionary::new((1..).zip(routes).collect());
    assert_eq!(dictionary.version, Some(version));
    let codes = dictionary.routes.iter().map(|(code, route)| (route.clone(), json!(code)));
    assert_eq!(Value::Object(codes.collect()), dict);
}
