//! Sessions that poll: their requests, their pages, their ends.

use std::time::Duration;

use connector::prelude::*;
use connector::protocol::session::Answer;
use connector::transport::Sio;
use connector::{CloseReason, Config, SioConnector};
use connector_tests::logs::Log;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tracing::Level;

use crate::http::{Http, Polling};
use crate::{Entry, Served, event, loopback};

#[tokio::test]
async fn several_requests_share_a_connection_and_a_session_several() {
    let served = Served::start().await;
    let mut one = Polling::open(served.address(), 4).await;
    let mut two = Polling::open(served.address(), 4).await;
    // A proxy mixes the requests of its clients.
    std::mem::swap(&mut one.http, &mut two.http);
    one.echoes().await;
    two.echoes().await;
    // Both heads at once.
    let (one, two) = (one.query, two.query);
    let mut http = Http::connect(served.address()).await;
    let post = |query: &str| {
        let event = event(9, "echo", "[]");
        let len = event.len();
        format!(
            "POST /socket.io?{query} HTTP/1.1\r\nHost: h\r\nContent-Length: {len}\r\n\r\n{event}"
        )
    };
    http.write(post(&one) + &post(&two)).await;
    for _ in 0..2 {
        assert_eq!(http.response().await.unwrap().body, "ok");
    }
    for query in [one, two] {
        assert_eq!(http.get(&query).await.body, r#"42["message","{\"id\":9,\"body\":[]}"]"#);
    }
}

#[tokio::test]
async fn a_poll_waits_until_there_is_something_and_takes_all_of_it() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    polling.http.send("GET", &polling.query, "", b"").await;
    let mut other = Http::connect(served.address()).await;
    let body = [event(0, "push", "[3,1]"), event(1, "echo", "1")].join("\u{1e}");
    assert_eq!(other.post(&polling.query, &body).await.body, "ok");
    let mut packets = String::new();
    while packets.matches("42[").count() < 4 {
        packets += &polling.http.response().await.unwrap().body;
        packets.push('\u{1e}');
        if packets.matches("42[").count() < 4 {
            polling.http.send("GET", &polling.query, "", b"").await;
        }
    }
    let numbers: Vec<&str> = packets.split("\\\"n\\\":").skip(1).map(|rest| &rest[..1]).collect();
    assert_eq!(numbers, ["0", "1", "2"]);
    assert!(packets.ends_with("{\\\"id\\\":1,\\\"body\\\":1}\"]\u{1e}"), "{packets}");
}

#[tokio::test]
async fn a_session_of_version_3_is_open_with_its_first_answer() {
    let served = Served::start().await;
    let mut http = Http::connect(served.address()).await;
    let opened = http.get("EIO=3&transport=polling&b64=1").await.body;
    assert!(opened.ends_with("2:40"), "{opened}");
    let mut polling = Polling::open(served.address(), 3).await;
    // A ping of the client's, and an event in the form of bytes.
    let event = event(5, "echo", "\"é\"");
    let mut body = vec![0, 1, 0xff, b'2', 0];
    body.extend(event.len().to_string().bytes().map(|digit| digit - b'0'));
    body.push(0xff);
    body.extend(event.as_bytes());
    let bytes = "Content-Type: application/octet-stream\r\n";
    polling.http.send("POST", &polling.query, bytes, &body).await;
    assert_eq!(polling.http.response().await.unwrap().body, "ok");
    let mut answers = String::new();
    while !answers.contains("42[") {
        answers += &polling.poll().await;
    }
    assert_eq!(answers, "1:346:42[\"message\",\"{\\\"id\\\":5,\\\"body\\\":\\\"\\u00e9\\\"}\"]");
}

#[tokio::test]
async fn pages_of_other_origins_are_told_what_they_may_read() {
    let served = Served::start().await;
    let mut http = Http::connect(served.address()).await;
    let query = "EIO=4&transport=polling";
    let origin = "Origin: https://game.example\r\n";
    http.send("GET", query, origin, b"").await;
    let head = http.response().await.unwrap().head;
    assert!(head.contains("Access-Control-Allow-Origin: https://game.example\r\n"), "{head}");
    assert!(head.contains("Access-Control-Allow-Credentials: true"), "{head}");
    let asks = format!("{origin}Access-Control-Request-Headers: x-token\r\n");
    http.send("OPTIONS", query, &asks, b"").await;
    let preflight = http.response().await.unwrap();
    assert_eq!(preflight.status, 204);
    assert!(preflight.head.contains("Access-Control-Allow-Headers: x-token"), "{preflight:?}");
    // What is refused can be read too.
    http.send("GET", "EIO=4&transport=polling&sid=x", origin, b"").await;
    let refused = http.response().await.unwrap();
    assert!(refused.head.contains("Access-Control-Allow-Origin: https"), "{refused:?}");
}

#[tokio::test]
async fn only_named_origins_may_poll() {
    let web = WebOptions::new().origins(["https://game.example"]).page("/", "text/html", "hello");
    let server = Server::builder()
        .connector(SioConnector::bind("127.0.0.1:0").web(web))
        .handler(Entry)
        .start()
        .await
        .unwrap();
    let address = loopback(&server);
    let ask = async |origin: &str| {
        let mut http = Http::connect(address).await;
        let origin = format!("Origin: {origin}\r\n");
        http.send("GET", "EIO=4&transport=polling", &origin, b"").await;
        http.response().await.unwrap()
    };
    assert_eq!(ask("https://game.example").await.status, 200);
    let other = ask("https://evil.example").await;
    assert_eq!((other.status, &*other.body), (403, r#"{"code":4,"message":"Forbidden"}"#));
    assert!(!other.head.contains("Access-Control"), "{other:?}");
    let mut http = Http::connect(address).await;
    http.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(http.response().await.unwrap().body, "hello", "a page of the port's own");
}

#[tokio::test]
async fn a_kick_is_in_front_of_the_end() {
    let served = Served::start().await;
    let mut polling = Polling::open(served.address(), 4).await;
    polling.http.send("GET", &polling.query, "", b"").await;
    let mut other = Http::connect(served.address()).await;
    other.post(&polling.query, event(0, "leave", "{}")).await;
    let last = polling.http.response().await.unwrap().body;
    let kick = r#"42["message","{\"route\":\"onKick\",\"reason\":\"gone\"}"]"#;
    let mut packets: Vec<String> = last.split('\u{1e}').map(str::to_owned).collect();
    while packets.last().unwrap() != "1" {
        packets.extend(polling.poll().await.split('\u{1e}').map(str::to_owned));
    }
    assert_eq!(packets, [kick, "41", "1"]);
    assert_eq!(served.reason().await, CloseReason::Kicked(Some("gone".into())));
}

#[tokio::test]
async fn a_stop_is_told_without_an_end_for_good() {
    let served = Served::with("127.0.0.1:0", |builder| builder.heartbeat(Duration::ZERO)).await;
    let mut polling = Polling::open(served.address(), 4).await;
    polling.http.send("GET", &polling.query, "", b"").await;
    let handle = served.server.handle();
    let stop = tokio::spawn(async move { handle.stop().await });
    let last = polling.http.response().await.unwrap();
    assert_eq!(last.body, "1", "the client may connect again by itself");
    stop.await.unwrap();
    assert!(polling.http.response().await.is_none(), "and the connection ends");
}

#[tokio::test]
async fn a_server_that_asks_its_clients_hears_that_these_are_not_asked() {
    for asks in [false, true] {
        let log = Log::here();
        let served = Served::with("127.0.0.1:0", |builder| match asks {
            true => builder.on_handshake(|_, _| async { Answer::Accept { user: None } }),
            false => builder,
        });
        let served = served.await;
        for _ in 0..2 {
            Polling::open(served.address(), 4).await.echoes().await;
        }
        let lines = log.take(Level::WARN);
        assert_eq!(lines.len(), usize::from(asks), "{lines:?}");
        let told = lines.iter().all(|line| line.contains("no handshake hook is asked"));
        assert!(told, "{lines:?}");
    }
}

#[tokio::test]
async fn beside_another_port_both_are_served() {
    let sio = Sio::beside().path("/live/");
    let web = WebOptions::new().page("/", "text/html", "hello").sio(&sio);
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0").web(web))
        .connector(SioConnector::bind(sio))
        .handler(Entry)
        .start()
        .await
        .unwrap();
    assert_eq!(server.addresses().len(), 1);
    let address = loopback(&server);
    for scheme in ["tcp", "ws"] {
        let client = connector::Client::connect(&format!("{scheme}://{address}")).await.unwrap();
        let answer: serde_json::Value = client
            .request("connector.entryHandler.echo", Json(serde_json::json!(7)))
            .await
            .unwrap();
        assert_eq!(answer, 7);
    }
    let mut http = Http::connect(address).await;
    http.write("GET /live?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(http.response().await.unwrap().body.starts_with("0{"));
    let mut page = Http::connect(address).await;
    page.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(page.response().await.unwrap().body, "hello");
    let url = format!("ws://{address}/live/?EIO=4&transport=websocket");
    let (mut socket, _) = connect_async(&url).await.unwrap();
    let open = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(open.starts_with("0{\"sid\":") && open.contains("\"upgrades\":[]"), "{open}");
    socket.send(Message::text("40")).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().into_text().unwrap().starts_with("40{"));
    socket.send(Message::text(event(1, "who", "{}"))).await.unwrap();
    let who = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(who.contains("\\\"transport\\\":\\\"socket.io\\\""), "{who}");
}

#[tokio::test]
async fn heartbeats_without_end_take_eleven_days() {
    let day = Duration::from_secs(60 * 60 * 24);
    for (interval, timeout, announced) in [
        (Duration::MAX, Duration::MAX, "\"pingInterval\":1000000000"),
        (day, Duration::MAX, "\"pingTimeout\":1000000000"),
    ] {
        let config = Config::new().heartbeat(interval).heartbeat_timeout(timeout);
        let connector = SioConnector::new("127.0.0.1:0", config);
        let server = Server::builder().connector(connector).handler(Entry).start().await.unwrap();
        let address = loopback(&server);
        let opened = Http::connect(address).await.get("EIO=4&transport=polling").await;
        assert!(opened.body.contains(announced), "{opened:?}");
        Polling::open(address, 4).await.echoes().await;
    }
}
