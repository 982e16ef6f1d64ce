//! Sessions that move from polling to a WebSocket.

use connector::CloseReason;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::http::{Http, Polling};
use crate::{Served, event};

#[tokio::test]
async fn a_session_moves_with_what_no_poll_has_taken() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let query = polling.query.replace("polling", "websocket");
    let url = format!("ws://{}/socket.io/?{query}", served.address());
    let (mut socket, _) = connect_async(&url).await.unwrap();
    socket.send(Message::text("2probe")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("3probe"));
    assert_eq!(polling.poll().await, "6", "a poll ends, so that the client can move");
    assert_eq!(polling.post(event(1, "echo", "1")).await.body, "ok");
    // All of this is one read for the server.
    for packet in ["5", &event(2, "echo", "2"), &event(3, "who", "{}")] {
        socket.feed(Message::text(packet)).await.unwrap();
    }
    socket.flush().await.unwrap();
    for id in 1..=3 {
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(text.starts_with(&format!("42[\"message\",\"{{\\\"id\\\":{id},")), "{text}");
    }
    let late = polling.http.get(&polling.query).await;
    assert_eq!(late.body, r#"{"code":1,"message":"Session ID unknown"}"#);
    assert_eq!(served.connections(), 1);
    socket.send(Message::text("41")).await.unwrap();
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn a_websocket_that_is_tried_out_in_vain_leaves_the_session_as_it_is() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let query = polling.query.replace("polling", "websocket");
    let url = format!("ws://{}/socket.io/?{query}", served.address());
    for packet in ["x", "2", "5"] {
        let (mut socket, _) = connect_async(&url).await.unwrap();
        socket.send(Message::text(packet)).await.unwrap();
        let closed = socket.next().await.unwrap().unwrap();
        assert!(matches!(closed, Message::Close(Some(_))), "{packet}: {closed:?}");
    }
    // One at a time, until it is given up.
    let (mut first, _) = connect_async(&url).await.unwrap();
    first.send(Message::text("2probe")).await.unwrap();
    first.next().await.unwrap().unwrap();
    assert!(connect_async(&url).await.is_err());
    first.close(None).await.unwrap();
    while first.next().await.is_some() {}
    polling.echoes().await;
    let unknown = url.replace("sid=", "sid=x");
    assert!(connect_async(&unknown).await.is_err());
}

/// Nobody polls them any more, and the WebSocket carries nothing before them.
#[tokio::test]
async fn answers_to_what_was_sent_before_are_bounded() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let mut other = Polling::open(served.address(), 4).await;
    let query = polling.query.replace("polling", "websocket");
    let url = format!("ws://{}/socket.io/?{query}", served.address());
    let (mut socket, _) = connect_async(&url).await.unwrap();
    socket.send(Message::text("2probe")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("3probe"));
    // Each is answered by seven times its bytes.
    let body = vec!["40/a"; 600_000].join("\u{1e}");
    let mut posting = Http::connect(served.address()).await;
    posting.send("POST", &polling.query, "", body.as_bytes()).await;
    while !polling.poll().await.contains("44/a,") {}
    socket.send(Message::text("5")).await.unwrap();
    let reason = served.reason().await;
    let CloseReason::SlowPeer { queued, limit } = reason else { panic!("{reason}") };
    assert_eq!(limit, 1 << 20);
    assert!((limit..limit + (64 << 10)).contains(&queued), "{queued}");
    other.echoes().await;
}
