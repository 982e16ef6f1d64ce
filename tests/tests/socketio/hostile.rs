//! Clients that break the protocol, or cost more than they may. Others notice nothing.

use std::time::Duration;

use connector::CloseReason;
use connector::prelude::*;
use connector::transport::Sio;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::http::{Http, Polling};
use crate::{PATIENCE, Served, event};

/// Returns the text of a session's end for what its client has done.
async fn malformed(served: &Served) -> String {
    match served.reason().await {
        CloseReason::Malformed(what) => what,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn requests_are_refused_with_the_codes_of_engine_io() {
    let served = Served::start().await;
    let ask = async |method: &str, query: &str| {
        let mut http = Http::connect(served.address()).await;
        http.send(method, query, "", b"").await;
        let response = http.response().await.unwrap();
        let code: serde_json::Value = serde_json::from_str(&response.body).unwrap();
        assert!(http.response().await.is_none(), "the connection ends");
        (response.status, code["code"].as_u64().unwrap())
    };
    assert_eq!(ask("GET", "EIO=4").await, (400, 0));
    assert_eq!(ask("GET", "EIO=4&transport=polling&sid=guessed").await, (400, 1));
    assert_eq!(ask("POST", "EIO=4&transport=polling&sid=guessed").await, (400, 1));
    assert_eq!(ask("POST", "EIO=4&transport=polling").await, (400, 2));
    assert_eq!(ask("GET", "EIO=4&transport=websocket").await, (400, 3));
    assert_eq!(ask("GET", "EIO=3&transport=polling&j=0").await, (400, 3));
    assert_eq!(ask("GET", "EIO=5&transport=polling").await, (400, 5));
    let polling = Polling::open(served.address(), 4).await;
    assert_eq!(ask("PUT", &polling.query).await, (400, 3));
    let other_version = polling.query.replace("EIO=4", "EIO=3");
    assert_eq!(ask("GET", &other_version).await, (400, 3));
    let url = format!("ws://{}/elsewhere", served.address());
    assert!(connect_async(url).await.is_err());
    let left = async {
        while served.connections() > 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, left).await.expect("that of the only session is left");
}

#[tokio::test]
async fn two_polls_at_once_end_their_session_and_no_other() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let mut other = Polling::open(served.address(), 4).await;
    polling.http.send("GET", &polling.query, "", b"").await;
    let mut second = Http::connect(served.address()).await;
    // Either may be the first.
    second.send("GET", &polling.query, "", b"").await;
    let answers = [polling.http.response().await.unwrap(), second.response().await.unwrap()];
    let refused = answers.iter().filter(|answer| answer.body.contains("waits already"));
    assert_eq!(refused.count(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|answer| answer.status == 400 || answer.body == "41"),
        "{answers:?}"
    );
    assert!(malformed(&served).await.contains("wait at once"));
    other.echoes().await;
}

#[tokio::test]
async fn two_bodies_at_once_end_their_session() {
    let served = Served::start().await;
    let polling = Polling::open(served.address(), 4).await;
    let mut first = Http::connect(served.address()).await;
    let query = &polling.query;
    let half =
        format!("POST /socket.io/?{query} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n4");
    first.write(half).await;
    // The head was read when its connection has answered what it asks for.
    let mut second = Http::connect(served.address()).await;
    let expects = "Expect: 100-continue\r\n";
    second.send("POST", query, expects, b"").await;
    let mut status = second.response().await.unwrap().status;
    if status == 100 {
        // It was the first; the other one is refused.
        status = first.response().await.unwrap().status;
    }
    assert_eq!(status, 400);
    assert!(malformed(&served).await.contains("two bodies"));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    let limits = Limits { package: 1000, ..Limits::default() };
    let served = Served::with("127.0.0.1:0", |builder| builder.limits(limits)).await;
    let mut polling = Polling::open(served.address(), 4).await;
    let mut other = Polling::open(served.address(), 4).await;
    let head = format!(
        "POST /socket.io/?{} HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999\r\n\r\n",
        polling.query
    );
    polling.http.write(head).await;
    let refused = polling.http.response().await.unwrap();
    assert_eq!((refused.status, &*refused.body), (413, "a body may have 4024 bytes"));
    assert!(polling.http.response().await.is_none());
    let reason = served.reason().await;
    assert_eq!(reason, CloseReason::TooLarge { size: 999_999_999_999, limit: 4024 });
    // A message that is too long by itself, in a body that is not.
    let mut third = Polling::open(served.address(), 4).await;
    third.post(event(1, "echo", &format!("\"{}\"", "x".repeat(1000)))).await;
    assert!(matches!(served.reason().await, CloseReason::TooLarge { limit: 1000, .. }));
    other.echoes().await;
}

#[tokio::test]
async fn a_package_or_frame_that_is_too_long_ends_its_websocket() {
    let limits = Limits { package: 1000, ..Limits::default() };
    let served = Served::with("127.0.0.1:0", |builder| builder.limits(limits)).await;
    let mut other = Polling::open(served.address(), 4).await;
    // The route and what is in front of it have 32 bytes, the quotes two.
    let echo = |size: usize| event(1, "echo", &format!("\"{}\"", "x".repeat(size - 34)));
    let connect = async || {
        let url = format!("ws://{}/socket.io/?EIO=3&transport=websocket", served.address());
        let (mut socket, _) = connect_async(&url).await.unwrap();
        for _ in ["the opening", "the namespace"] {
            socket.next().await.unwrap().unwrap();
        }
        socket
    };
    let mut socket = connect().await;
    socket.send(Message::text(echo(1000))).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("xxx"));
    socket.send(Message::text(echo(1001))).await.unwrap();
    assert_eq!(served.reason().await, CloseReason::TooLarge { size: 1001, limit: 1000 });
    let mut socket = connect().await;
    socket.send(Message::text("x".repeat(4025))).await.unwrap();
    assert_eq!(served.reason().await, CloseReason::TooLarge { size: 4025, limit: 1000 });
    other.echoes().await;
}

#[tokio::test]
async fn an_event_may_come_in_pieces() {
    let served = Served::start().await;
    let url = format!("ws://{}/socket.io/?EIO=3&transport=websocket", served.address());
    let (mut socket, _) = connect_async(&url).await.unwrap();
    for _ in ["the opening", "the namespace"] {
        socket.next().await.unwrap().unwrap();
    }
    let event = event(1, "echo", "\"in pieces\"");
    let (first, rest) = event.split_at(9);
    let (second, third) = rest.split_at(40);
    let piece = |piece: &str, kind, is_last| {
        let piece = piece.as_bytes().to_vec();
        Message::Frame(Frame::message(piece, OpCode::Data(kind), is_last))
    };
    socket.send(piece(first, Data::Text, false)).await.unwrap();
    socket.send(Message::Ping(b"are you there"[..].into())).await.unwrap();
    socket.send(piece(second, Data::Continue, false)).await.unwrap();
    socket.send(piece(third, Data::Continue, true)).await.unwrap();
    let pong = socket.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong(b"are you there"[..].into()));
    let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(answer.contains("in pieces"), "{answer}");
}

/// What was not read of it does not throw the response away.
#[tokio::test]
async fn the_sender_of_a_long_body_reads_why_it_was_refused() {
    let limits = Limits { package: 1000, ..Limits::default() };
    let served = Served::with("127.0.0.1:0", |builder| builder.limits(limits)).await;
    let mut polling = Polling::open(served.address(), 4).await;
    polling.http.send("POST", &polling.query, "", &vec![b'x'; 1 << 20]).await;
    assert_eq!(polling.http.response().await.unwrap().status, 413);
    assert!(polling.http.response().await.is_none());
}

#[tokio::test]
async fn a_body_on_its_way_ends_with_its_session() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let head = format!("POST /socket.io/?{} HTTP/1.1\r\nHost: h\r\n", polling.query);
    polling.http.write(format!("{head}Content-Length: 1000\r\n\r\n42[\"mess")).await;
    served.server.handle().sessions()[0].kick(None);
    assert_eq!(polling.http.response().await.unwrap().status, 400);
}

#[tokio::test]
async fn bodies_on_their_way_are_bounded_together() {
    let served = Served::start().await;
    let mut other = Polling::open(served.address(), 4).await;
    let mut refused = 0;
    let mut all = Vec::new();
    for _ in 0..30 {
        let mut polling = Polling::open(served.address(), 4).await;
        let head = format!("POST /socket.io/?{} HTTP/1.1\r\nHost: h\r\n", polling.query);
        polling.http.write(format!("{head}Content-Length: 3000000\r\n\r\n")).await;
        // All but the last byte. It fails where the server has ended the connection.
        match polling.http.try_write(&vec![b'x'; 2_999_999]).await {
            Ok(()) => all.push(polling),
            Err(_) => refused += 1,
        }
    }
    let responses = all.iter_mut().map(|polling| polling.http.response());
    let mut responses: FuturesUnordered<_> = responses.collect();
    // 64 MiB, and what fits in the last of them.
    while refused < 6 {
        if let Some(response) = responses.next().await.unwrap() {
            assert_eq!(response.status, 503, "{response:?}");
        }
        refused += 1;
    }
    other.echoes().await;
    while let Some(Some(_)) = responses.next().now_or_never() {
        refused += 1;
    }
    assert!(refused <= 8, "{refused} of 30");
}

#[tokio::test]
async fn a_body_has_a_length_that_its_head_tells() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let chunked = "Transfer-Encoding: chunked\r\n";
    polling.http.send("POST", &polling.query, chunked, b"1\r\n2\r\n0\r\n\r\n").await;
    assert_eq!(polling.http.response().await.unwrap().status, 411);
    // Nothing of it was read, and the session goes on.
    polling.http = Http::connect(served.address()).await;
    polling.echoes().await;
}

#[tokio::test]
async fn each_damaged_body_ends_its_session_by_name() {
    let served = Served::start().await;
    let mut other = Polling::open(served.address(), 4).await;
    for (version, body, problem) in [
        (4, "", "empty packet"),
        (4, "\u{1e}", "empty packet"),
        (4, "9", "a type from 0 to 6"),
        (4, "2", "a ping from the side"),
        (4, "0{}", "out of its turn"),
        (4, "42{\"message\":1}", "not a JSON array"),
        (4, "42[\"message\",1]", "does not carry a text"),
        (4, "451-[\"message\",{\"_placeholder\":true,\"num\":0}]", "bytes attached"),
        (4, "4599-[\"x\"]", "more than 64 attachments"),
        (4, "bAAAA", "no event has announced"),
        (4, "452-[\"x\"]\u{1e}bAAAA\u{1e}42[\"y\"]", "in the place of an attachment"),
        (3, "4:2", "ends within a packet"),
        (3, "x:2", "without its length"),
        (3, "7:4世界", "ends within a packet"),
        (3, "3", "without its length"),
    ] {
        let mut polling = Polling::open(served.address(), version).await;
        polling.post(body).await;
        let reason = malformed(&served).await;
        assert!(reason.contains(problem), "{body}: {reason}");
        let late = polling.post("2").await;
        assert_eq!(late.body, r#"{"code":1,"message":"Session ID unknown"}"#, "{body}");
    }
    other.echoes().await;
}

#[tokio::test]
async fn each_damaged_packet_over_websocket_ends_its_session_by_name() {
    let served = Served::start().await;
    let mut other = Polling::open(served.address(), 4).await;
    let url = format!("ws://{}/socket.io/?EIO=3&transport=websocket", served.address());
    for (packet, problem) in [
        (Message::text(""), "a type from 0 to 6"),
        (Message::text("5"), "out of its turn"),
        (Message::text("3"), "sends no pings"),
        (Message::text("42[\"message\",\"x"), "does not end"),
        (Message::text("42[\"message\",\"x\",]"), "an event of socket.io"),
        (Message::text("42[\"message\",\"\"]"), "its first five characters"),
        (Message::binary(&b"\x04bytes"[..]), "no event has announced"),
    ] {
        let (mut socket, _) = connect_async(&url).await.unwrap();
        socket.send(packet.clone()).await.unwrap();
        let reason = malformed(&served).await;
        assert!(reason.contains(problem), "{packet}: {reason}");
        while let Some(Ok(message)) = socket.next().await {
            assert!(!message.is_binary());
        }
    }
    other.echoes().await;
}

#[tokio::test]
async fn a_client_that_does_not_come_back_is_noticed() {
    let heartbeat = |builder: ServerBuilder| builder.heartbeat(Duration::from_secs(1));
    let served = Served::with("127.0.0.1:0", heartbeat).await;
    for version in [3, 4] {
        // It keeps its connection.
        let _polling = Polling::open(served.address(), version).await;
        assert_eq!(served.reason().await, CloseReason::HeartbeatTimeout, "{version}");
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_polls_has_left() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    polling.http.send("GET", &polling.query, "", b"").await;
    drop(polling);
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn a_session_that_never_connects_its_namespace_does_not_open() {
    let limits = Limits { handshake: Duration::from_secs(1), ..Limits::default() };
    let served = Served::with("127.0.0.1:0", |builder| builder.limits(limits)).await;
    let mut http = Http::connect(served.address()).await;
    let query = "EIO=4&transport=polling";
    let opened = http.get(query).await.body;
    let sid = opened.split('"').nth(3).unwrap().to_owned();
    let query = format!("{query}&sid={sid}");
    assert_eq!(http.get(&query).await.body, "1", "it is told at the end of the second");
    assert_eq!(http.get(&query).await.status, 400);
    // Events in front of it are not for the application.
    let opened = Http::connect(served.address()).await.get("EIO=4&transport=polling").await.body;
    let sid = opened.split('"').nth(3).unwrap().to_owned();
    let query = format!("EIO=4&transport=polling&sid={sid}");
    let mut http = Http::connect(served.address()).await;
    http.post(&query, event(1, "echo", "1")).await;
    assert_ne!(http.get(&query).await.body, "", "the end");
    assert_eq!(served.reasons.lock().unwrap().len(), 0, "no session was open");
}

#[tokio::test]
async fn a_client_that_never_polls_holds_what_the_limits_allow() {
    let limits = Limits { queued: 64 << 10, ..Limits::default() };
    let served = Served::with("127.0.0.1:0", |builder| builder.limits(limits)).await;
    let mut polling = Polling::open(served.address(), 4).await;
    let mut other = Polling::open(served.address(), 4).await;
    for _ in 0..4 {
        if polling.post(event(0, "push", "[50,10000]")).await.status != 200 {
            break;
        }
    }
    assert!(matches!(served.reason().await, CloseReason::SlowPeer { .. }));
    other.echoes().await;
}

#[tokio::test]
async fn a_body_of_packets_with_long_answers_is_taken_as_they_are_polled() {
    const PACKETS: usize = 600_000;
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    let mut other = Polling::open(served.address(), 4).await;
    let body = vec!["40/a"; PACKETS].join("\u{1e}");
    let mut posting = Http::connect(served.address()).await;
    posting.send("POST", &polling.query, "", body.as_bytes()).await;
    let mut answers = 0;
    while answers < PACKETS {
        let body = polling.poll().await;
        assert!(body.len() < 300 << 10, "{}", body.len());
        answers += body.split('\u{1e}').filter(|packet| packet.starts_with("44/a,")).count();
    }
    assert_eq!(answers, PACKETS);
    assert_eq!(posting.response().await.unwrap().body, "ok");
    polling.echoes().await;
    other.echoes().await;
}

#[tokio::test]
async fn connections_that_carry_requests_are_counted() {
    let sio = Sio::from("127.0.0.1:0").connections(2, 2);
    let served = Served::with(sio, |builder| builder).await;
    let mut first = Polling::open(served.address(), 4).await;
    let second = Http::connect(served.address()).await;
    first.echoes().await;
    let mut third = Http::connect(served.address()).await;
    assert!(third.response().await.is_none(), "there are two");
    drop(second);
    // The place is free when the end was read.
    loop {
        let mut http = Http::connect(served.address()).await;
        http.send("GET", "EIO=4&transport=polling&sid=x", "", b"").await;
        if http.response().await.is_some() {
            break;
        }
    }
    first.echoes().await;
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let served = Served::start().await;
    let mut http = Http::connect(served.address()).await;
    http.write(format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000))).await;
    assert_eq!(http.response().await.unwrap().status, 431);
    assert!(http.response().await.is_none());
}
