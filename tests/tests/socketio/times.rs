//! The times that clients have, in memory and in paused time.

use std::sync::Arc;
use std::time::Duration;

use connector::SioSocket;
use connector::codec::SioCodec;
use connector::prelude::*;
use connector::transport::{Memory, MemoryDialer, Sio, WebOptions, WithOpeners};
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep, timeout};

use crate::http::{Http, Polling};
use crate::{Entry, event};

const SECOND: Duration = Duration::from_secs(1);
/// Longer than anything here.
const HOUR: Duration = Duration::from_secs(3600);
/// The headers of a request for a WebSocket.
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Socket.io in memory.
#[derive(Connector)]
#[connector(socket = SioSocket, codec = SioCodec)]
struct InMemory {
    #[connector(listen)]
    listen: Sio<WithOpeners<Memory>>,
}

struct Served {
    _server: Server,
    dialer: MemoryDialer,
    reasons: Mutex<mpsc::UnboundedReceiver<CloseReason>>,
}

impl Served {
    async fn new(heartbeat: Duration) -> Arc<Self> {
        let memory = Memory::new("sio");
        let dialer = memory.dialer();
        let (end, reasons) = mpsc::unbounded_channel();
        let listen = Sio::new(WithOpeners::new(memory), WebOptions::new());
        let server = Server::builder()
            .connector(InMemory { listen })
            .heartbeat(heartbeat)
            .handler(Entry)
            .on_close(move |_, reason| {
                let _ = end.send(reason.clone());
            })
            .start()
            .await
            .unwrap();
        Arc::new(Self { _server: server, dialer, reasons: Mutex::new(reasons) })
    }

    async fn dial(&self) -> Http<DuplexStream> {
        Http::new(self.dialer.dial().await.unwrap(), HOUR)
    }

    async fn open(&self, version: u8) -> Polling<DuplexStream> {
        Polling::begin(self.dial().await, version).await
    }

    async fn reason(&self) -> CloseReason {
        self.reasons.lock().await.recv().await.unwrap()
    }
}

/// Returns the time up to the end of a connection, in whole seconds.
async fn seconds_to_the_end(http: &mut Http<DuplexStream>) -> u64 {
    let start = Instant::now();
    let mut rest = Vec::new();
    let _ = http.stream.read_to_end(&mut rest).await;
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_head_has_ten_seconds_and_the_next_one_a_minute() {
    let served = Served::new(Duration::ZERO).await;
    let mut http = served.dial().await;
    assert_eq!(seconds_to_the_end(&mut http).await, 10);
    let mut http = served.dial().await;
    http.write("GET /socket.io/?EIO=4 HTTP/1.1\r\nHo").await;
    assert_eq!(seconds_to_the_end(&mut http).await, 10);
    let mut polling = served.open(4).await;
    assert_eq!(seconds_to_the_end(&mut polling.http).await, 60);
}

#[tokio::test(start_paused = true)]
async fn a_body_comes_at_a_kilobyte_a_second() {
    let served = Served::new(Duration::ZERO).await;
    let mut polling = served.open(4).await;
    let head = format!("POST /socket.io/?{} HTTP/1.1\r\nHost: h\r\n", polling.query);
    let body = event(1, "echo", &format!("\"{}\"", "x".repeat(40 << 10)));
    let mut http = served.dial().await;
    http.write(format!("{head}Content-Length: {}\r\n\r\n", body.len())).await;
    for part in body.as_bytes().chunks(10 << 10) {
        sleep(9 * SECOND).await;
        http.write(part).await;
    }
    assert_eq!(http.response().await.unwrap().body, "ok");
    assert!(polling.poll().await.contains("xxx"));
    http.write(format!("{head}Content-Length: 20000\r\n\r\n")).await;
    http.write(vec![b'x'; 9_000]).await;
    assert_eq!(seconds_to_the_end(&mut http).await, 10);
    polling.http = served.dial().await;
    polling.echoes().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_makes_room_where_all_are_many() {
    let served = Served::new(Duration::ZERO).await;
    let begin = async |size: usize| {
        let mut polling = served.open(4).await;
        let head = format!("POST /socket.io/?{} HTTP/1.1\r\nHost: h\r\n", polling.query);
        polling.http.write(format!("{head}Content-Length: {size}\r\n\r\n")).await;
        polling
    };
    let part = vec![b'x'; 10 << 10];
    for are_many in [false, true] {
        let mut slow = begin(1 << 20).await;
        for _ in 0..2 {
            slow.http.write(&part).await;
            sleep(6 * SECOND).await;
        }
        let mut others = Vec::new();
        for _ in 0..if are_many { 12 } else { 2 } {
            let mut other = begin(3_000_000).await;
            // All but the last byte.
            other.http.write(vec![b'x'; 2_999_999]).await;
            others.push(other);
        }
        slow.http.write(&part).await;
        let left = seconds_to_the_end(&mut slow.http).await;
        assert_eq!(left, if are_many { 0 } else { 10 });
    }
    served.open(4).await.echoes().await;
}

#[tokio::test(start_paused = true)]
async fn a_websocket_is_tried_out_for_ten_seconds() {
    let served = Served::new(Duration::ZERO).await;
    let mut polling = served.open(4).await;
    let query = polling.query.replace("polling", "websocket");
    let mut http = served.dial().await;
    http.send("GET", &query, UPGRADE, b"").await;
    assert_eq!(http.response().await.unwrap().status, 101);
    let seconds = seconds_to_the_end(&mut http).await;
    assert!((10..=11).contains(&seconds), "{seconds}");
    polling.echoes().await;
}

#[tokio::test(start_paused = true)]
async fn what_arrives_on_websockets_that_are_tried_out_is_bounded_together() {
    let served = Served::new(Duration::ZERO).await;
    let mut all = Vec::new();
    for _ in 0..30 {
        let mut polling = served.open(4).await;
        let query = polling.query.replace("polling", "websocket");
        polling.http.send("GET", &query, UPGRADE, b"").await;
        assert_eq!(polling.http.response().await.unwrap().status, 101);
        // Masked with zeros: the probe, and all but the last byte of three megabytes.
        let probe = b"\x81\x86\0\0\0\x002probe\x81\xff\0\0\0\0\0\x2d\xc6\xc0\0\0\0\0";
        polling.http.write(probe).await;
        // It fails where the server has ended the connection.
        let _ = polling.http.try_write(&vec![b'x'; 2_999_999]).await;
        all.push(polling.http);
    }
    let mut ended = 0;
    for http in &mut all {
        let mut rest = Vec::new();
        let end = timeout(SECOND / 100, http.stream.read_to_end(&mut rest));
        ended += usize::from(end.await.is_ok());
    }
    // 64 MiB, and what their buffers have room for.
    assert!((6..20).contains(&ended), "{ended} of 30");
    served.open(4).await.echoes().await;
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_is_tried_out_may_not_ping_for_ever() {
    let served = Served::new(Duration::ZERO).await;
    let mut polling = served.open(4).await;
    let mut http = served.dial().await;
    http.send("GET", &polling.query.replace("polling", "websocket"), UPGRADE, b"").await;
    assert_eq!(http.response().await.unwrap().status, 101);
    let ping = [&b"\x89\xfd\0\0\0\0"[..], &[b'x'; 125]].concat();
    http.write(ping.repeat(100)).await;
    assert_eq!(seconds_to_the_end(&mut http).await, 0);
    polling.echoes().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_read_ends_the_session_after_half_a_minute() {
    let served = Served::new(Duration::ZERO).await;
    let mut polling = served.open(4).await;
    assert_eq!(polling.post(event(0, "push", "[20,10000]")).await.body, "ok");
    polling.http.send("GET", &polling.query, "", b"").await;
    let start = Instant::now();
    assert!(matches!(served.reason().await, CloseReason::Lost { .. }));
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn the_next_poll_is_answered_when_the_last_answer_was_read() {
    let served = Served::new(Duration::ZERO).await;
    let mut polling = served.open(4).await;
    for n in 0..2 {
        assert_eq!(polling.post(event(0, "push", "[20,10000]")).await.body, "ok", "{n}");
    }
    // In memory little fits into the connection.
    let mut first = served.dial().await;
    first.send("GET", &polling.query, "", b"").await;
    sleep(SECOND).await;
    polling.http.send("GET", &polling.query, "", b"").await;
    assert!(timeout(20 * SECOND, polling.http.response()).await.is_err());
    let mut packets = first.response().await.unwrap().body;
    packets += &polling.http.response().await.unwrap().body;
    assert_eq!(packets.matches("onPush").count(), 40);
    polling.echoes().await;
}

#[tokio::test(start_paused = true)]
async fn the_answer_of_a_session_that_has_ended_has_ten_seconds() {
    let served = Served::new(Duration::ZERO).await;
    let mut polling = served.open(4).await;
    assert_eq!(polling.post(event(0, "push", "[20,10000]")).await.body, "ok");
    let mut slow = served.dial().await;
    slow.send("GET", &polling.query, "", b"").await;
    sleep(SECOND).await;
    let start = Instant::now();
    polling.post("41").await;
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
    // It takes a little in each second, and would take minutes.
    let mut part = [0; 1000];
    while let Ok(1..) = slow.stream.read(&mut part).await {
        sleep(SECOND).await;
    }
    let seconds = start.elapsed().as_secs();
    assert!((10..200).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_come_back_has_left_after_a_minute() {
    let served = Served::new(Duration::ZERO).await;
    for version in [3, 4] {
        let mut polling = served.open(version).await;
        let start = Instant::now();
        // A poll that waits is a client that is there.
        polling.http.send("GET", &polling.query, "", b"").await;
        sleep(1_000 * SECOND).await;
        let mut posting = served.dial().await;
        let mut event = event(7, "echo", "1");
        if version == 3 {
            event = format!("{}:{event}", event.len());
        }
        assert_eq!(posting.post(&polling.query, event).await.body, "ok");
        assert_eq!(polling.http.response().await.unwrap().status, 200);
        assert_eq!(served.reason().await, CloseReason::HeartbeatTimeout, "{version}");
        assert_eq!(start.elapsed().as_secs(), 1_060, "{version}");
    }
}
