//! Signed messages: our server and our client, with each other and with released ones.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector::PomeloSchemas;
use connector::client::{Client, ClientBuilder};
use connector::codec::SigningKey;
use connector::handler::RouteSpec;
use connector::prelude::*;
use connector::protocol::pomelo::handshake::{Request, Rsa};
use connector::server::ServerBuilder;
use connector::testing::{TestClient, TestServer};
use connector_tests::peer::Peers;
use serde_json::{Value, json};

/// A key of 2,048 bits, for these tests alone.
const KEY: &[u8] = include_bytes!("key.der");

#[derive(Clone, Default)]
struct Bank {
    calls: Arc<AtomicUsize>,
}

#[handler("bank.bankHandler")]
impl Bank {
    #[route(code = 3)]
    async fn pay(&self, Json(body): Json<Value>) -> Json<Value> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Json(body)
    }
}

struct Texts;

#[handler("bank.textHandler")]
impl Texts {
    /// The number of characters, for a client that cannot read all of them.
    #[route]
    async fn count(&self, Json(text): Json<Value>) -> Json<Value> {
        Json(json!({ "count": text["text"].as_str().map_or(0, |text| text.chars().count()) }))
    }
}

fn key() -> SigningKey {
    SigningKey::from_pkcs8(KEY).unwrap()
}

fn server(bank: &Bank) -> ServerBuilder {
    Server::builder().handler(bank.clone()).handler(Texts).require_signatures()
}

/// A handshake that names this key, without signing.
fn with_key(rsa: Rsa) -> impl FnOnce(ClientBuilder) -> ClientBuilder {
    let mut request = Request::new("test", "1");
    request.sys.rsa = Some(rsa);
    move |client| client.handshake(request)
}

async fn refused(client: &TestClient, body: Value) -> String {
    let error = client.expect_error("bank.bankHandler.pay", Json(body)).await;
    assert_eq!(error.code, HandlerError::BAD_REQUEST);
    error.message.into_owned()
}

#[tokio::test]
async fn signed_requests_are_served_without_their_signature() {
    let bank = Bank::default();
    let server = TestServer::start(server(&bank)).await;
    let client = server.client().with(|client| client.sign(key())).connect().await;
    for body in [json!({}), json!({ "to": "ann", "n": 7, "t": "é 汉 \u{1f600} \"__crypto__\"" })]
    {
        let Json(answer): Json<Value> = client.request("bank.bankHandler.pay", Json(&body)).await;
        assert_eq!(answer, body);
    }
    let Json(empty): Json<Value> = client.request("bank.bankHandler.pay", ()).await;
    assert_eq!(empty, json!({}));
    let spaced: Value = client
        .request("bank.bankHandler.pay", connector::Raw(b" { \"a\" : [1] } ".to_vec().into()))
        .await;
    assert_eq!(spaced, json!({ "a": [1] }));
    client.notify("bank.bankHandler.pay", Json(json!({}))).await;
    client.expect_no_push("onAny").await;
    assert_eq!(bank.calls.load(Ordering::SeqCst), 5);
    let error = client.client().request::<Raw>("bank.bankHandler.pay", Json([1])).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("only a body that is a JSON object can be signed"), "{error}");
}

#[tokio::test]
async fn what_is_not_signed_is_answered_and_not_handled() {
    let bank = Bank::default();
    let server = TestServer::start(server(&bank)).await;
    let client = server.client().with(with_key(key().public())).connect().await;
    let missing = refused(&client, json!({ "n": 7 })).await;
    assert_eq!(missing, "the message is not signed: `__crypto__` is missing");
    let forged = "the signature `__crypto__` is not that of the body by the key of the handshake";
    for signature in ["00", "", &"ab".repeat(256), &"ff".repeat(1_000)] {
        assert_eq!(refused(&client, json!({ "n": 7, "__crypto__": signature })).await, forged);
    }
    assert!(refused(&client, json!([7])).await.starts_with("a signed body is a JSON object"));
    client.notify("bank.bankHandler.pay", Json(json!({ "n": 7 }))).await;
    client.expect_no_push("onAny").await;
    assert_eq!(bank.calls.load(Ordering::SeqCst), 0);
    // The connection goes on, and so do others.
    let other = server.client().with(|client| client.sign(key())).connect().await;
    other.request::<Json<Value>>("bank.bankHandler.pay", Json(json!({}))).await;
}

#[tokio::test]
async fn a_client_without_a_key_that_can_be_used_is_refused() {
    let server = TestServer::start(server(&Bank::default())).await;
    assert_eq!(server.client().expect_refusal().await, 401);
    let Rsa { rsa_n, rsa_e } = key().public();
    for (n, e) in [
        ("", &*rsa_e),
        ("0", &rsa_e),
        ("xyz", &rsa_e),
        (&rsa_n[..200], &rsa_e),
        (&rsa_n, "0"),
        (&rsa_n, "no number"),
    ] {
        let rsa = Rsa { rsa_n: n.to_owned(), rsa_e: e.to_owned() };
        assert_eq!(server.client().with(with_key(rsa)).expect_refusal().await, 401, "{n} {e}");
    }
}

#[tokio::test]
async fn a_signature_is_of_one_body_by_one_key() {
    let bank = Bank::default();
    let server = TestServer::start(server(&bank)).await;
    // A server that requires no signatures shows that of a body.
    let open = TestServer::start(Server::builder().handler(bank.clone())).await;
    let signing = open.client().with(|client| client.sign(key())).connect().await;
    let Json(signed): Json<Value> =
        signing.request("bank.bankHandler.pay", Json(json!({ "to": "ann", "n": 7 }))).await;
    let client = server.client().with(with_key(key().public())).connect().await;
    let Json(paid): Json<Value> = client.request("bank.bankHandler.pay", Json(&signed)).await;
    assert_eq!(paid, json!({ "to": "ann", "n": 7 }));
    let calls = bank.calls.load(Ordering::SeqCst);
    let mut changed = signed.clone();
    changed["n"] = json!(8);
    assert!(refused(&client, changed).await.contains("is not that of the body"));
    let mut longer = signed;
    longer["more"] = json!(true);
    assert!(refused(&client, longer).await.contains("is not that of the body"));
    assert_eq!(bank.calls.load(Ordering::SeqCst), calls);
    // A key whose numbers are well-formed, and nobody's.
    let mut rsa = key().public();
    rsa.rsa_n.replace_range(..8, "ffffffff");
    let client = server.client().with(with_key(rsa)).connect().await;
    let error = refused(&client, json!({ "__crypto__": "ab".repeat(256) })).await;
    assert!(error.contains("is not that of the body"), "{error}");
}

/// The signature is also checked behind a decoding that waits.
#[tokio::test]
async fn a_codec_that_waits_is_checked_too() {
    use connector::codec::{CodecError, OwnedMessage};
    use connector::protocol::pomelo::message::Message;
    use connector::transport::Memory;
    use connector::{Accept, Address, MemorySocket};

    async fn decode(_: Session, payload: Vec<u8>) -> Result<Option<OwnedMessage>, CodecError> {
        tokio::task::yield_now().await;
        let message = Message::decode(&payload)?;
        let id = message.head.id().map_or(0, RequestId::get);
        let route = message.head.route().unwrap_or_default();
        Ok(Some(OwnedMessage::new(id, route, message.body)))
    }

    let bank = Bank::default();
    let memory = Memory::default();
    let dialer = memory.dialer();
    let connector = MemoryConnector::bind(memory).decode_async(decode);
    let _server = server(&bank).connector(connector).start().await.unwrap();
    let connect = async |client: ClientBuilder| {
        let stream = dialer.dial().await.unwrap();
        let socket = MemorySocket::accept(stream, Peer::new("memory", Address::Unnamed));
        client.connect_socket(socket).await.unwrap()
    };
    let client = connect(Client::builder().sign(key())).await;
    let body = json!({ "n": 7 });
    let Json(answer): Json<Value> =
        client.request("bank.bankHandler.pay", Json(&body)).await.unwrap();
    assert_eq!(answer, body);
    let unsigned = connect(with_key(key().public())(Client::builder())).await;
    let refused = unsigned.request::<Json<Value>>("bank.bankHandler.pay", Json(&body)).await;
    // Nothing was negotiated, so the error is told in the body.
    let Json(refused) = refused.unwrap();
    assert_eq!(refused["code"], HandlerError::BAD_REQUEST);
    assert!(refused["msg"].as_str().unwrap().contains("`__crypto__` is missing"));
    assert_eq!(bank.calls.load(Ordering::SeqCst), 1);
}

/// Schemas with a place for the signature.
fn schemas() -> PomeloSchemas {
    let [server, client] =
        [include_str!("protos/serverProtos.json"), include_str!("protos/clientProtos.json")];
    PomeloSchemas::parse(server, client).unwrap()
}

fn echo(bank: &Bank) -> ServerBuilder {
    let bank = bank.clone();
    let echo = move |body: Json<Value>| {
        let bank = bank.clone();
        async move { bank.pay(body).await }
    };
    Server::builder().route("connector.entryHandler.echo", echo).protos(schemas())
}

/// In the order of the schema, as the fields travel.
fn packed() -> Value {
    json!({ "n": 7, "list": [1, -2], "text": "é", "price": 0.25 })
}

#[tokio::test]
async fn bodies_are_signed_before_they_are_packed() {
    let bank = Bank::default();
    let server = TestServer::start(echo(&bank).require_signatures()).await;
    let client = server.client().with(|client| client.sign(key())).connect().await;
    let Json(answer): Json<Value> =
        client.request("connector.entryHandler.echo", Json(packed())).await;
    assert_eq!(answer, packed());
    let unsigned = server.client().with(with_key(key().public())).connect().await;
    for body in [packed(), json!({ "n": 7, "__crypto__": "00" })] {
        let error = unsigned.expect_error("connector.entryHandler.echo", Json(body)).await;
        assert_eq!(error.code, HandlerError::BAD_REQUEST);
    }
    assert_eq!(bank.calls.load(Ordering::SeqCst), 1);
}

/// What nobody has signed does not reach the filters.
#[tokio::test]
async fn filters_see_what_is_signed_alone() {
    let bank = Bank::default();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let count = move |_: &Cx<'_>, _: &RouteSpec| -> Result<(), HandlerError> {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(())
    };
    let server = TestServer::start(echo(&bank).filter(count).require_signatures()).await;
    let unsigned = server.client().with(with_key(key().public())).connect().await;
    unsigned.expect_error("connector.entryHandler.echo", Json(packed())).await;
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    let client = server.client().with(|client| client.sign(key())).connect().await;
    client.request::<Json<Value>>("connector.entryHandler.echo", Json(packed())).await;
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[test]
fn a_key_that_is_none_says_what_is_expected() {
    let error = SigningKey::from_pkcs8(b"no key").unwrap_err().to_string();
    assert!(error.starts_with("not an RSA key of 2,048 to 4,096 bits in PKCS #8"), "{error}");
    let shown = format!("{:?}", key());
    assert!(shown.contains("rsa_n") && shown.len() < 700, "only the public half: {shown}");
}

/// The released browser client with `encrypt`, whose keys have 1,024 bits or one less.
#[tokio::test]
async fn the_released_browser_client_signs_for_us() {
    let Some(peers) = Peers::find() else { return };
    let bank = Bank::default();
    let server = server(&bank).connector(HybridConnector::bind("127.0.0.1:0"));
    let server = server.start().await.unwrap();
    let url = server.addresses()[0].to_string();
    let bodies = [
        json!({}),
        json!({ "n": 1.5e300, "list": [1, null, { "a": "b" }], "9": 9, "1": 1, "b": true }),
        json!({ "text": "é 汉字 \" \\ \u{2028} \u{7f}" }),
    ];
    let mut calls: Vec<_> =
        bodies.iter().map(|body| json!(["bank.bankHandler.pay", body, body])).collect();
    // It writes these as two surrogates of three bytes each, and signs them as UTF-8.
    let text = "\u{1f600}\u{1f40e}!";
    calls.push(json!(["bank.textHandler.count", { "text": text }, { "count": 3 }]));
    // Keys are new each time, and differ in their length.
    for _ in 0..4 {
        let calls = Value::from(calls.clone()).to_string();
        let arguments = ["--url", &url, "--client", "browser", "--encrypt", "1", "--calls", &calls];
        peers.check("pomelo-call.js", &arguments).await.assert_passed();
    }
    assert_eq!(bank.calls.load(Ordering::SeqCst), 12);
}

#[tokio::test]
async fn we_sign_for_released_pomelo() {
    let Some(peers) = Peers::find() else { return };
    let pomelo = peers.serve("pomelo-server.js", &["--crypto", "1"]).await;
    for scheme in ["ws", "tcp"] {
        let url = format!("{scheme}://127.0.0.1:{}", pomelo.port());
        let client = Client::builder().sign(key()).connect(&url).await.unwrap();
        let body = json!({ "n": 7, "text": "é", "list": [1, { "a": null }] });
        let Json(answer): Json<Value> =
            client.request("connector.entryHandler.echo", Json(&body)).await.unwrap();
        assert_eq!(answer, body, "{scheme}");
        // Numbers and texts in a form that JavaScript does not write.
        let raw = r#"{ "one": 1.0, "big": 1.5E300, "zero": -0.0, "text": "\u0041\/" }"#;
        let Raw(answer) =
            client.request("connector.entryHandler.echo", Raw(raw.into())).await.unwrap();
        assert_eq!(answer, r#"{"one":1,"big":1.5e+300,"zero":0,"text":"A/"}"#, "{scheme}");
        // Pomelo drops what is not signed, so that it is the signature that let it through.
        let mut request = Request::new("test", "1");
        request.sys.rsa = Some(key().public());
        let unsigned = Client::builder().handshake(request).connect(&url).await.unwrap();
        let unsigned = unsigned.with_request_timeout(std::time::Duration::from_millis(500));
        let unanswered = unsigned.request::<Raw>("connector.entryHandler.echo", Json(&body)).await;
        assert!(unanswered.is_err(), "{unanswered:?}");
    }
}

#[tokio::test]
async fn the_released_browser_client_signs_what_it_packs() {
    let Some(peers) = Peers::find() else { return };
    let bank = Bank::default();
    let server = echo(&bank).require_signatures();
    let server = server.connector(HybridConnector::bind("127.0.0.1:0")).start().await.unwrap();
    let url = server.addresses()[0].to_string();
    let prices = [0.25, 1.0, 0.000_001_5, 9_007_199_254_740_992.0, 1.2e20, 1e21, 1.5e-7];
    let calls = prices.iter().map(|price| {
        let body = json!({ "n": 7, "price": price });
        json!(["connector.entryHandler.echo", body, body])
    });
    let calls = calls.chain([json!(["connector.entryHandler.echo", packed(), packed()])]);
    let calls = Value::from_iter(calls).to_string();
    let arguments = ["--url", &url, "--client", "browser", "--encrypt", "1", "--calls", &calls];
    peers.check("pomelo-call.js", &arguments).await.assert_passed();
    assert_eq!(bank.calls.load(Ordering::SeqCst), prices.len() + 1);
}

#[tokio::test]
async fn released_pomelo_reads_what_we_sign_and_pack() {
    let Some(peers) = Peers::find() else { return };
    let protos = ["--crypto", "1", "--proto", "--protos", "tests/tests/crypto/protos"];
    let pomelo = peers.serve("pomelo-server.js", &protos).await;
    let url = format!("tcp://127.0.0.1:{}", pomelo.port());
    let client = Client::builder().sign(key()).connect(&url).await.unwrap();
    let Json(answer): Json<Value> =
        client.request("connector.entryHandler.echo", Json(packed())).await.unwrap();
    assert_eq!(answer, packed());
}
