//! `encode_async` and `decode_async`: codecs that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::PushSchedule;
use connector::codec::{CodecError, JsonCodec, Outbound, OwnedMessage, Received};
use connector::prelude::*;
use connector::protocol::framing::LengthDelimited;
use connector::server::ServerBuilder;
use connector::transport::{Memory, MemoryDialer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::pipe::PipeConnector;

/// A pipe with packages of at most 65,535 bytes.
#[derive(Socket)]
#[socket(framing = LengthDelimited<u16>)]
struct ShortSocket {
    #[socket(io)]
    pipe: DuplexStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = ShortSocket, codec = JsonCodec)]
struct ShortConnector {
    #[connector(listen)]
    pipe: Memory,
}

#[derive(Clone, Default)]
struct Echo {
    entered: Arc<AtomicUsize>,
}

#[handler("test.echoHandler")]
impl Echo {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        Json(body)
    }

    /// Pushes before it answers.
    #[route]
    async fn pushes(
        &self,
        session: &Session,
        Json(n): Json<u64>,
    ) -> Result<Json<u64>, HandlerError> {
        for k in 0..3 {
            session.push("onPush", Json(&(n, k)))?;
        }
        session.push_batch(&[("onBatch", Json(n)), ("onBatch", Json(n))])?;
        Ok(Json(n))
    }
}

/// Reads `id|route|millis|body`, after so many milliseconds.
async fn decode(_: Session, payload: Vec<u8>) -> Result<Option<OwnedMessage>, CodecError> {
    let text = String::from_utf8(payload).map_err(|_| CodecError::new("is no text"))?;
    let parts: Vec<&str> = text.splitn(4, '|').collect();
    let [id, route, millis, body] = parts[..] else { return Ok(None) };
    sleep(Duration::from_millis(millis.parse().unwrap())).await;
    let id = id.parse().map_err(|_| CodecError::new("has no id"))?;
    Ok(Some(OwnedMessage::new(id, format!("test.echoHandler.{route}"), body)))
}

/// Writes `id|route|body`, the sooner the later it comes.
async fn encode(session: Session, message: OwnedMessage) -> Result<Vec<u8>, CodecError> {
    let before = session.value_or_insert_with(Arc::<AtomicUsize>::default);
    let millis = 100_u64.saturating_sub(10 * before.fetch_add(1, Ordering::SeqCst) as u64);
    sleep(Duration::from_millis(millis)).await;
    let id = message.id.map_or(0, RequestId::get);
    let route = message.route.unwrap_or_default();
    let body = String::from_utf8(message.body).unwrap();
    if body.contains("unwritable") {
        return Err(CodecError::new("this one cannot be written"));
    }
    Ok(format!("{id}|{route}|{body}").into_bytes())
}

struct Pipe {
    server: Server,
    pipe: DuplexStream,
    dialer: MemoryDialer,
}

async fn serve<C: Connector>(
    builder: ServerBuilder,
    codec: impl FnOnce(PipeConnector) -> C,
) -> Pipe {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let server = builder.connector(codec(PipeConnector { pipe: memory })).start().await.unwrap();
    let pipe = dialer.dial().await.unwrap();
    Pipe { server, pipe, dialer }
}

impl Pipe {
    async fn send(&mut self, package: &str) {
        self.pipe.write_u32(package.len() as u32).await.unwrap();
        self.pipe.write_all(package.as_bytes()).await.unwrap();
    }

    /// The next package. `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let len = self.pipe.read_u32().await.ok()?;
        let mut package = vec![0; len as usize];
        self.pipe.read_exact(&mut package).await.unwrap();
        Some(String::from_utf8(package).unwrap())
    }

    /// The next packages, as many.
    async fn all(&mut self, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(self.next().await.unwrap());
        }
        all
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_decoded_beside_each_other_and_handled_in_order() {
    let mut pipe =
        serve(Server::builder().handler(Echo::default()), |pipe| pipe.decode_async(decode)).await;
    let start = Instant::now();
    for (id, millis) in [(1, 300), (2, 10), (3, 200)] {
        pipe.send(&format!("{id}|echo|{millis}|{id}")).await;
    }
    pipe.send("dropped").await;
    pipe.send("4|echo|0|4").await;
    let answers = pipe.all(4).await;
    let expected: Vec<_> = (1..=4).map(|id| format!(r#"{{"id":{id},"body":{id}}}"#)).collect();
    assert_eq!(answers, expected);
    assert_eq!(start.elapsed().as_millis(), 300, "not one after the other");
}

#[tokio::test(start_paused = true)]
async fn messages_are_encoded_beside_each_other_and_leave_in_order() {
    let codec = |pipe: PipeConnector| pipe.encode_async(encode).decode_async(decode);
    let mut pipe = serve(Server::builder().handler(Echo::default()), codec).await;
    let start = Instant::now();
    pipe.send("7|pushes|0|7").await;
    let expected = [
        "0|onPush|[7,0]",
        "0|onPush|[7,1]",
        "0|onPush|[7,2]",
        "0|onBatch|7",
        "0|onBatch|7",
        "7||7",
    ];
    assert_eq!(pipe.all(6).await, expected);
    assert_eq!(start.elapsed().as_millis(), 100, "not one after the other");
    // Pushes of other tasks come through the same way, also those to all.
    let session = pipe.server.handle().sessions()[0].clone();
    session.push("onOne", Json(1)).unwrap();
    assert_eq!(pipe.server.handle().broadcast("onAll", Json(2)).unwrap(), 1);
    assert_eq!(pipe.all(2).await, ["0|onOne|1", "0|onAll|2"]);
}

#[tokio::test(start_paused = true)]
async fn encoding_alone_is_replaced_and_batches_are_told_apart() {
    let schedule = PushSchedule::Buffered { interval: Duration::from_millis(20) };
    let builder = Server::builder().handler(Echo::default()).push_schedule(schedule);
    let mut pipe = serve(builder, |pipe| pipe.encode_async(encode)).await;
    let start = Instant::now();
    pipe.send(r#"{"id":7,"route":"test.echoHandler.pushes","body":7}"#).await;
    let expected = ["0|onPush|[7,0]", "0|onPush|[7,1]", "0|onPush|[7,2]"];
    assert_eq!(pipe.all(3).await, expected);
    assert_eq!(pipe.all(3).await, ["0|onBatch|7", "0|onBatch|7", "7||7"]);
    let took = start.elapsed().as_millis();
    assert!((120..=160).contains(&took), "an interval, a tick, and the encoding: {took}");
}

/// Replaces one half after the other, in ways that wait and in ways that do not.
#[tokio::test(start_paused = true)]
async fn halves_that_wait_and_halves_that_do_not_are_combined() {
    fn read(payload: &[u8]) -> Result<Option<Received<'_>>, CodecError> {
        Ok(Some(Received::new(9, "test.echoHandler.echo", payload)))
    }

    fn write(message: Outbound<'_>, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.push(b'>');
        out.extend_from_slice(message.body);
        Ok(())
    }

    let server = || Server::builder().handler(Echo::default());
    let mut pipe =
        serve(server(), |pipe| pipe.encode_async(encode).decode(|_, text| read(text))).await;
    pipe.send("1").await;
    assert_eq!(pipe.next().await.unwrap(), "9||1");
    let mut pipe = serve(server(), |pipe| pipe.decode_async(decode).encode(write)).await;
    pipe.send("1|echo|10|1").await;
    assert_eq!(pipe.next().await.unwrap(), ">1");
    // The later one of two counts.
    let twice = |pipe: PipeConnector| pipe.encode_async(encode).encode(write).decode_async(decode);
    let mut pipe = serve(server(), twice).await;
    pipe.send("1|echo|10|1").await;
    assert_eq!(pipe.next().await.unwrap(), ">1");
    let twice = |pipe: PipeConnector| pipe.decode_async(decode).decode(|_, text| read(text));
    let mut pipe = serve(server(), twice).await;
    pipe.send("1").await;
    assert_eq!(pipe.next().await.unwrap(), r#"{"id":9,"body":1}"#);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_encoded_is_a_failure_and_a_push_is_left_out() {
    let codec = |pipe: PipeConnector| pipe.encode_async(encode).decode_async(decode);
    let mut pipe = serve(Server::builder().handler(Echo::default()), codec).await;
    pipe.send(r#"1|echo|0|"unwritable""#).await;
    pipe.send("2|echo|0|2").await;
    assert_eq!(pipe.all(2).await, [r#"1||{"code":500}"#, "2||2"]);
    let session = pipe.server.handle().sessions()[0].clone();
    session.push("onOne", Json("unwritable")).unwrap();
    session.push("onOne", Json("fine")).unwrap();
    assert_eq!(pipe.next().await.unwrap(), r#"0|onOne|"fine""#);
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_none_closes_its_own_connection() {
    let mut pipe =
        serve(Server::builder().handler(Echo::default()), |pipe| pipe.decode_async(decode)).await;
    let mut other = pipe.dialer.dial().await.unwrap();
    pipe.send("1|echo|50|1").await;
    pipe.send("no id|echo|0|2").await;
    // What came before it is answered.
    assert_eq!(pipe.next().await.unwrap(), r#"{"id":1,"body":1}"#);
    assert_eq!(pipe.next().await, None);
    other.write_all(b"\0\0\0\x0a9|echo|0|1").await.unwrap();
    assert_eq!(other.read_u32().await.unwrap(), r#"{"id":9,"body":1}"#.len() as u32);
}

#[tokio::test(start_paused = true)]
async fn no_more_is_read_than_may_wait_for_its_decoding() {
    let begun = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let (count, closed) = (begun.clone(), gate.clone());
    let limits = Limits { waiting: 4, ..Limits::default() };
    let echo = Echo::default();
    let mut pipe = serve(Server::builder().handler(echo.clone()).limits(limits), move |pipe| {
        pipe.decode_async(move |session, payload| {
            count.fetch_add(1, Ordering::SeqCst);
            let closed = closed.clone();
            async move {
                closed.acquire().await.unwrap().forget();
                decode(session, payload).await
            }
        })
    })
    .await;
    for id in 1..=20 {
        pipe.send(&format!("{id}|echo|0|{id}")).await;
    }
    let _ = timeout(Duration::from_secs(1), pipe.next()).await;
    assert_eq!(begun.load(Ordering::SeqCst), 4);
    assert_eq!(echo.entered.load(Ordering::SeqCst), 0);
    gate.add_permits(20);
    for id in 1..=20 {
        assert_eq!(pipe.next().await.unwrap(), format!(r#"{{"id":{id},"body":{id}}}"#));
    }
}

/// Dropped, as a future is that never ends.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test(start_paused = true)]
async fn futures_are_dropped_with_their_session() {
    let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (began, drops) = (begun.clone(), dropped.clone());
    let echo = Echo::default();
    let mut pipe = serve(Server::builder().handler(echo.clone()), move |pipe| {
        pipe.decode_async(move |_, _| {
            let dropped = Dropped(drops.clone());
            began.notify_one();
            async move {
                let _dropped = dropped;
                std::future::pending().await
            }
        })
    })
    .await;
    pipe.send("1|echo|0|1").await;
    begun.notified().await;
    pipe.server.handle().sessions()[0].kick("go");
    let kick = pipe.next().await.unwrap();
    assert_eq!(kick, r#"{"route":"onKick","body":{"reason":"go"}}"#);
    assert_eq!(pipe.next().await, None);
    dropped.notified().await;
    assert_eq!(echo.entered.load(Ordering::SeqCst), 0);
    assert_eq!(pipe.server.handle().statistics().sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_pushed_before_a_kick_is_encoded_before_it() {
    let codec = |pipe: PipeConnector| pipe.encode_async(encode).decode_async(decode);
    let mut pipe = serve(Server::builder().handler(Echo::default()), codec).await;
    pipe.send("1|echo|0|1").await;
    assert_eq!(pipe.next().await.unwrap(), "1||1");
    let session = pipe.server.handle().sessions()[0].clone();
    session.push("onLast", Json(1)).unwrap();
    session.kick("go");
    assert_eq!(pipe.all(2).await, ["0|onLast|1", r#"0|onKick|{"reason":"go"}"#]);
    assert_eq!(pipe.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn an_encoding_that_never_ends_holds_nobody_up() {
    let codec =
        |pipe: PipeConnector| pipe.encode_async(|_, _| std::future::pending()).decode_async(decode);
    let mut pipe = serve(Server::builder().handler(Echo::default()), codec).await;
    pipe.send("1|echo|0|1").await;
    assert!(timeout(Duration::from_secs(1), pipe.next()).await.is_err());
    let start = Instant::now();
    pipe.server.handle().sessions()[0].kick("go");
    assert_eq!(pipe.next().await, None);
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    assert_eq!(pipe.server.handle().statistics().sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_client_sent_before_it_left_is_decoded_and_handled() {
    let echo = Echo::default();
    let mut pipe =
        serve(Server::builder().handler(echo.clone()), |pipe| pipe.decode_async(decode)).await;
    for id in [0, 2, 0] {
        pipe.send(&format!("{id}|echo|100|{id}")).await;
    }
    pipe.pipe.shutdown().await.unwrap();
    while pipe.next().await.is_some() {}
    let handle = pipe.server.handle();
    while handle.statistics().connections > 0 {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(echo.entered.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stop_finishes_what_has_arrived() {
    let codec = |pipe: PipeConnector| pipe.encode_async(encode).decode_async(decode);
    let mut pipe = serve(Server::builder().handler(Echo::default()), codec).await;
    pipe.send("1|echo|200|1").await;
    pipe.send("2|echo|0|2").await;
    let _ = timeout(Duration::from_millis(100), pipe.next()).await;
    let handle = pipe.server.handle();
    let stopping = tokio::spawn(async move { handle.stop().await });
    assert_eq!(pipe.all(2).await, ["1||1", "2||2"]);
    assert_eq!(pipe.next().await, None);
    stopping.await.unwrap();
}

/// Many messages, so that calls are held back and go on.
#[tokio::test(start_paused = true)]
async fn a_slow_encoding_holds_calls_back_and_loses_none() {
    let long = "x".repeat(64 * 1024);
    let codec = |pipe: PipeConnector| {
        pipe.decode_async(decode).encode_async(|_, message: OwnedMessage| async move {
            sleep(Duration::from_millis(10)).await;
            Ok(format!("{}|{}", message.id.map_or(0, RequestId::get), message.body.len())
                .into_bytes())
        })
    };
    let mut pipe = serve(Server::builder().handler(Echo::default()), codec).await;
    let body = json!(long).to_string();
    let mut answers = 0;
    for id in 1..=40 {
        pipe.send(&format!("{id}|echo|0|{body}")).await;
        while id - answers > 20 {
            answers += 1;
            assert_eq!(pipe.next().await.unwrap(), format!("{answers}|{}", body.len()));
        }
    }
    while answers < 40 {
        answers += 1;
        assert_eq!(pipe.next().await.unwrap(), format!("{answers}|{}", body.len()));
    }
}

/// As an answer that the application cannot encode.
#[tokio::test(start_paused = true)]
async fn an_answer_that_fits_no_frame_is_an_error() {
    async fn padded(_: Session, message: OwnedMessage) -> Result<Vec<u8>, CodecError> {
        let id = message.id.map_or(0, RequestId::get);
        let mut text = format!("{id}|{}", String::from_utf8(message.body).unwrap());
        if text.ends_with("\"long\"") {
            text.push_str(&" ".repeat(70_000));
        }
        Ok(text.into_bytes())
    }

    let memory = Memory::default();
    let dialer = memory.dialer();
    let connector = ShortConnector { pipe: memory }.encode_async(padded).decode_async(decode);
    let server = Server::builder().handler(Echo::default()).connector(connector);
    let _server = server.start().await.unwrap();
    let mut pipe = dialer.dial().await.unwrap();
    for package in ["1|echo|0|\"long\"", "2|echo|0|\"short\""] {
        pipe.write_u16(package.len() as u16).await.unwrap();
        pipe.write_all(package.as_bytes()).await.unwrap();
    }
    for expected in [r#"1|{"code":500}"#, r#"2|"short""#] {
        let mut package = vec![0; pipe.read_u16().await.unwrap().into()];
        pipe.read_exact(&mut package).await.unwrap();
        assert_eq!(String::from_utf8(package).unwrap(), expected);
    }
}
