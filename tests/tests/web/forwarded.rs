//! Clients behind proxies that name them in a header.

use std::time::Duration;

use connector::Address;
use connector::client::ConnectError;
use connector::prelude::*;
use connector::transport::Forwarded;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(20);
const ANY: &str = "127.0.0.1:0";

struct Who;

#[handler("test.peerHandler")]
impl Who {
    #[route]
    async fn who(&self, peer: Peer) -> Json<String> {
        let Address::Inet(address) = peer.address else { unreachable!("a TCP port") };
        Json(address.ip().to_string())
    }
}

async fn start(proxies: Forwarded) -> (Server, u16) {
    let web = WebOptions::new().forwarded(proxies).get("/", |_| "a page".to_owned());
    let server = Server::builder()
        .connector(HybridConnector::bind(ANY).web(web.clone()))
        .connector(WebSocketConnector::bind(ANY).web(web))
        .limits(Limits { connections_per_address: 1, ..Limits::default() })
        .handler(Who)
        .start()
        .await
        .unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

/// The proxies of these tests.
const LOCAL: [&str; 1] = ["127.0.0.1"];

fn by_x_forwarded_for() -> Forwarded {
    Forwarded::x_forwarded_for(LOCAL).unwrap()
}

/// A proxy on one connection, which adds lines to the head of its request. Returns its port.
async fn proxy(port: u16, lines: &str) -> u16 {
    let listener = TcpListener::bind(ANY).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let lines = lines.to_owned();
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(near.read_u8().await.unwrap());
        }
        head.truncate(head.len() - 2);
        head.extend_from_slice(lines.as_bytes());
        head.extend_from_slice(b"\r\n");
        far.write_all(&head).await.unwrap();
        let _ = copy_bidirectional(&mut near, &mut far).await;
    });
    own
}

async fn connect(port: u16, lines: &str) -> Result<Client, ConnectError> {
    let url = format!("ws://127.0.0.1:{}", proxy(port, lines).await);
    timeout(TIMEOUT, Client::connect(&url)).await.expect("in time")
}

async fn seen(client: &Client) -> String {
    let Json(who) = client.request("test.peerHandler.who", ()).await.unwrap();
    who
}

#[tokio::test]
async fn a_session_knows_who_is_behind_the_proxy() {
    for (header, lines) in [
        (by_x_forwarded_for(), "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n"),
        (
            Forwarded::rfc7239(LOCAL).unwrap(),
            "Forwarded: for=198.51.100.1\r\nForwarded: for=203.0.113.7\r\n",
        ),
    ] {
        let (server, _) = start(header).await;
        // As if they were two clients, since one may connect once.
        for (address, client) in server.addresses().iter().zip(["203.0.113.7", "203.0.113.8"]) {
            let lines = lines.replace("203.0.113.7", client);
            let client = connect(address.port().unwrap(), &lines).await.unwrap();
            assert_eq!(seen(&client).await, lines.trim_end().rsplit([' ', '=']).next().unwrap());
        }
    }
}

#[tokio::test]
async fn the_clients_address_is_counted_and_not_the_proxys() {
    let (server, port) = start(by_x_forwarded_for()).await;
    let line = |client: &str| format!("X-Forwarded-For: {client}\r\n");
    let first = connect(port, &line("203.0.113.7")).await.unwrap();
    let other = connect(port, &line("203.0.113.8")).await.unwrap();
    // A forged address in front changes nothing.
    for again in ["203.0.113.7", "203.0.113.9, 203.0.113.7", "127.0.0.1, 203.0.113.7"] {
        let refused = connect(port, &line(again)).await;
        assert!(matches!(refused, Err(ConnectError::Closed(_))), "{again}: {refused:?}");
    }
    assert_eq!(server.handle().sessions().len(), 2);
    first.close().await;
    // Its place is free once the server has seen the end.
    let again = async {
        loop {
            if let Ok(client) = connect(port, &line("203.0.113.7")).await {
                break client;
            }
        }
    };
    let again = timeout(TIMEOUT, again).await.unwrap();
    assert_eq!(
        (seen(&again).await, seen(&other).await),
        ("203.0.113.7".into(), "203.0.113.8".into())
    );
}

#[tokio::test]
async fn nobody_else_names_a_client() {
    let (_server, port) = start(Forwarded::x_forwarded_for(["10.0.0.0/8"]).unwrap()).await;
    for forged in ["203.0.113.7", "10.0.0.1", "nonsense"] {
        let client = connect(port, &format!("X-Forwarded-For: {forged}\r\n")).await.unwrap();
        assert_eq!(seen(&client).await, "127.0.0.1", "loopback is not counted");
    }
}

#[tokio::test]
async fn a_missing_or_malformed_header_of_a_proxy_is_refused() {
    let (_server, port) = start(by_x_forwarded_for()).await;
    for lines in [
        "",
        "X-Forwarded-For: nonsense\r\n",
        "X-Forwarded-For:\r\n",
        "Forwarded: for=203.0.113.7\r\n",
    ] {
        let refused = connect(port, lines).await;
        let Err(ConnectError::Closed(CloseReason::UpgradeRefused(response))) = refused else {
            panic!("{lines}: {refused:?}")
        };
        assert_eq!(response.status, 400);
    }
    let (_server, port) = start(by_x_forwarded_for().optional()).await;
    assert_eq!(seen(&connect(port, "").await.unwrap()).await, "127.0.0.1");
}

#[tokio::test]
async fn bare_packages_and_pages_need_no_header() {
    let (server, port) = start(by_x_forwarded_for()).await;
    let bare = Client::connect(&format!("tcp://127.0.0.1:{port}")).await.unwrap();
    assert_eq!(seen(&bare).await, "127.0.0.1");
    for address in server.addresses() {
        let mut stream = TcpStream::connect(address.to_string()).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("a page"), "{answer}");
    }
}
