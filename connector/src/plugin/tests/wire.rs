//! A plugin's side against an engine written by hand, message by message.

use std::task::ready;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::Limits;
use crate::connector::{Address, Peer};
use crate::link::{Batch, Inbox, Link, Opening};

/// A transport of whole messages, in as many lines as it takes.
struct Channel {
    engine: UnboundedSender<Message>,
    inbox: UnboundedReceiver<Message>,
}

impl MessageLink for Channel {
    fn send_message(&mut self, message: Message, _: &mut MessageIo) -> Result<(), CloseReason> {
        self.engine.send(message).map_err(|_| CloseReason::PeerClosed)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        _: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        Poll::Ready(ready!(self.inbox.poll_recv(cx)).ok_or(CloseReason::PeerClosed))
    }
}

struct Engine {
    plugin: UnboundedSender<Message>,
    inbox: UnboundedReceiver<Message>,
}

impl Engine {
    fn connect(methods: Methods) -> (Self, PluginClient) {
        let (engine, inbox) = unbounded_channel();
        let (plugin, plugins) = unbounded_channel();
        let connector = Channel { engine, inbox: plugins };
        let client = create_connector_client(connector, Some(PluginClient::new(methods)));
        (Self { plugin, inbox }, client)
    }

    fn send(&self, text: &str) {
        self.plugin.send(Message::decode(text.as_bytes()).unwrap()).unwrap();
    }

    async fn recv(&mut self) -> String {
        let mut text = Vec::new();
        self.inbox.recv().await.unwrap().encode(&mut text);
        String::from_utf8(text).unwrap()
    }

    async fn shake_hands(&mut self) {
        assert_eq!(self.recv().await, r#"{"action":"request","key":"handshake","id":-1}"#);
        self.send(
            r#"{"id":0,"action":"request","key":"handshake","payload":["p","vscode"],"name":"p"}"#,
        );
        self.recv().await;
    }
}

async fn open(link: &mut impl Link, inbox: &mut Inbox) {
    let mut peer = Peer::new("memory", Address::Unnamed);
    link.open(&mut Opening::new(inbox, &mut peer)).await.unwrap();
}

#[tokio::test]
async fn a_slow_call_holds_up_neither_others_nor_the_handshake() {
    let go = Arc::new(Notify::new());
    let gate = go.clone();
    let methods = Methods::new()
        .method("slow", move |_| {
            let gate = gate.clone();
            async move {
                gate.notified().await;
                Ok("late")
            }
        })
        .method("fast", |_| async { Ok("early") });
    let (mut engine, client) = Engine::connect(methods);
    engine.shake_hands().await;
    assert_eq!(client.onload().await.unwrap().engine.as_deref(), Some("vscode"));
    engine.send(r#"{"id":1,"action":"request","key":"slow","payload":[],"name":"p"}"#);
    engine.send(r#"{"id":2,"action":"request","key":"fast","payload":[],"name":"p"}"#);
    engine.send(r#"{"id":3,"action":"request","key":"handshake","payload":["p"],"name":"p"}"#);
    let answers = [engine.recv().await, engine.recv().await];
    assert!(answers.iter().any(|it| it.contains(r#""id":2,"payload":"early""#)), "{answers:?}");
    assert!(answers.iter().any(|it| it.contains(r#""id":3,"payload":["slow","fast"]"#)));
    go.notify_one();
    assert_eq!(
        engine.recv().await,
        r#"{"action":"response","name":"p","key":"slow","id":1,"payload":"late"}"#
    );
}

#[tokio::test]
async fn calls_and_events_wait_for_no_handshake() {
    let (mut engine, client) = Engine::connect(Methods::new());
    let early = "Not connected to the IDE. Wait for its handshake first";
    assert_eq!(error_of(client.call::<()>("host", "x", ()).await), early);
    assert_eq!(error_of(client.emit("x", ())), early);
    client.on("host", "tick", |_| {});
    engine.shake_hands().await;
    assert_eq!(engine.recv().await, r#"{"action":"on","name":"host","key":"tick","id":0}"#);
    client.emit("x", (1,)).unwrap();
    client.close();
    // What was said before the close is still sent.
    assert_eq!(engine.recv().await, r#"{"action":"emit","key":"x","payload":[1]}"#);
}

#[tokio::test]
async fn too_many_calls_are_refused() {
    let methods = Methods::new().method("never", |_| pending::<Result<(), PluginError>>());
    let (engine, inbox) = unbounded_channel();
    let (plugin, plugins) = unbounded_channel();
    let limits = Limits { concurrent: 2, ..Limits::default() };
    let connector = Channel { engine, inbox: plugins };
    let options = ClientOptions::new().limits(limits);
    let _client =
        create_connector_client(connector, Some(PluginClient::with_options(methods, options)));
    let mut engine = Engine { plugin, inbox };
    engine.shake_hands().await;
    for id in 1..4 {
        let call = r#"{"action":"request","key":"never","payload":[],"name":"p","id":"#;
        engine.send(&format!("{call}{id}}}"));
    }
    assert!(engine.recv().await.contains(r#""id":3,"error":"Too many calls run at once""#));
}

/// An engine on a stream in memory that has shaken hands.
async fn dialled(dialer: &MemoryDialer) -> (WebSocketLink<DuplexStream>, Inbox) {
    let stream = dialer.dial().await.unwrap();
    let mut link = WebSocketLink::client(stream, "memory", "/", true).unwrap();
    let mut inbox = Inbox::new(1 << 20);
    open(&mut link, &mut inbox).await;
    link.recv(&mut inbox).await.unwrap();
    link.send(br#"{"id":0,"action":"request","key":"handshake","payload":["p"]}"#).await.unwrap();
    link.recv(&mut inbox).await.unwrap();
    (link, inbox)
}

#[tokio::test]
async fn all_engines_together_hold_no_more_than_the_limit() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let listen = WebSocket::new(memory, WebOptions::new().text());
    let go = Arc::new(tokio::sync::Semaphore::new(0));
    let (gate, runs) = (go.clone(), Arc::new(Notify::new()));
    let running = runs.clone();
    let methods = Methods::new().method("wait", move |_| {
        running.notify_one();
        let gate = gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(1)
        }
    });
    let limits = Limits { call_bytes_in_all: 20_000, ..Limits::default() };
    let options = ClientOptions::new().limits(limits);
    tokio::spawn(serve_until(methods, listen, options, pending()));
    let call = |id: u32, bytes: usize| {
        let text = "x".repeat(bytes);
        format!(r#"{{"id":{id},"action":"request","key":"wait","payload":["{text}"],"name":"p"}}"#)
    };
    let (mut hoarder, mut to_hoarder) = dialled(&dialer).await;
    let (mut other, mut to_other) = dialled(&dialer).await;
    hoarder.send(call(1, 30_000).as_bytes()).await.unwrap();
    runs.notified().await;
    // One that holds nothing has one call, and no other.
    other.send(call(1, 100).as_bytes()).await.unwrap();
    runs.notified().await;
    other.send(call(2, 100).as_bytes()).await.unwrap();
    let refused = String::from_utf8(other.recv(&mut to_other).await.unwrap()).unwrap();
    assert!(refused.contains(r#""id":2,"error":"Too many calls run at once""#), "{refused}");
    go.add_permits(2);
    for (link, inbox) in [(&mut hoarder, &mut to_hoarder), (&mut other, &mut to_other)] {
        assert!(link.recv(inbox).await.unwrap().ends_with(br#""id":1,"payload":1}"#));
    }
    // All is given back, so two run again.
    go.add_permits(2);
    for id in [3, 4] {
        other.send(call(id, 100).as_bytes()).await.unwrap();
        assert!(other.recv(&mut to_other).await.unwrap().ends_with(br#""payload":1}"#));
    }
}

#[tokio::test]
async fn a_lost_engine_fails_what_waits_for_it() {
    let (mut engine, client) = Engine::connect(Methods::new());
    engine.shake_hands().await;
    client.onload().await.unwrap();
    let lose = async {
        engine.recv().await;
        drop(engine);
    };
    let (lost, ()) = tokio::join!(client.call::<()>("host", "x", ()), lose);
    assert_eq!(error_of(lost), "The connection to the engine was lost before it answered");
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn junk_is_survived() {
    let stream = serve_in_memory(Methods::new().method("one", |_| async { Ok(1) }));
    let stream = stream.dial().await.unwrap();
    let mut link = WebSocketLink::client(stream, "memory", "/", true).unwrap();
    let mut inbox = Inbox::new(1 << 20);
    open(&mut link, &mut inbox).await;
    for junk in ["", "{", "null", "[1]", r#"{"action":"what"}"#, r#"{"action":"response","id":9}"#]
    {
        link.send(junk.as_bytes()).await.unwrap();
    }
    link.send(br#"{"id":0,"action":"request","key":"handshake","payload":["p"]}"#).await.unwrap();
    assert!(link.recv(&mut inbox).await.unwrap().ends_with(b"\"id\":-1}"));
    assert!(link.recv(&mut inbox).await.unwrap().ends_with(b"\"payload\":[\"one\"]}"));
}

#[tokio::test]
async fn what_came_before_the_end_is_answered() {
    let dialer = serve_in_memory(Methods::new().method("one", |_| async { Ok(1) }));
    let mut stream = dialer.dial().await.unwrap();
    let mut link = WebSocketLink::client(&mut stream, "memory", "/", true).unwrap();
    let mut inbox = Inbox::new(1 << 20);
    open(&mut link, &mut inbox).await;
    link.recv(&mut inbox).await.unwrap();
    // A handshake and a close frame in one write.
    let handshake = br#"{"id":0,"action":"request","key":"handshake","payload":["p"]}"#;
    let mut bytes = Vec::new();
    Batch::Each.write(link.frame(), &[handshake], &mut bytes).unwrap();
    bytes.extend([0x88, 0x80, 0, 0, 0, 0]);
    drop(link);
    stream.write_all(&bytes).await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    let text = String::from_utf8_lossy(&rest);
    assert!(text.contains(r#""payload":["one"]}"#), "{text}");
    assert!(rest.ends_with(&[0x88, 0]), "{rest:?}");
}

#[test]
fn what_a_peer_does_not_read_is_limited() {
    let (near, _far) = tokio::io::duplex(64);
    let link = WebSocketLink::server(near, WebOptions::new().text());
    let limits = Limits { queued: 100, ..Limits::default() };
    let mut io = MessageIo::new(&limits);
    let message =
        Message::decode(br#"{"action":"emit","key":"x","payload":["some text"]}"#).unwrap();
    let sent = (0..10).map_while(|_| io.send(&link, &message).ok()).count();
    assert_eq!(sent, 2);
    assert!(matches!(io.send(&link, &message), Err(CloseReason::SlowPeer { .. })));
}
