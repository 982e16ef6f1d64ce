//! tokio-tungstenite.

use std::time::Duration;

use connector::CloseReason;
use connector_tests::echo::{Kind, LONGEST, Whole, port, serve};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_async, connect_async};

use crate::libraries::{BINARIES, TEXTS, large_text};

const TIMEOUT: Duration = Duration::from_secs(20);

type Theirs = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(port: u16) -> Theirs {
    connect_async(format!("ws://127.0.0.1:{port}/")).await.unwrap().0
}

async fn next<S>(theirs: &mut WebSocketStream<S>) -> Message
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    timeout(TIMEOUT, theirs.next()).await.expect("in time").expect("not the end").unwrap()
}

#[tokio::test]
async fn its_client_gets_back_what_it_sent_from_our_server() {
    let (binary, text) = (serve(Kind::Binary).await, serve(Kind::Text).await);
    let mut bytes = connect(port(&binary)).await;
    let mut texts = connect(port(&text)).await;
    for size in BINARIES {
        let message = Message::binary(vec![0xfe; size]);
        bytes.send(message.clone()).await.unwrap();
        assert!(next(&mut bytes).await == message, "{size} bytes");
    }
    let large = large_text();
    for sent in TEXTS.iter().copied().chain([&*large]) {
        let message = Message::text(sent);
        texts.send(message.clone()).await.unwrap();
        assert!(next(&mut texts).await == message, "{sent:.20}");
    }
    // Many in one write.
    for number in 0..1000 {
        texts.feed(Message::text(number.to_string())).await.unwrap();
    }
    texts.flush().await.unwrap();
    for number in 0..1000 {
        assert_eq!(next(&mut texts).await, Message::text(number.to_string()));
    }
}

#[tokio::test]
async fn its_client_fragments_and_pings_our_server() {
    let server = serve(Kind::Text).await;
    let mut theirs = connect(port(&server)).await;
    let piece = |text: &str, opcode, last| {
        let opcode = OpCode::Data(opcode);
        Message::Frame(Frame::message(Bytes::copy_from_slice(text.as_bytes()), opcode, last))
    };
    theirs.feed(piece("Häl", Data::Text, false)).await.unwrap();
    theirs.feed(Message::Ping(Bytes::from_static(b"between"))).await.unwrap();
    theirs.feed(piece("lo ", Data::Continue, false)).await.unwrap();
    theirs.feed(piece("世界", Data::Continue, true)).await.unwrap();
    theirs.flush().await.unwrap();
    assert_eq!(next(&mut theirs).await, Message::Pong(Bytes::from_static(b"between")));
    assert_eq!(next(&mut theirs).await, Message::text("Hällo 世界"));
}

#[tokio::test]
async fn its_client_and_our_server_close_with_codes() {
    let server = serve(Kind::Text).await;
    for code in [1000, 1001, 1011, 3000, 4999] {
        let mut theirs = connect(port(&server)).await;
        let frame = CloseFrame { code: code.into(), reason: "grün 世界".into() };
        theirs.close(Some(frame)).await.unwrap();
        let Message::Close(Some(answer)) = next(&mut theirs).await else { panic!("no close") };
        assert_eq!((u16::from(answer.code), &*answer.reason), (code, ""));
        assert!(timeout(TIMEOUT, theirs.next()).await.unwrap().is_none(), "then the end");
    }
    let mut theirs = connect(port(&server)).await;
    theirs.close(None).await.unwrap();
    assert_eq!(next(&mut theirs).await, Message::Close(None));

    let mut theirs = connect(port(&server)).await;
    theirs.send(Message::binary(vec![0; LONGEST + 100])).await.unwrap();
    assert_eq!(closing(&mut theirs).await, CloseCode::Size);

    let mut theirs = connect(port(&server)).await;
    let broken = Frame::message(Bytes::from_static(b"\xff"), OpCode::Data(Data::Text), true);
    theirs.send(Message::Frame(broken)).await.unwrap();
    assert_eq!(closing(&mut theirs).await, CloseCode::Invalid);

    let mut theirs = connect(port(&server)).await;
    let handle = server.handle();
    let stopped = tokio::spawn(async move { handle.stop().await });
    assert_eq!(closing(&mut theirs).await, CloseCode::Away);
    drop(theirs);
    stopped.await.unwrap();
}

async fn closing(theirs: &mut Theirs) -> CloseCode {
    match next(theirs).await {
        Message::Close(Some(frame)) => frame.code,
        other => panic!("no close, but {other}"),
    }
}

/// Accepts one connection, which `run` gets.
async fn accept<F, R>(run: F) -> (u16, JoinHandle<()>)
where
    F: FnOnce(WebSocketStream<TcpStream>) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let accepted = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        run(accept_async(stream).await.unwrap()).await;
    });
    (port, accepted)
}

#[tokio::test]
async fn our_client_gets_back_what_it_sent_from_its_server() {
    for kind in [Kind::Binary, Kind::Text] {
        let (port, server) = accept(move |mut theirs| async move {
            while let Some(Ok(message)) = theirs.next().await {
                if message.is_close() {
                    let Message::Close(Some(frame)) = message else { panic!("no code") };
                    assert_eq!((frame.code, &*frame.reason), (CloseCode::Normal, ""));
                    continue;
                }
                assert_eq!(message.is_text(), kind == Kind::Text);
                theirs.send(message).await.unwrap();
            }
        })
        .await;
        let mut ours = Whole::connect(port, kind).await.unwrap();
        crate::libraries::exchange(&mut ours, kind).await;
        assert_eq!(ours.close().await, Some(1000));
        server.await.unwrap();
    }
}

#[tokio::test]
async fn our_client_takes_fragments_pings_and_codes_of_its_server() {
    let (port, server) = accept(|mut theirs| async move {
        let piece = |bytes: &'static [u8], opcode, last| {
            Message::Frame(Frame::message(Bytes::from_static(bytes), OpCode::Data(opcode), last))
        };
        theirs.feed(piece("世".as_bytes(), Data::Text, false)).await.unwrap();
        theirs.feed(Message::Ping(Bytes::from_static(b"p"))).await.unwrap();
        theirs.feed(piece("界".as_bytes(), Data::Continue, true)).await.unwrap();
        theirs.flush().await.unwrap();
        assert_eq!(next(&mut theirs).await, Message::Pong(Bytes::from_static(b"p")));
        let frame = CloseFrame { code: CloseCode::Library(4001), reason: "bye 世界".into() };
        theirs.close(Some(frame)).await.unwrap();
        let Message::Close(Some(answer)) = next(&mut theirs).await else { panic!("no answer") };
        assert_eq!(u16::from(answer.code), 4001);
    })
    .await;
    let mut ours = Whole::connect(port, Kind::Text).await.unwrap();
    assert_eq!(ours.recv().await, Ok("世界".as_bytes().to_vec()));
    let closed = CloseReason::PeerClosedWith { code: 4001, reason: "bye 世界".into() };
    assert_eq!(ours.recv().await, Err(closed));
    assert_eq!(ours.close_code(), Some(4001));
    assert_eq!(ours.close().await, Some(4001));
    server.await.unwrap();
}
