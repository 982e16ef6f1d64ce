//! The libraries `ws` of Node and `websockets` of Python, each as a client and
//! as a server.

use std::time::Duration;

use connector::CloseReason;
use connector_tests::echo::{Kind, Whole, port, serve};
use connector_tests::peer::Peers;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Texts that go there and back.
pub(crate) const TEXTS: [&str; 6] =
    ["hello", "", "\0", "Hällo 世界 🌍", "\u{ffff}\u{fffd}\u{10ffff}", "a\r\nb\u{2028}\"\\"];

/// Lengths of bytes that go there and back.
pub(crate) const BINARIES: [usize; 9] = [0, 1, 125, 126, 127, 65_535, 65_536, 100_000, 1 << 20];

/// A text of a mebibyte.
pub(crate) fn large_text() -> String {
    "世界🌍 abc".repeat((1 << 20) / 14)
}

/// Sends everything to an echo and takes it back.
pub(crate) async fn exchange(ours: &mut Whole, kind: Kind) {
    let mut messages: Vec<Vec<u8>> = match kind {
        Kind::Binary => BINARIES.iter().map(|&size| vec![0xfe; size]).collect(),
        Kind::Text => TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect(),
    };
    if kind == Kind::Text {
        messages.push(large_text().into_bytes());
    }
    for message in &messages {
        ours.send(&[message]).await.unwrap();
        let back = timeout(TIMEOUT, ours.recv()).await.expect("in time");
        assert!(back.as_ref() == Ok(message), "{} bytes", message.len());
    }
    let numbers: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    let many: Vec<&[u8]> = numbers.iter().map(String::as_bytes).collect();
    ours.send(&many).await.unwrap();
    for number in many {
        assert_eq!(ours.recv().await.as_deref(), Ok(number));
    }
}

/// Their client checks our server.
async fn check_our_server(peers: &Peers, program: &str) {
    let (binary, text) = (serve(Kind::Binary).await, serve(Kind::Text).await);
    let url = |port| format!("ws://127.0.0.1:{port}/");
    let (binary, text) = (url(port(&binary)), url(port(&text)));
    peers.check(program, &["--binary", &binary, "--text", &text]).await.assert_passed();
}

/// Our client checks their server, which also does what a text asks of it.
async fn check_their_server(peers: &Peers, program: &str) {
    let server = peers.serve(program, &[]).await;
    for kind in [Kind::Binary, Kind::Text] {
        let mut ours = Whole::connect(server.port(), kind).await.unwrap();
        exchange(&mut ours, kind).await;
        assert_eq!(ours.close().await, Some(1000));
        server.says("CLOSED 1000").await;
    }

    let mut ours = Whole::connect(server.port(), Kind::Text).await.unwrap();
    ours.send(&[b"ping"]).await.unwrap();
    assert_eq!(ours.recv().await.as_deref(), Ok(&b"pong payload"[..]), "it got our pong");
    ours.send(&[b"pieces"]).await.unwrap();
    assert_eq!(ours.recv().await.unwrap(), "Hällo 世界 🌍".as_bytes());
    ours.send(&[b"many"]).await.unwrap();
    for number in 0..1000 {
        assert_eq!(ours.recv().await.unwrap(), number.to_string().into_bytes());
    }
    for code in [1000, 1001, 1011, 3000, 4999] {
        let mut ours = Whole::connect(server.port(), Kind::Text).await.unwrap();
        let command = format!("close {code}");
        ours.send(&[command.as_bytes()]).await.unwrap();
        let reason = "grün 世界".to_owned();
        assert_eq!(ours.recv().await, Err(CloseReason::PeerClosedWith { code, reason }));
        assert_eq!(ours.close().await, Some(code));
        server.says(&format!("CLOSED {code}")).await;
    }
}

#[tokio::test]
async fn nodes_client_checks_our_server() {
    let Some(peers) = Peers::find() else { return };
    check_our_server(&peers, "websocket-client.js").await;
}

#[tokio::test]
async fn our_client_checks_nodes_server() {
    let Some(peers) = Peers::find() else { return };
    check_their_server(&peers, "websocket-server.js").await;
}

#[tokio::test]
async fn pythons_client_checks_our_server() {
    let Some(peers) = Peers::find_python() else { return };
    check_our_server(&peers, "websocket-client.py").await;
}

#[tokio::test]
async fn our_client_checks_pythons_server() {
    let Some(peers) = Peers::find_python() else { return };
    check_their_server(&peers, "websocket-server.py").await;
}
