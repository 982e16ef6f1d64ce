//! A session of pomelo's over the channel of a child process, which is this test program.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::LONG;
use super::game::handler;
use crate::client::{Client, ConnectionState, Reconnect};
use crate::codec::PomeloCodec;
use crate::connector::{Accept, Dial};
use crate::server::Server;
use crate::transport::{ChildProcess, ParentStream, Stream};
use crate::{Address, Json, Peer, TcpSocket};

/// Set in a child.
const CHILD: &str = "CONNECTOR_TEST_GAME";

/// What runs in a child. Elsewhere it does nothing.
#[tokio::test]
async fn in_a_child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let (game, mut notified) = handler();
    let server = Server::builder().handler(game).without_connectors().start().await.unwrap();
    let parent = Stream::from(ParentStream::ipc().unwrap());
    let socket = TcpSocket::accept(parent, Peer::new("parent", Address::Unnamed));
    server.handle().serve_connection(socket, PomeloCodec);
    // Until the parent ends it, or a note does.
    if notified.recv().await.is_some() {
        std::process::exit(4);
    }
}

#[tokio::test]
async fn a_session_over_a_child_process_survives_its_death() {
    let program = std::env::current_exe().unwrap();
    let child = ChildProcess::new(program)
        .args(["client::tests::children::in_a_child", "--exact", "--nocapture"])
        .env(CHILD, "1")
        .exit_wait(Duration::ZERO)
        .ipc();
    let policy = Reconnect::new().first_wait(Duration::from_millis(10));
    let dialer = child.socket::<TcpSocket>();
    let client = Client::builder().reconnect(policy).connect_by(dialer, "").await.unwrap();
    assert_eq!(client.peer().transport, "child");
    let body = json!({ "text": "x".repeat(300_000) });
    let answer: Value = client.request("game.main.echo", Json(&body)).await.unwrap();
    assert!(answer == body);

    let mut states = client.states();
    client.notify("game.main.note", Json(json!(1))).await.unwrap();
    let lost = loop {
        let state = timeout(LONG, states.next()).await.unwrap().unwrap();
        if let ConnectionState::Lost { reason, .. } = state {
            break reason;
        }
    };
    assert_eq!(lost.to_string(), "the process exited with code 4");
    let answer: Value = client.request("game.main.echo", Json(json!(7))).await.unwrap();
    assert_eq!(answer, 7);
    timeout(LONG, client.close()).await.unwrap();
}
