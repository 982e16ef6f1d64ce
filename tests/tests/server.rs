//! What the server promises: order, sessions, channels, limits, the stop.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::client::{Client, RequestError};
use connector::handler::Cx;
use connector::prelude::*;
use connector::protocol::handshake::Answer;
use connector::transport::{HttpResponse, Memory, WebOptions};
use connector::{MemorySocket, StartError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

/// Handlers that let a test look inside.
#[derive(Clone, Default)]
struct Probe {
    log: Arc<Mutex<Vec<u64>>>,
    gate: Arc<Notify>,
    running: Arc<AtomicUsize>,
    done: Arc<Notify>,
    channels: Channels,
}

#[handler("test.probeHandler")]
impl Probe {
    /// Waits for the gate if `n` is even, then writes `n` down.
    #[route]
    async fn ordered(&self, Json(n): Json<u64>) -> Json<u64> {
        if n % 2 == 0 {
            self.gate.notified().await;
        }
        self.log.lock().unwrap().push(n);
        Json(n)
    }

    #[route(concurrent)]
    async fn beside(&self, Json(n): Json<u64>) -> Json<u64> {
        self.log.lock().unwrap().push(n);
        Json(n)
    }

    #[route]
    async fn held(&self) -> Json<u64> {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.gate.notified().await;
        self.done.notify_one();
        Json(1)
    }

    #[route]
    async fn pushes_first(&self, session: &Session) -> Result<Json<u64>, HandlerError> {
        for n in 0..3 {
            session.push("onPush", &n).map_err(|_| HandlerError::failed())?;
        }
        Ok(Json(3))
    }

    #[route]
    async fn panics(&self) {
        panic!("a handler panics");
    }

    #[route]
    async fn join(&self, session: &Session, Json(name): Json<String>) -> Json<bool> {
        Json(self.channels.join(&name, session))
    }

    #[route]
    async fn who(&self, cx: Cx<'_>) -> Json<Value> {
        Json(json!({
            "uid": cx.session.uid().as_deref(),
            "transport": cx.session.peer().transport,
            "type": cx.session.client().and_then(|client| client.kind.clone()),
        }))
    }
}

async fn start(probe: &Probe, limits: Limits) -> (Server, String) {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(probe.clone())
        .limits(limits)
        .start()
        .await
        .unwrap();
    let address = server.addresses()[0].to_string();
    (server, address)
}

async fn client(address: &str) -> Client {
    Client::connect(&format!("tcp://{address}")).await.unwrap()
}

/// Waits until something is so; what it waits for has no other sign.
async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came that {what}");
}

#[tokio::test]
async fn messages_of_a_session_run_in_order() {
    let probe = Probe::default();
    let (_server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    let ordered = |n| {
        let client = client.clone();
        async move { client.request::<u64>("test.probeHandler.ordered", &n).await }
    };
    let open = async {
        // The first one waits, and all behind it; one beside them does not.
        let beside = client.request::<u64>("test.probeHandler.beside", &99u64).await;
        assert_eq!(beside.unwrap(), 99);
        probe.gate.notify_one();
    };
    let body = async {
        let (a, b, c) = (ordered(2u64), ordered(3), ordered(5));
        tokio::join!(a, b, c)
    };
    let ((a, b, c), ()) = tokio::join!(body, open);
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (2, 3, 5));
    assert_eq!(*probe.log.lock().unwrap(), [99, 2, 3, 5]);
}

#[tokio::test]
async fn what_a_handler_pushes_goes_before_its_answer() {
    let (_server, address) = start(&Probe::default(), Limits::default()).await;
    let client = client(&address).await;
    let mut pushes = client.pushes::<u64>("onPush");
    let answer: u64 = client.request("test.probeHandler.pushesFirst", &()).await.unwrap();
    assert_eq!(answer, 3);
    for n in 0..3 {
        assert_eq!(pushes.next().await.unwrap().unwrap(), n);
    }
}

#[tokio::test]
async fn a_pending_call_does_not_hold_up_heartbeats() {
    let probe = Probe::default();
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .heartbeat(Duration::from_secs(1))
        .handler(probe.clone())
        .start()
        .await
        .unwrap();
    let client = client(&server.addresses()[0].to_string()).await;
    let held = client.request::<u64>("test.probeHandler.held", &());
    let release = async {
        // More than the two intervals after which either side gives up.
        tokio::time::sleep(Duration::from_millis(2_600)).await;
        probe.gate.notify_one();
    };
    let (held, ()) = tokio::join!(held, release);
    assert_eq!(held.unwrap(), 1);
}

#[tokio::test]
async fn what_has_begun_is_finished_without_its_client() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    client.notify("test.probeHandler.held", &()).await.unwrap();
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    client.close().await;
    until("the session is gone", || server.handle().statistics().sessions == 0).await;
    probe.gate.notify_one();
    probe.done.notified().await;
}

#[tokio::test]
async fn a_panicking_handler_ends_its_own_session_alone() {
    let (server, address) = start(&Probe::default(), Limits::default()).await;
    let (bad, good) = (client(&address).await, client(&address).await);
    let panicked = bad.request::<Value>("test.probeHandler.panics", &()).await;
    assert!(matches!(panicked, Err(RequestError::Closed(_))), "{panicked:?}");
    assert_eq!(good.request::<u64>("test.probeHandler.beside", &1u64).await.unwrap(), 1);
    until("the session is gone", || server.handle().statistics().sessions == 1).await;
    assert_eq!(server.handle().statistics().connections, 1);
}

#[tokio::test]
async fn a_session_knows_its_client() {
    let (_server, address) = start(&Probe::default(), Limits::default()).await;
    for (scheme, transport) in [("tcp", "tcp"), ("ws", "websocket")] {
        let client = Client::connect(&format!("{scheme}://{address}")).await.unwrap();
        let who: Value = client.request("test.probeHandler.who", &()).await.unwrap();
        assert_eq!(who, json!({ "uid": null, "transport": transport, "type": "connector" }));
    }
}

#[tokio::test]
async fn the_handshake_may_bind_and_refuse() {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(Probe::default())
        .on_handshake(|session, request| async move {
            match request.user.as_ref().and_then(|user| user["name"].as_str()) {
                Some(name) => {
                    session.bind(name).unwrap();
                    Answer::Accept { user: Some(json!({ "hello": name })) }
                }
                None => Answer::Refuse { code: 401 },
            }
        })
        .start()
        .await
        .unwrap();
    let url = format!("ws://{}", server.addresses()[0]);
    let ann = Client::builder().user(json!({ "name": "ann" })).connect(&url).await.unwrap();
    assert_eq!(ann.handshake().user, Some(json!({ "hello": "ann" })));
    let who: Value = ann.request("test.probeHandler.who", &()).await.unwrap();
    assert_eq!(who["uid"], "ann");
    let nobody = Client::connect(&url).await.unwrap_err();
    assert!(nobody.to_string().contains("401"), "{nobody}");

    let handle = server.handle();
    assert_eq!(handle.sessions_of("ann").len(), 1);
    let mut pushes = ann.pushes::<String>("onNews");
    assert_eq!(handle.push_to("ann", "onNews", "first").unwrap(), 1);
    assert_eq!(handle.push_to("bob", "onNews", "first").unwrap(), 0);
    assert_eq!(pushes.next().await.unwrap().unwrap(), "first");
    assert_eq!(handle.kick("ann", Some("enough")), 1);
    assert_eq!(ann.closed().await, CloseReason::Kicked(Some("enough".into())));
    until("the user is free", || handle.statistics().users == 0).await;
}

#[tokio::test]
async fn a_session_leaves_its_channels_when_it_ends() {
    let probe = Probe::default();
    let (_server, address) = start(&probe, Limits::default()).await;
    let (one, two) = (client(&address).await, client(&address).await);
    for client in [&one, &two] {
        let name = &"room";
        assert!(client.request::<bool>("test.probeHandler.join", name).await.unwrap());
        assert!(!client.request::<bool>("test.probeHandler.join", name).await.unwrap());
    }
    let mut lines = two.pushes::<String>("onLine");
    assert_eq!(probe.channels.push("room", "onLine", "both").unwrap(), 2);
    one.close().await;
    until("one has left", || probe.channels.members("room").len() == 1).await;
    assert_eq!(probe.channels.push("room", "onLine", "one").unwrap(), 1);
    assert_eq!(lines.next().await.unwrap().unwrap(), "both");
    assert_eq!(lines.next().await.unwrap().unwrap(), "one");
}

#[tokio::test]
async fn too_many_connections_are_refused_and_counted_back() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let (server, address) = start(&Probe::default(), limits).await;
    let (one, two) = (client(&address).await, client(&address).await);
    assert!(Client::connect(&format!("tcp://{address}")).await.is_err());
    assert!(Client::connect(&format!("tcp://{address}")).await.is_err());
    one.close().await;
    until("there is room", || server.handle().statistics().connections == 1).await;
    let three = client(&address).await;
    assert_eq!(three.request::<u64>("test.probeHandler.beside", &3u64).await.unwrap(), 3);
    drop(two);
}

#[tokio::test]
async fn a_peer_that_does_not_read_pushes_is_closed() {
    let limits = Limits { queued: 256 * 1024, ..Limits::default() };
    let (server, address) = start(&Probe::default(), limits).await;
    // A client that is never polled again does not read.
    let mut silent = TcpStream::connect(&address).await.unwrap();
    silent.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00").await.unwrap();
    let mut answer = [0; 64];
    let _ = silent.read(&mut answer).await.unwrap();
    silent.write_all(b"\x02\x00\x00\x00").await.unwrap();
    let good = client(&address).await;
    until("both are open", || server.handle().statistics().sessions == 2).await;
    let text = "x".repeat(64 * 1024);
    let sessions = server.handle().sessions();
    let slow = sessions.iter().find(|session| session.client().is_some_and(|c| c.kind.is_none()));
    let slow = slow.expect("the silent one said no type");
    let mut refused = None;
    for _ in 0..10_000 {
        if let Err(error) = slow.push("onText", &text) {
            refused = Some(error);
            break;
        }
        tokio::task::yield_now().await;
    }
    let refused = refused.expect("the queue is bounded").to_string();
    assert!(refused.contains("does not read"), "{refused}");
    until("it is closed", || slow.close_reason().is_some()).await;
    assert!(matches!(slow.close_reason(), Some(CloseReason::SlowPeer { .. })));
    assert_eq!(good.request::<u64>("test.probeHandler.beside", &1u64).await.unwrap(), 1);
}

#[tokio::test]
async fn a_peer_that_takes_nothing_for_too_long_is_closed() {
    let limits = Limits {
        stall: Duration::from_millis(200),
        queued: 64 << 20,
        drain: Duration::from_secs(1),
        ..Limits::default()
    };
    let (server, address) = start(&Probe::default(), limits).await;
    let mut silent = TcpStream::connect(&address).await.unwrap();
    silent.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
    let _ = silent.read(&mut [0; 64]).await.unwrap();
    silent.write_all(b"\x02\x00\x00\x00").await.unwrap();
    until("it is open", || server.handle().statistics().sessions == 1).await;
    let session = server.handle().sessions().remove(0);
    session.push("onText", &"x".repeat(16 << 20)).unwrap_err();
    for _ in 0..16 {
        session.push("onText", &"x".repeat(1 << 20)).unwrap();
    }
    until("it is closed", || session.close_reason().is_some()).await;
    assert!(matches!(session.close_reason(), Some(CloseReason::Stalled { .. })));
}

#[tokio::test]
async fn too_many_messages_are_served_later_and_none_is_lost() {
    let limits = Limits { waiting: 4, concurrent: 4, messages_per_second: 50, ..Limits::default() };
    let (_server, address) = start(&Probe::default(), limits).await;
    let client = client(&address).await;
    let requests = (0..120u64).map(|n| {
        let client = client.clone();
        let n = 2 * n + 1;
        tokio::spawn(async move { client.request::<u64>("test.probeHandler.ordered", &n).await })
    });
    for (at, request) in requests.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(request.await.unwrap().unwrap(), 2 * at as u64 + 1);
    }
}

#[tokio::test]
async fn a_stop_answers_what_it_has_accepted() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    let handle = server.handle();
    let held = tokio::spawn({
        let client = client.clone();
        async move { client.request::<u64>("test.probeHandler.held", &()).await }
    });
    let behind = tokio::spawn({
        let client = client.clone();
        async move { client.request::<u64>("test.probeHandler.ordered", &7u64).await }
    });
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    client.request::<u64>("test.probeHandler.beside", &1u64).await.unwrap();
    let stop = tokio::spawn(async move { handle.stop().await });
    until("nobody listens", || std::net::TcpStream::connect(&address).is_err()).await;
    probe.gate.notify_one();
    assert_eq!(held.await.unwrap().unwrap(), 1);
    assert_eq!(behind.await.unwrap().unwrap(), 7);
    stop.await.unwrap();
    client.closed().await;
}

#[tokio::test]
async fn a_stop_keeps_its_deadline() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    client.notify("test.probeHandler.held", &()).await.unwrap();
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    // One that never shakes hands must not hold it up either.
    let silent = TcpStream::connect(&address).await.unwrap();
    let stop = server.handle();
    let stopped = stop.stop_within(Duration::from_millis(200));
    tokio::time::timeout(Duration::from_secs(8), stopped).await.expect("the deadline holds");
    drop(silent);
}

#[tokio::test]
async fn a_port_in_use_is_said_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = Server::builder()
        .connector(TcpConnector::bind(address))
        .start()
        .await
        .expect_err("the port is taken");
    let wanted =
        format!("{address} is in use by another program: stop that, or choose another address");
    assert_eq!(error.to_string(), wanted);
}

#[tokio::test]
async fn two_handlers_with_one_route_do_not_start() {
    let error = Server::builder().handler(Probe::default()).handler(Probe::default()).start().await;
    let text = error.expect_err("a route is served twice").to_string();
    assert!(text.contains("route `test.probeHandler.ordered` is served twice"), "{text}");
}

#[tokio::test]
async fn a_ready_listener_and_a_ready_socket_are_served() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::builder()
        .connector(TcpConnector::bind(listener))
        .handler(Probe::default())
        .start()
        .await
        .unwrap();
    let client = client(&server.addresses()[0].to_string()).await;
    assert_eq!(client.request::<u64>("test.probeHandler.beside", &1u64).await.unwrap(), 1);

    // A socket that somebody else has accepted.
    let (near, far) = tokio::io::duplex(4096);
    let peer = || Peer::new("memory", connector::Address::Unnamed);
    let socket = <MemorySocket as connector::Accept<_>>::accept(far, peer());
    server.handle().serve_connection(socket, connector::codec::PomeloCodec);
    let near = <MemorySocket as connector::Accept<_>>::accept(near, peer());
    let client = Client::builder().connect_socket(near).await.unwrap();
    assert_eq!(client.request::<u64>("test.probeHandler.beside", &2u64).await.unwrap(), 2);
}

#[tokio::test]
async fn plain_http_is_answered_on_the_same_port() {
    let web = WebOptions::new()
        .http(|request| HttpResponse::new(200, "text/plain", request.path.clone()));
    let connector = HybridConnector::bind("127.0.0.1:0").web(web);
    let server = Server::builder().connector(connector).start().await.unwrap();
    let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    for byte in b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n" {
        stream.write_all(&[*byte]).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n/page"), "{answer}");
}

#[tokio::test]
async fn a_browser_of_another_origin_is_refused() {
    let web = WebOptions::new().origins(["https://game.example"]);
    let connector = HybridConnector::bind("127.0.0.1:0").web(web);
    let server = Server::builder().connector(connector).start().await.unwrap();
    for (origin, status) in [("https://game.example", "101"), ("https://evil.example", "403")] {
        let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Origin: {origin}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(std::str::from_utf8(&answer).unwrap(), format!("HTTP/1.1 {status}"));
    }
}

/// A listener whose first accepts fail, as those of a process without a free
/// file descriptor.
struct Failing {
    memory: Memory,
    failures: Arc<Semaphore>,
}

impl Listen for Failing {
    type Io = tokio::io::DuplexStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.memory.bind().await
    }

    fn poll_accept(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<(Self::Io, Peer)>> {
        if let Ok(failure) = self.failures.try_acquire() {
            failure.forget();
            return std::task::Poll::Ready(Err(std::io::Error::other("too many open files")));
        }
        self.memory.poll_accept(cx)
    }

    fn close(&mut self) {
        self.memory.close();
    }

    fn address(&self) -> Option<connector::Address> {
        self.memory.address()
    }
}

#[derive(Connector)]
#[connector(socket = MemorySocket, codec = connector::codec::PomeloCodec)]
struct FailingConnector {
    #[connector(listen)]
    listen: Failing,
}

#[tokio::test(start_paused = true)]
async fn an_accept_that_fails_backs_off_and_goes_on() {
    let failures = Arc::new(Semaphore::new(6));
    let memory = Memory::default();
    let dialer = memory.dialer();
    let connector = FailingConnector { listen: Failing { memory, failures: failures.clone() } };
    let started = tokio::time::Instant::now();
    let _server =
        Server::builder().connector(connector).handler(Probe::default()).start().await.unwrap();
    let near = dialer.dial().await.unwrap();
    let peer = Peer::new("memory", connector::Address::Unnamed);
    let socket = <MemorySocket as connector::Accept<_>>::accept(near, peer);
    let client = Client::builder().connect_socket(socket).await.unwrap();
    assert_eq!(client.request::<u64>("test.probeHandler.beside", &1u64).await.unwrap(), 1);
    assert_eq!(failures.available_permits(), 0);
    // 5, 10, 20, 40, 80 and 160 milliseconds: it did not spin.
    assert!(started.elapsed() >= Duration::from_millis(315), "{:?}", started.elapsed());
}
