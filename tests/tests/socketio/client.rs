//! Our client: to our server, to a released pomelo server with its sioconnector, and to a
//! released socket.io 4.8.4.

use std::time::Duration;

use connector::client::Reconnect;
use connector::codec::SioCodec;
use connector::prelude::*;
use connector::transport::SioDialer;
use connector::{Client, CloseReason, Dial, SioSocket};
use connector_tests::peer::Peers;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::by_hand::{self, Framing, Polled};
use crate::{PATIENCE, Served};

pub(crate) const ECHO: &str = "connector.entryHandler.echo";

/// A dialer for each transport, by the name of where it ends.
pub(crate) fn dialers() -> [(&'static str, SioDialer); 3] {
    let dialer = SioDialer::new;
    [("websocket", dialer()), ("polling", dialer().polling()), ("websocket", dialer().upgrade())]
}

pub(crate) async fn connect(dialer: SioDialer, url: &str) -> Client {
    let builder = Client::builder().codec(SioCodec).reconnect(Reconnect::never());
    let connected = builder.connect_by(dialer.socket::<SioSocket>(), url);
    timeout(PATIENCE, connected).await.unwrap().unwrap()
}

/// Bodies of every kind come back, one hundred at once, and long ones.
async fn talks(client: &Client) {
    let echoes = (0..100).map(async |n| {
        let body = json!({ "n": n, "text": "é世\"\\\n€".repeat(n) });
        let answer: Value = client.request(ECHO, Json(&body)).await.unwrap();
        assert_eq!(answer, body);
    });
    join_all(echoes).await;
    let long = json!({ "text": "世".repeat(100_000) });
    let answer: Value = client.request(ECHO, Json(&long)).await.unwrap();
    assert!(answer == long);
}

/// Pushes arrive in their order, behind a request for so many.
async fn pushes(client: &Client, route: &str, body: Value, n: usize, name: &str) {
    let mut pushes = client.pushes::<Value>("onPush");
    client.notify(route, Json(body)).await.unwrap();
    for seq in 0..n {
        let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(push[name], json!(seq));
    }
}

/// Notifies, a name, what there is not, and a channel of two, with the routes of the `echo`
/// example.
async fn converses([one, two]: [&Client; 2], server: &str) {
    let ask = async |client: &Client, method: &str, body: Value| -> Value {
        let route = format!("connector.entryHandler.{method}");
        let answer = client.request(&route, Json(body));
        timeout(PATIENCE, answer).await.unwrap().unwrap()
    };
    for n in 0..5 {
        one.notify("connector.entryHandler.notify", Json(json!({ "n": n }))).await.unwrap();
    }
    let counted = ask(one, "count", json!({})).await;
    assert_eq!((&counted["count"], &counted["last"]["n"]), (&json!(5), &json!(4)), "{server}");
    // Pomelo's channels have users.
    for (client, name) in [(one, "ann"), (two, "bob")] {
        let uid = json!({ "uid": format!("{name} at {server}") });
        assert_eq!(ask(client, "bind", uid).await["code"], 200);
    }
    assert_eq!(ask(one, "bind", json!({ "uid": "eve" })).await["code"], 500);
    assert_eq!(ask(one, "noSuchMethod", json!({})).await["code"], 500);
    let channel = json!({ "channel": server });
    let mut heard = [one, two].map(|client| client.pushes::<Value>("onChannel"));
    for client in [one, two] {
        ask(client, "join", channel.clone()).await;
    }
    ask(two, "say", json!({ "channel": server, "text": "é世" })).await;
    for pushes in &mut heard {
        let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(push["text"], "é世", "{server}");
    }
}

#[tokio::test]
async fn it_talks_to_our_server_over_each_transport() {
    let served = Served::start().await;
    let url = format!("http://{}", served.address());
    for (_, dialer) in dialers() {
        for dialer in [dialer.clone(), dialer.engine_io_3()] {
            let client = connect(dialer, &url).await;
            talks(&client).await;
            let body = json!([30, 1000]);
            pushes(&client, "connector.entryHandler.push", body, 30, "n").await;
            client.notify("connector.entryHandler.leave", Json(json!({}))).await.unwrap();
            let ended = timeout(PATIENCE, client.closed()).await.unwrap();
            assert_eq!(ended, CloseReason::Kicked(Some("gone".into())));
            assert_eq!(served.reason().await, CloseReason::Kicked(Some("gone".into())));
        }
    }
}

#[tokio::test]
async fn its_end_is_the_servers() {
    let served = Served::start().await;
    let url = format!("http://{}", served.address());
    for (_, dialer) in dialers() {
        let client = connect(dialer, &url).await;
        talks(&client).await;
        client.close().await;
        assert_eq!(served.reason().await, CloseReason::PeerClosed);
    }
    for (_, dialer) in dialers() {
        let client = connect(dialer, &url).await;
        drop(client);
        assert_eq!(served.reason().await, CloseReason::PeerClosed);
    }
}

#[tokio::test]
async fn heartbeats_of_each_version_keep_it_open() {
    let heartbeat = |builder: ServerBuilder| builder.heartbeat(Duration::from_secs(1));
    let served = Served::with("127.0.0.1:0", heartbeat).await;
    let url = format!("ws://{}", served.address());
    let clients = dialers().map(async |(_, dialer)| {
        for dialer in [dialer.clone(), dialer.engine_io_3()] {
            let client = connect(dialer, &url).await;
            // The server ends it after two.
            let ended = timeout(Duration::from_millis(3_500), client.closed()).await;
            assert!(ended.is_err(), "{ended:?}");
            talks(&client).await;
        }
    });
    join_all(clients).await;
}

#[tokio::test]
async fn it_connects_again_to_a_server_that_has_come_back() {
    let served = Served::start().await;
    let address = served.address();
    let reconnect = Reconnect::new().first_wait(Duration::from_millis(20));
    let builder = Client::builder().codec(SioCodec).reconnect(reconnect);
    let dialer = SioDialer::new().upgrade().socket::<SioSocket>();
    let client = builder.connect_by(dialer, &format!("http://{address}")).await.unwrap();
    talks(&client).await;
    served.server.handle().stop().await;
    drop(served);
    let served = Served::with(address, |builder| builder.heartbeat(Duration::ZERO)).await;
    timeout(PATIENCE, talks(&client)).await.unwrap();
    assert_eq!(served.connections(), 1);
}

#[tokio::test]
async fn who_does_not_speak_socket_io_is_told_by_name() {
    let server = Server::builder().connector(WebSocketConnector::bind("127.0.0.1:0"));
    let server = server.start().await.unwrap();
    let url = format!("http://{}", server.addresses()[0]);
    let error = async |dialer: SioDialer, wait: Duration| {
        let builder = Client::builder().codec(SioCodec).reconnect(Reconnect::never());
        let builder = builder.connect_timeout(wait);
        let connected = builder.connect_by(dialer.socket::<SioSocket>(), &url).await;
        connected.map(|_| ()).unwrap_err().to_string()
    };
    let polling = error(SioDialer::new().polling(), PATIENCE).await;
    assert!(polling.contains("HTTP status 426"), "{polling}");
    // It speaks, but never of Engine.IO.
    let websocket = error(SioDialer::new(), Duration::from_secs(2)).await;
    assert!(websocket.contains("open"), "{websocket}");
}

#[tokio::test]
async fn a_refusal_of_polls_is_told_by_its_status_and_text() {
    let refused = async |framing: &str, body: &str| {
        let head = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\n";
        let url = by_hand::refuse(format!("{head}{framing}\r\n{body}")).await;
        let builder = Client::builder().codec(SioCodec).reconnect(Reconnect::never());
        let dialer = SioDialer::new().polling().socket::<SioSocket>();
        let connected = timeout(PATIENCE, builder.connect_by(dialer, &url)).await.unwrap();
        connected.map(|_| ()).unwrap_err().to_string()
    };
    for (framing, body) in [
        ("Content-Length: 4\r\n", "down"),
        ("Transfer-Encoding: chunked\r\n", "4\r\ndown\r\n0\r\n\r\n"),
        ("", "down"),
    ] {
        let error = refused(framing, body).await;
        assert!(error.contains("HTTP status 502 Bad Gateway: \"down\""), "{framing}: {error}");
    }
    let long = "x".repeat(1 << 20);
    let error = refused("Content-Length: 1048576\r\n", &long).await;
    assert!(error.contains("HTTP status 502 Bad Gateway: \"xxx"), "{error}");
}

#[tokio::test]
async fn a_connection_that_the_server_gives_up_carries_no_further_request() {
    for head in ["HTTP/1.1 200 OK\r\nConnection: close", "HTTP/1.0 200 OK"] {
        assert_eq!(polled(head, Framing::Length).await, 7, "{head}");
    }
}

#[tokio::test]
async fn bodies_of_polls_come_in_chunks_or_to_the_end_of_the_stream() {
    for (head, framing) in [
        ("HTTP/1.1 200 OK\r\nConnection: close", Framing::Chunks),
        ("HTTP/1.1 200 OK", Framing::Stream),
        ("HTTP/1.0 200 OK", Framing::Stream),
    ] {
        assert_eq!(polled(head, framing).await, 7, "{head}, {framing:?}");
    }
}

/// Asks a server that answers polls in this way, each on a new connection.
async fn polled(head: &'static str, framing: Framing) -> Value {
    let server = Polled::serve(head, framing).await;
    let client = connect(SioDialer::new().polling(), &server.url()).await;
    let answer = client.request::<Value>("a.b.c", Json(json!({})));
    timeout(PATIENCE, answer).await.expect("it connects anew").unwrap()
}

#[tokio::test]
async fn it_talks_to_pomelos_sioconnector() {
    let Some(peers) = Peers::find() else { return };
    let arguments = ["--connector", "sio", "--heartbeat", "0"];
    let pomelo = peers.serve("pomelo-server.js", &arguments).await;
    let url = format!("http://127.0.0.1:{}", pomelo.port());
    for (n, (_, dialer)) in dialers().into_iter().enumerate() {
        let client = connect(dialer.engine_io_3(), &url).await;
        talks(&client).await;
        let body = json!({ "n": 30, "text": "é世" });
        let route = "connector.entryHandler.push";
        let mut pushes = client.pushes::<Value>("onPush");
        let answer: Value = client.request(route, Json(body)).await.unwrap();
        assert_eq!(answer, json!({ "code": 200 }));
        for seq in 0..30 {
            let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
            assert_eq!((&push["seq"], &push["text"]), (&json!(seq), &json!("é世")));
        }
        let other = connect(dialers()[0].1.clone().engine_io_3(), &url).await;
        converses([&client, &other], &format!("pomelo {n}")).await;
        let kick = Json(json!({ "reason": "enough 世" }));
        let _: Value = client.request("connector.entryHandler.kick", kick).await.unwrap();
        let kicked = timeout(PATIENCE, client.closed()).await.unwrap();
        assert_eq!(kicked, CloseReason::Kicked(Some("enough 世".into())));
    }
}

#[tokio::test]
async fn it_talks_to_a_released_socket_io_4() {
    let Some(peers) = Peers::find() else { return };
    let server = peers.serve("socketio-server.js", &[]).await;
    let url = format!("http://127.0.0.1:{}", server.port());
    for (n, (transport, dialer)) in dialers().into_iter().enumerate() {
        let client = connect(dialer, &url).await;
        // Longer than a heartbeat, and until it has moved.
        let moved = async {
            loop {
                let over: Value = client.request("a.b.transport", Json(json!({}))).await.unwrap();
                if over == transport {
                    return;
                }
            }
        };
        timeout(PATIENCE, moved).await.unwrap();
        talks(&client).await;
        pushes(&client, "a.b.push", json!({ "n": 30, "text": "世" }), 30, "seq").await;
        pushes(&client, "a.b.batch", json!({ "n": 5 }), 5, "seq").await;
        let ended = timeout(Duration::from_secs(1), client.closed()).await;
        assert!(ended.is_err(), "its pings are answered: {ended:?}");
        talks(&client).await;
        let other = connect(dialers()[0].1.clone(), &url).await;
        converses([&client, &other], &format!("socket.io {n}")).await;
        let kick = Json(json!({ "reason": "enough" }));
        let _: Value = client.request("a.b.kick", kick).await.unwrap();
        let kicked = timeout(PATIENCE, client.closed()).await.unwrap();
        assert_eq!(kicked, CloseReason::Kicked(Some("enough".into())));
    }
}
