//! Limits of what comes in.

use std::net::SocketAddr;

use connector::client::{ConnectError, Reconnect, RequestError};
use connector::prelude::*;
use connector::session::BindError;
use connector::transport::{ProxyProtocol, Stream, Tcp};
use connector::{Limit, TcpSocket};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn handshake() {
    for dry_run in BOTH {
        let handshake = Duration::from_millis(200);
        let trial = Trial::start(Limits { handshake, dry_run, ..Limits::default() }).await;
        let mut silent = trial.pipe("10.0.0.1:1", 1024);
        let started = Instant::now();
        trial.counted.until_reached(Limit::Handshake).await;
        assert!((handshake..2 * handshake).contains(&started.elapsed()), "{started:?}");
        if dry_run {
            silent.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
            assert_eq!(silent.read_u8().await.unwrap(), 1);
        } else {
            assert_eq!(silent.read(&mut [0; 64]).await.unwrap(), 0);
        }
        assert_eq!(trial.counted.closed("handshake_timeout"), f64::from(!dry_run));
        assert_eq!(trial.counted.reached(Limit::Handshake), 1.0);
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn handshake_behind_a_proxy_that_sends_half_a_header() {
    let limits = Limits { handshake: Duration::from_millis(200), ..Limits::default() };
    let trial = Trial::start(limits).await;
    let (mut silent, far) = tokio::io::duplex(1024);
    let proxy = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
    let peer = Peer::new("memory", SocketAddr::from(([127, 0, 0, 1], 1)));
    let socket = TcpSocket::accept(Stream::new(far).opener(proxy), peer);
    trial.handle().serve_connection(socket, PomeloCodec);
    silent.write_all(b"PROXY TCP4 203.0.113.1 ").await.unwrap();
    trial.counted.until_reached(Limit::Handshake).await;
    assert_eq!(trial.counted.closed("handshake_timeout"), 1.0);
    trial.end().await;
}

/// Long packages that no handshake is in take no turn of those in which one is.
#[tokio::test(start_paused = true)]
async fn long_packages_before_a_handshake_keep_nobody_waiting() {
    let trial = Trial::start(Limits::default()).await;
    let mut strangers = Vec::new();
    for number in 0..3 {
        let mut stranger = trial.pipe(&format!("10.0.0.{number}:1"), 64 * 1024);
        // Data before the handshake, which is ignored.
        let mut package = vec![4, 0, 0x20, 0];
        package.resize(package.len() + 0x2000, 0);
        stranger.write_all(&package).await.unwrap();
        strangers.push(stranger);
    }
    let started = tokio::time::Instant::now();
    let mut near = trial.pipe("10.0.1.1:1", 64 * 1024);
    let text = json!({ "sys": {}, "user": "x".repeat(6_000) }).to_string();
    let mut package = vec![1];
    package.extend_from_slice(&(text.len() as u32).to_be_bytes()[1..]);
    package.extend_from_slice(text.as_bytes());
    near.write_all(&package).await.unwrap();
    assert_eq!(near.read_u8().await.unwrap(), 1);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    drop(strangers);
    trial.end().await;
}

#[tokio::test]
async fn handshake_body() {
    for dry_run in BOTH {
        let trial =
            Trial::start(Limits { handshake_body: 400, dry_run, ..Limits::default() }).await;
        drop(trial.client().await);
        assert_eq!(trial.counted.reached(Limit::HandshakeBody), 0.0);
        let long = Client::builder().user(json!("x".repeat(600))).connect(&trial.url).await;
        match long {
            Ok(_) => assert!(dry_run),
            Err(ConnectError::Closed(reason)) => assert_eq!(reason, CloseReason::Refused(500)),
            Err(error) => panic!("{error}"),
        }
        trial.counted.until_reached(Limit::HandshakeBody).await;
        assert_eq!(trial.counted.closed("too_large"), f64::from(!dry_run));
        let longer = Client::builder().user(json!("x".repeat(6_000))).connect(&trial.url).await;
        assert!(longer.is_err(), "it ends somewhere");
        trial.end().await;
    }
}

#[tokio::test]
async fn handshake_body_that_is_only_announced() {
    let trial = Trial::start(Limits::default()).await;
    let mut eager = TcpStream::connect(&trial.url["tcp://".len()..]).await.unwrap();
    // A mebibyte, as any later package may have.
    eager.write_all(b"\x01\x10\x00\x00{").await.unwrap();
    // It is told that before the end.
    let mut heard = Vec::new();
    eager.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"\x01\x00\x00\x0c{\"code\":500}");
    // It is counted once it is gone, and the server waits for that.
    drop(eager);
    trial.counted.until_reached(Limit::HandshakeBody).await;
    trial.end().await;
}

#[tokio::test]
async fn package() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { package: 512, dry_run, ..Limits::default() }).await;
        let client = trial.client().await;
        trial.echoes(&client).await;
        assert_eq!(trial.counted.reached(Limit::Package), 0.0);
        let text = "x".repeat(1_000);
        let echo = client.request::<Json<String>>("test.gateHandler.echo", Json(&text)).await;
        if dry_run {
            assert_eq!(echo.unwrap().0, text);
        } else {
            assert!(matches!(echo, Err(RequestError::Closed(_))), "{echo:?}");
            assert!(matches!(trial.reason().await, CloseReason::TooLarge { limit: 512, .. }));
            assert_eq!(trial.counted.closed("too_large"), 1.0);
        }
        assert_eq!(trial.counted.reached(Limit::Package), 1.0);
        trial.end().await;
    }
}

#[tokio::test]
async fn a_message_may_be_longer_than_a_handshake() {
    let trial = Trial::start(Limits { handshake_body: 1 << 10, ..Limits::default() }).await;
    for url in [trial.url.clone(), trial.url.replace("tcp", "ws")] {
        let client = Client::builder().reconnect(Reconnect::never()).connect(&url).await.unwrap();
        let text = "x".repeat(1_000_000);
        let Json(echo): Json<String> =
            client.request("test.gateHandler.echo", Json(&text)).await.unwrap();
        assert_eq!(echo.len(), text.len());
    }
    trial.end().await;
}

#[tokio::test]
async fn connections() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { connections: 1, dry_run, ..Limits::default() }).await;
        let first = trial.client().await;
        assert_eq!(trial.counted.reached(Limit::Connections), 0.0);
        let second = Client::connect(&trial.url).await;
        assert_eq!(second.is_ok(), dry_run);
        assert_eq!(trial.counted.reached(Limit::Connections), 1.0);
        let open = f64::from(dry_run) + 1.0;
        for gauge in [connector::metrics::CONNECTIONS, connector::metrics::SESSIONS] {
            trial.counted.until("all are open", || trial.counted.get(gauge) == open).await;
        }
        trial.echoes(&first).await;
        trial.end().await;
    }
}

#[tokio::test]
async fn connections_per_address() {
    for dry_run in BOTH {
        let limits = Limits { connections_per_address: 1, dry_run, ..Limits::default() };
        let trial = Trial::start(limits).await;
        let mut first = trial.pipe("10.0.0.1:1", 1024);
        let mut elsewhere = trial.pipe("10.0.0.2:1", 1024);
        assert_eq!(trial.counted.reached(Limit::ConnectionsPerAddress), 0.0);
        let mut second = trial.pipe("10.0.0.1:2", 1024);
        trial.counted.until_reached(Limit::ConnectionsPerAddress).await;
        assert_eq!(trial.counted.reached(Limit::ConnectionsPerAddress), 1.0);
        assert_eq!(shake_hands(&mut second).await.is_ok(), dry_run);
        shake_hands(&mut first).await.unwrap();
        shake_hands(&mut elsewhere).await.unwrap();
        trial.end().await;
    }
}

#[tokio::test]
async fn connections_per_address_behind_a_proxy() {
    for dry_run in BOTH {
        let limits = Limits { connections_per_address: 2, dry_run, ..Limits::default() };
        let proxy = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
        let port = Tcp::from("127.0.0.1:0").opener(proxy);
        let trial = Trial::listen(limits, HybridConnector::bind(port)).await;
        let connect = async |client: &str| {
            let mut stream = TcpStream::connect(&trial.url["tcp://".len()..]).await.unwrap();
            let header = format!("PROXY TCP4 {client} 127.0.0.1 1 3010\r\n");
            stream.write_all(header.as_bytes()).await.unwrap();
            let open = shake_hands(&mut stream).await.is_ok();
            (stream, open)
        };
        let mut flood = Vec::new();
        for _ in 0..6 {
            flood.push(connect("203.0.113.1").await);
        }
        let open = flood.iter().filter(|(_, open)| *open).count();
        assert_eq!(open, if dry_run { 6 } else { 2 });
        assert_eq!(trial.counted.reached(Limit::ConnectionsPerAddress), 4.0);
        for others in ["203.0.113.2", "203.0.113.3"] {
            let (_stream, open) = connect(others).await;
            assert!(open, "others pass");
        }
        // A refused one counts no longer, and whoever leaves makes room.
        let open = if dry_run { 8.0 } else { 4.0 };
        let connections = || trial.counted.get(connector::metrics::CONNECTIONS);
        trial.counted.until("the refused are gone", || connections() <= open).await;
        trial.end().await;
    }
}

#[tokio::test]
async fn uid() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { uid: 4, dry_run, ..Limits::default() }).await;
        let (_near, session) = trial.silent().await;
        let length = Err(BindError::Length { len: 5, limit: 4 });
        assert_eq!(session.bind("fives"), if dry_run { Ok(()) } else { length });
        assert_eq!(trial.counted.reached(Limit::Uid), 1.0);
        assert!(session.bind(&"x".repeat(33)).is_err(), "it ends somewhere");
        trial.end().await;
    }
}

/// A small port for operators beside the large one of the game.
#[tokio::test]
async fn connections_of_a_connector_with_limits_of_its_own() {
    let own = Limits { connections: 1, ..Limits::default() };
    let server = Server::builder()
        .connector(TcpConnector::bind("127.0.0.1:0"))
        .connector(TcpConnector::new("127.0.0.1:0", Config::new().limits(own)))
        .limits(Limits { connections: 2, ..Limits::default() });
    let server = server.start().await.unwrap();
    let [game, operators] = [0, 1].map(|at| format!("tcp://{}", server.addresses()[at]));
    let mut clients = Vec::new();
    for url in [&game, &game, &operators] {
        clients.push(Client::builder().reconnect(Reconnect::never()).connect(url).await.unwrap());
    }
    assert!(Client::connect(&game).await.is_err(), "the server's two are there");
    assert!(Client::connect(&operators).await.is_err(), "its own one is there");
    until("the refused are gone", || server.handle().statistics().connections == 3).await;
    drop(clients);
    until("all have left", || server.handle().statistics().connections == 0).await;
    Client::connect(&operators).await.unwrap();
}

#[tokio::test]
async fn inflated() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { inflated: 1_000, dry_run, ..Limits::default() }).await;
        let client = Client::builder().compress_from(100).connect(&trial.url).await.unwrap();
        let ask = async |bytes: usize| {
            let text = Json("x".repeat(bytes - 2));
            client.request::<Json<String>>("test.gateHandler.echo", text).await.map(|_| ())
        };
        ask(1_000).await.unwrap();
        assert_eq!(trial.counted.reached(Limit::Inflated), 0.0);
        let longer = ask(1_001).await;
        if dry_run {
            longer.unwrap();
            assert_eq!(trial.counted.reached(Limit::Inflated), 1.0);
            ask(8_000).await.unwrap();
            let longest = ask(8_001).await;
            assert!(matches!(longest, Err(RequestError::Server(_))), "{longest:?}");
            assert_eq!(trial.counted.reached(Limit::Inflated), 3.0);
        } else {
            let Err(RequestError::Server(error)) = longer else { panic!("{longer:?}") };
            assert_eq!(error.code, HandlerError::BAD_REQUEST);
            assert_eq!(trial.counted.reached(Limit::Inflated), 1.0);
        }
        trial.echoes(&client).await;
        trial.end().await;
    }
}
