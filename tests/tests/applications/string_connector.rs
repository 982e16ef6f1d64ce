//! A connector whose buffer is a string and whose batch is one JSON array, as
//! pomelo's sioconnector: declared from outside, with nothing private.

use connector::codec::{Codec, CodecCx, CodecError, Received};
use connector::link::{AsyncLink, AsyncReceiver, AsyncSender, Linked};
use connector::prelude::*;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector_tests::handed::Handed;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// One end of a connection that carries strings, as a browser's library does.
struct StringLink {
    incoming: mpsc::Receiver<String>,
    outgoing: mpsc::Sender<String>,
}

struct Incoming(mpsc::Receiver<String>);
struct Outgoing(mpsc::Sender<String>);

impl AsyncLink for StringLink {
    type Sender = Outgoing;
    type Receiver = Incoming;

    async fn open(self, _: usize) -> Result<(Outgoing, Incoming), CloseReason> {
        Ok((Outgoing(self.outgoing), Incoming(self.incoming)))
    }
}

impl AsyncReceiver for Incoming {
    type Buffer = String;

    async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
        self.0.recv().await.map(Ok)
    }
}

impl AsyncSender for Outgoing {
    type Buffer = String;

    async fn send(&mut self, text: String) -> Result<(), CloseReason> {
        self.0.send(text).await.map_err(|_| CloseReason::PeerClosed)
    }

    /// The page sees the end of its queue.
    async fn close(&mut self, _: CloseReason) {}
}

/// The near end of a [`StringLink`].
struct Page {
    sends: mpsc::Sender<String>,
    receives: mpsc::Receiver<String>,
}

impl Page {
    async fn receive(&mut self) -> Value {
        let text = self.receives.recv().await.expect("the server sends");
        serde_json::from_str(&text).expect("the server sends JSON")
    }
}

#[derive(Socket)]
#[socket(batch = array)]
struct PageSocket {
    #[socket(link)]
    link: Linked<StringLink>,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = PageSocket, codec = SioCodec)]
struct PageConnector {
    #[connector(listen)]
    pages: Handed<StringLink>,
}

/// Pomelo's sioconnector: four characters of id, one of the route's length, the
/// route and JSON on the way in, `{id, body}` or `{route, body}` on the way out.
#[derive(Default)]
struct SioCodec;

impl Codec for SioCodec {
    fn decode<'a>(
        &self,
        _: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let text = std::str::from_utf8(payload).map_err(|_| CodecError::new("is no text"))?;
        let mut characters = text.char_indices();
        let mut low_bits = || characters.next().map(|(_, character)| character as u32 & 0xff);
        let mut head = || low_bits().ok_or_else(|| CodecError::new("ends in its head"));
        let id = (0..4).try_fold(0, |id, _| Ok::<_, CodecError>(id << 8 | head()?))?;
        let route = head()? as usize;
        let rest = characters.as_str();
        let end = rest.char_indices().nth(route).map_or(rest.len(), |(at, _)| at);
        let (route, body) = rest.split_at(end);
        Ok(Some(Received::new(id, route, body.as_bytes())))
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        match head {
            Head::Response(Some(id)) => {
                out.extend(format!("{{\"id\":{},\"body\":", id.get()).bytes());
            }
            Head::Push(RouteRef::Name(route)) => {
                out.extend(format!("{{\"route\":{},\"body\":", json!(route)).bytes());
            }
            _ => return Err(CodecError::new("is none that a server sends")),
        }
        Ok(out.len())
    }

    fn finish(&self, _: &Head<'_>, _: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.push(b'}');
        Ok(())
    }
}

/// What pomelo's socket.io client sends.
fn encode(id: u32, route: &str, body: &Value) -> String {
    let head = id.to_be_bytes().map(char::from);
    let length = char::from(route.len() as u8);
    head.into_iter().chain([length]).collect::<String>() + route + &body.to_string()
}

struct Entry;

#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    #[route]
    async fn burst(&self, session: &Session) -> Result<(), HandlerError> {
        let pushes = [("onOne", json!({ "n": 1 })), ("onTwo", json!({ "s": "二" }))];
        session.push_batch(&pushes).map_err(|_| HandlerError::failed())
    }

    #[route(notify)]
    async fn leave(&self, session: &Session) {
        session.kick("gone");
    }
}

async fn serve() -> (Server, Page) {
    let (dial, pages) = Handed::channel();
    let connector = PageConnector { pages };
    let server = Server::builder().connector(connector).handler(Entry).start().await.unwrap();
    let (sends, incoming) = mpsc::channel(4);
    let (outgoing, receives) = mpsc::channel(4);
    dial.send(StringLink { incoming, outgoing }).ok().unwrap();
    (server, Page { sends, receives })
}

#[tokio::test]
async fn strings_go_both_ways() {
    let (_server, mut page) = serve().await;
    for (id, body) in [(1, json!({ "a": "世界" })), (256, json!([])), (70_000, json!({ "x": 1 }))]
    {
        page.sends.send(encode(id, "connector.entryHandler.echo", &body)).await.unwrap();
        assert_eq!(page.receive().await, json!({ "id": id, "body": body }));
    }
}

#[tokio::test]
async fn a_batch_is_one_json_array() {
    let (_server, mut page) = serve().await;
    page.sends.send(encode(5, "connector.entryHandler.burst", &json!({}))).await.unwrap();
    let batch = json!([
        { "route": "onOne", "body": { "n": 1 } },
        { "route": "onTwo", "body": { "s": "二" } },
    ]);
    assert_eq!(page.receive().await, batch);
    assert_eq!(page.receive().await, json!({ "id": 5, "body": {} }));
}

#[tokio::test]
async fn a_kick_carries_its_reason_without_a_kick_package() {
    let (_server, mut page) = serve().await;
    page.sends.send(encode(0, "connector.entryHandler.leave", &json!({}))).await.unwrap();
    assert_eq!(page.receive().await, json!({ "route": "onKick", "body": { "reason": "gone" } }));
    assert_eq!(page.receives.recv().await, None);
}

#[test]
fn ids_are_read_from_low_bits() {
    let text = encode(0x0102_03ff, "a.b.c", &json!({}));
    let cx = CodecCx::default();
    let received = SioCodec.decode(&cx, text.as_bytes()).unwrap().unwrap();
    assert_eq!(received.head, Head::Request(RequestId::new(0x0102_03ff), RouteRef::Name("a.b.c")));
}
