//! Messages that leave together: pomelo's buffered push scheduler.

use std::time::Duration;

use connector::prelude::*;
use connector::protocol::framing::Framing;
use connector::protocol::message::{Head, RouteRef};
use connector::protocol::pomelo::handshake::{self, Native};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{HANDSHAKE_ACK, Package, PackageType, encode};
use connector::transport::Memory;
use connector::{Config, Format, MemoryConnector, PushSchedule};
use connector_tests::by_hand::{HandConnector, Loopback, Netstrings};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite;

const HOUR: Duration = Duration::from_secs(3_600);

struct Speaker;

#[handler("talk.speaker")]
impl Speaker {
    /// Pushes three messages and answers.
    #[route]
    async fn speak(&self, session: &Session) -> Result<Json<u8>, HandlerError> {
        for number in 1..=3_u8 {
            session.push("onWord", Json(&number))?;
        }
        Ok(Json(4))
    }

    #[route]
    async fn fail(&self, session: &Session) -> Result<(), HandlerError> {
        session.push("onWord", Json(1))?;
        Err(HandlerError::new(418, ""))
    }

    /// Answers after a minute.
    #[route]
    async fn wait(&self, session: &Session) -> Result<Json<u8>, HandlerError> {
        tokio::time::sleep(Duration::from_secs(60)).await;
        session.push("onWord", Json(1)).unwrap_err();
        Ok(Json(2))
    }

    /// Answers with 100,000 bytes and more.
    #[route]
    async fn recite(&self) -> Json<String> {
        Json("x".repeat(100_000))
    }

    #[route]
    async fn leave(&self, session: &Session) -> Result<(), HandlerError> {
        session.push("onWord", Json(1))?;
        session.kick("bye");
        Ok(())
    }
}

/// A client that writes and reads bytes.
struct Raw(DuplexStream);

impl Raw {
    async fn open(schedule: PushSchedule) -> (Self, ServerHandle) {
        Self::open_with(Config::new().push_schedule(schedule)).await
    }

    async fn open_with(config: Config) -> (Self, ServerHandle) {
        let connector = MemoryConnector::new(Memory::new("talk"), config);
        let dialer = connector.dialer();
        let server = Server::builder()
            .connector(connector)
            .handler(Speaker)
            .heartbeat(Duration::ZERO)
            .start()
            .await
            .unwrap();
        let mut raw = Self(dialer.dial().await.unwrap());
        raw.package(PackageType::Handshake, &handshake::Request::new("raw", "1").encode()).await;
        raw.read().await;
        raw.0.write_all(&HANDSHAKE_ACK).await.unwrap();
        (raw, server.handle())
    }

    async fn package(&mut self, kind: PackageType, body: &[u8]) {
        let mut out = Vec::new();
        encode(kind, body, &mut out).unwrap();
        self.0.write_all(&out).await.unwrap();
    }

    async fn request(&mut self, method: &str) {
        let route = format!("talk.speaker.{method}");
        let mut body = Vec::new();
        let id = connector::RequestId::new(1);
        Head::Request(id, RouteRef::Name(&route)).encode(&mut body).unwrap();
        self.package(PackageType::Data, &body).await;
    }

    /// The messages of one read, as their bodies, and other packages as theirs.
    async fn read(&mut self) -> Vec<String> {
        let mut bytes = vec![0; 64 * 1024];
        let read = self.0.read(&mut bytes).await.unwrap();
        let mut input = &bytes[..read];
        let mut seen = Vec::new();
        while !input.is_empty() {
            let Package { kind, body } = Package::take(&mut input).unwrap();
            let body = match kind {
                PackageType::Data => Message::decode(body).unwrap().body,
                _ => body,
            };
            seen.push(String::from_utf8_lossy(body).into_owned());
        }
        seen
    }
}

#[tokio::test(start_paused = true)]
async fn an_interval_of_pushes_and_answers_leaves_as_one_batch() {
    let (mut raw, server) = Raw::open(PushSchedule::buffered()).await;
    let asked = Instant::now();
    raw.request("speak").await;
    assert_eq!(raw.read().await, ["1", "2", "3", "4"]);
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_millis(20), "{waited:?}");
    assert!(waited <= Duration::from_millis(60), "{waited:?}");
    // Others' pushes and broadcasts share the next batch.
    for session in server.sessions() {
        session.push("onWord", Json("a")).unwrap();
        session.push_batch(&[("onWord", Json("b")), ("onWord", Json("c"))]).unwrap();
    }
    server.broadcast("onWord", Json("d")).unwrap();
    assert_eq!(raw.read().await, [r#""a""#, r#""b""#, r#""c""#, r#""d""#]);
    raw.request("fail").await;
    assert_eq!(raw.read().await, ["1", r#"{"code":418}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_function_says_how_long_each_message_waits() {
    let seconds = |seconds| PushSchedule::Buffered { interval: Duration::from_secs(seconds) };
    let config = Config::new().push_schedule_by(move |message| match message.route {
        "onUrgent" => PushSchedule::Direct,
        "onSlow" => seconds(60),
        "talk.speaker.speak" => {
            assert!(message.is_answer);
            seconds(2)
        }
        // The answers of all other routes, also of unknown ones.
        _ if message.is_answer => PushSchedule::Direct,
        route => {
            assert_eq!(route, "onWord");
            seconds(10)
        }
    });
    let (mut raw, server) = Raw::open_with(config).await;
    while server.sessions().is_empty() {
        tokio::task::yield_now().await;
    }
    let session = server.sessions().remove(0);
    let waited = async |raw: &mut Raw| {
        let asked = Instant::now();
        (raw.read().await, asked.elapsed().as_secs())
    };
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();

    // The answer may wait two seconds, and takes along what was pushed before it.
    session.push("onSlow", Json(0)).unwrap();
    raw.request("speak").await;
    assert_eq!(waited(&mut raw).await, (texts(&["0", "1", "2", "3", "4"]), 2));

    // What is urgent overtakes nothing, in whichever way it is pushed.
    server.broadcast("onSlow", Json("a")).unwrap();
    session.push_when_ready("onWord", Json("b")).await.unwrap();
    session.push_batch(&[("onWord", Json("c")), ("onUrgent", Json("d"))]).unwrap();
    assert_eq!(waited(&mut raw).await, (texts(&[r#""a""#, r#""b""#, r#""c""#, r#""d""#]), 0));
    session.push("onSlow", Json("a")).unwrap();
    server.broadcast("onUrgent", Json("b")).unwrap();
    assert_eq!(waited(&mut raw).await, (texts(&[r#""a""#, r#""b""#]), 0));

    session.push("onSlow", Json("a")).unwrap();
    session.push("onWord", Json("b")).unwrap();
    assert_eq!(waited(&mut raw).await, (texts(&[r#""a""#, r#""b""#]), 10));
    session.push("onSlow", Json("a")).unwrap();
    assert_eq!(waited(&mut raw).await, (texts(&[r#""a""#]), 60));

    session.push("onSlow", Json("a")).unwrap();
    raw.request("unknown").await;
    assert_eq!(waited(&mut raw).await, (texts(&[r#""a""#, r#"{"code":500}"#]), 0));
}

/// The frames in which a WebSocket client that says this of itself gets four messages.
async fn frames(sys: serde_json::Value, builder: ServerBuilder) -> Vec<usize> {
    let connector = WebSocketConnector::bind("127.0.0.1:0");
    let server = builder.connector(connector).handler(Speaker).heartbeat(Duration::ZERO);
    let server = server.start().await.unwrap();
    let url = format!("ws://{}", server.addresses()[0]);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let package = |kind, body: &[u8]| {
        let mut out = Vec::new();
        encode(kind, body, &mut out).unwrap();
        tungstenite::Message::binary(out)
    };
    let hello = serde_json::json!({ "sys": sys }).to_string();
    socket.send(package(PackageType::Handshake, hello.as_bytes())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    socket.send(package(PackageType::HandshakeAck, b"")).await.unwrap();
    let mut request = Vec::new();
    let route = RouteRef::Name("talk.speaker.speak");
    Head::Request(connector::RequestId::new(1), route).encode(&mut request).unwrap();
    socket.send(package(PackageType::Data, &request)).await.unwrap();
    let mut frames = Vec::new();
    while frames.iter().sum::<usize>() < 4 {
        let frame = socket.next().await.unwrap().unwrap().into_data();
        let mut input = &frame[..];
        let packages =
            std::iter::from_fn(|| (!input.is_empty()).then(|| Package::take(&mut input).unwrap()));
        frames.push(packages.count());
    }
    frames
}

#[tokio::test]
async fn packages_share_a_frame_for_clients_that_read_them() {
    let browser = || serde_json::json!({ "type": "js-websocket", "protoVersion": 0 });
    let node = || serde_json::json!({ "type": "js-websocket" });
    let buffered = || Server::builder().push_schedule(PushSchedule::buffered());
    let native = || serde_json::json!({ "connector": Native::new(&[Format::Json]) });
    for separate in [browser(), node()] {
        assert_eq!(frames(separate, buffered()).await, [1, 1, 1, 1]);
    }
    assert_eq!(frames(native(), buffered()).await, [4]);
    let decided =
        || buffered().join_packages(|client| client.proto_version.is_some().then_some(true));
    assert_eq!(frames(browser(), decided()).await, [4]);
    assert_eq!(frames(node(), decided()).await, [1, 1, 1, 1]);
    let never = || buffered().join_packages(|_| Some(false));
    assert_eq!(frames(native(), never()).await, [1, 1, 1, 1]);
    // Without a schedule each has its own anyway.
    assert_eq!(frames(native(), Server::builder()).await, [1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_kick_takes_the_batch_with_it() {
    let (mut raw, _) = Raw::open(PushSchedule::Buffered { interval: Duration::MAX }).await;
    raw.request("leave").await;
    let mut seen = raw.read().await;
    while seen.last().is_none_or(|last| !last.contains("bye")) {
        seen.extend(raw.read().await);
    }
    assert_eq!(seen[0], "1");
    assert_eq!(seen.last().map(String::as_str), Some(r#"{"reason":"bye"}"#));
}

/// A protocol without a package for it carries it as a push.
#[tokio::test]
async fn a_kick_that_is_a_push_has_its_frame() {
    for schedule in [PushSchedule::Direct, PushSchedule::Buffered { interval: Duration::MAX }] {
        let server = Server::builder().connector(HandConnector(Loopback::any())).handler(Speaker);
        let server = server.push_schedule(schedule).start().await.unwrap();
        let address = server.addresses()[0].to_string();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let leave = br#"{"id":1,"route":"talk.speaker.leave"}"#;
        stream.write_all(format!("{}:", leave.len()).as_bytes()).await.unwrap();
        stream.write_all(leave).await.unwrap();
        stream.write_all(b",").await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        let mut seen = Vec::new();
        while let Some(cut) = Netstrings::cut(&heard, 1024).unwrap() {
            seen.push(String::from_utf8_lossy(&heard[cut.package]).into_owned());
            heard.drain(..cut.consumed);
        }
        assert_eq!(seen.len(), 3, "{seen:?} {heard:?}");
        assert_eq!(seen[0], r#"{"route":"onWord","body":1}"#);
        assert!(seen[1].starts_with(r#"{"id":1"#), "{}", seen[1]);
        assert_eq!(seen[2], r#"{"route":"onKick","body":{"reason":"bye"}}"#);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_takes_the_batch_with_it() {
    let (mut raw, server) = Raw::open(PushSchedule::Buffered { interval: Duration::MAX }).await;
    raw.request("speak").await;
    while server.sessions().is_empty() {
        tokio::task::yield_now().await;
    }
    let (_, seen) = tokio::join!(server.stop(), raw.read());
    assert_eq!(seen, ["1", "2", "3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_takes_the_answers_of_running_calls_with_it() {
    for schedule in [PushSchedule::Direct, PushSchedule::Buffered { interval: Duration::MAX }] {
        let (mut raw, server) = Raw::open(schedule).await;
        raw.request("wait").await;
        while server.sessions().is_empty() {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let both = async { tokio::join!(server.stop_within(Duration::MAX), raw.read()) };
        let (_, seen) = timeout(HOUR, both).await.unwrap();
        assert_eq!(seen, ["2"], "{schedule:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn long_answers_end_nobody_who_reads() {
    for schedule in [PushSchedule::buffered(), PushSchedule::Buffered { interval: Duration::MAX }] {
        let (mut raw, server) = Raw::open(schedule).await;
        while server.sessions().is_empty() {
            tokio::task::yield_now().await;
        }
        let session = server.sessions().remove(0);
        for _ in 0..200 {
            raw.request("recite").await;
        }
        let mut bytes = vec![0; 64 * 1024];
        let (mut read, mut most) = (0, 0);
        // The last of them may wait for the interval.
        while read < 197 * 100_000 {
            match timeout(HOUR, raw.0.read(&mut bytes)).await.unwrap().unwrap() {
                0 => panic!("{read} bytes, then {:?}", session.close_reason()),
                more => read += more,
            }
            most = most.max(session.queued());
        }
        assert!(most < 1_000_000, "{most} bytes waited");
    }
}

#[tokio::test(start_paused = true)]
async fn directly_nothing_waits() {
    let (mut raw, _) = Raw::open(PushSchedule::Direct).await;
    let asked = Instant::now();
    raw.request("speak").await;
    assert_eq!(raw.read().await, ["1", "2", "3", "4"]);
    assert_eq!(asked.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_bounded() {
    let (_raw, server) = Raw::open(PushSchedule::Buffered { interval: Duration::MAX }).await;
    while server.sessions().is_empty() {
        tokio::task::yield_now().await;
    }
    let session = server.sessions().remove(0);
    let megabyte = "x".repeat(1 << 20);
    let pushed = (0..64).take_while(|_| session.push("onWord", Json(&megabyte)).is_ok()).count();
    // What its pipe has taken waits no longer.
    assert!(pushed <= 8, "{pushed} MiB wait");
}
