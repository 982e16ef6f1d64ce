//! A conversation in pomelo's protocol over SLIP.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::protocol::framing::{Cut, Decode, Envelope, TooLong};
use connector::transport::{Memory, TcpDialer};
use connector::{Dial, Pomelo};
use connector_tests::slip::{SlipConnector, SlipSocket};
use tokio::io::DuplexStream;
use tokio::time::timeout;

use super::*;

const LONG: Duration = Duration::from_secs(20);

struct Room;

#[handler("chat.room")]
impl Room {
    #[route]
    async fn echo(&self, Json(text): Json<String>) -> Json<String> {
        Json(text)
    }
}

/// A client may know that its session is open before its server does.
async fn is_open(client: &Client) {
    let echoed: Json<String> = client.request("chat.room.echo", Json("")).await.unwrap();
    assert_eq!(echoed.0, "");
}

#[tokio::test]
async fn requests_pushes_and_a_kick_over_slip() {
    let server = Server::builder().connector(SlipConnector::bind("127.0.0.1:0")).handler(Room);
    let server = server.start().await.unwrap();
    let url = server.addresses()[0].to_string();
    let client = async || {
        let dialer = TcpDialer::new().socket::<SlipSocket>();
        Client::builder().connect_by(dialer, &url).await.unwrap()
    };
    let (ann, bob) = (client().await, client().await);
    is_open(&bob).await;

    // C0 and DB are lengths of packages here, and DB 80 is a letter.
    for length in 0..300 {
        let text = "\u{6c0}".repeat(length);
        let Json(echoed): Json<String> = ann.request("chat.room.echo", Json(&text)).await.unwrap();
        assert_eq!(echoed, text);
    }

    let mut pushes = [&ann, &bob].map(|client| client.pushes::<Json<String>>("onSay"));
    let text = "\u{6c0}".repeat(20_000);
    server.handle().broadcast("onSay", Json(&text)).unwrap();
    for pushes in &mut pushes {
        let Json(heard) = timeout(LONG, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(heard, text);
    }

    for session in server.handle().sessions() {
        server.handle().kick_session(session.id(), Some("\u{6c0}"));
    }
    for client in [ann, bob] {
        let end = timeout(LONG, client.closed()).await.unwrap();
        assert_eq!(end, CloseReason::Kicked(Some("\u{6c0}".to_owned())));
    }
}

static ENCODED: AtomicUsize = AtomicUsize::new(0);

/// SLIP that counts what it encodes.
struct Counted;

impl Envelope for Counted {
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        ENCODED.fetch_add(1, Ordering::SeqCst);
        Slip.finish(mark, out)
    }
}

impl Framing for Counted {
    const INSTANCE: &'static Self = &Self;
    const DECODE: Option<Decode> = Slip::DECODE;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Slip::cut(bytes, limit)
    }
}

#[derive(Socket)]
#[socket(framing = Counted, session = Pomelo)]
struct CountedSocket(#[socket(io)] DuplexStream, #[socket(peer)] Peer);

#[derive(Connector)]
#[connector(socket = CountedSocket, codec = PomeloCodec)]
struct CountedConnector(#[connector(listen)] Memory, #[connector(config)] Config);

#[derive(Socket)]
#[socket(framing = Slip, session = Pomelo)]
struct ClientSocket(#[socket(io)] DuplexStream, #[socket(peer)] Peer);

#[tokio::test]
async fn a_broadcast_is_encoded_once() {
    let memory = Memory::default();
    let dialer = memory.dialer().socket::<ClientSocket>();
    let config = Config::new().heartbeat(Duration::ZERO);
    let server = Server::builder().connector(CountedConnector(memory, config)).handler(Room);
    let server = server.start().await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..5 {
        let client = Client::builder().connect_by(dialer.clone(), "").await.unwrap();
        is_open(&client).await;
        clients.push(client);
    }
    let pushes: Vec<_> = clients.iter().map(|client| client.pushes("onSay")).collect();

    let before = ENCODED.load(Ordering::SeqCst);
    server.handle().broadcast("onSay", Json("\u{6c0}")).unwrap();
    for mut pushes in pushes {
        let Json(heard): Json<String> =
            timeout(LONG, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(heard, "\u{6c0}");
    }
    assert_eq!(ENCODED.load(Ordering::SeqCst) - before, 1);
}
