//! The addresses of clients behind proxies: who is counted, limited and blocked.

use std::net::SocketAddr;

use connector::prelude::*;
use connector::transport::{Forwarded, ProxyProtocol, Sio, Tcp, WebOptions};

use crate::http::{Http, Polling};
use crate::{Served, event};

/// A proxy of HTTP, which the server knows by the PROXY protocol of another one.
const PROXY: &str = "203.0.113.9";

/// A port behind a proxy on loopback, which names its clients by the PROXY protocol, and behind
/// [`PROXY`], which names them in a header.
fn sio() -> Sio {
    let proxies = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
    let web = WebOptions::new().forwarded(Forwarded::x_forwarded_for([PROXY]).unwrap());
    Sio::new(Tcp::from("127.0.0.1:0").opener(proxies), web)
}

/// A connection from this address.
async fn dial(server: SocketAddr, from: &str) -> Http {
    let mut http = Http::connect(server).await;
    http.write(format!("PROXY TCP4 {from} 127.0.0.1 5000 3010\r\n")).await;
    http
}

/// Begins a session for a client of the proxy's. Returns the status. `None` if the connection
/// just ends.
async fn begin(http: &mut Http, client: &str, transport: &str) -> Option<u16> {
    let mut headers = format!("X-Forwarded-For: {client}\r\n");
    if transport == "websocket" {
        headers += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    }
    http.send("GET", &format!("EIO=4&transport={transport}"), &headers, b"").await;
    http.response().await.map(|response| response.status)
}

#[tokio::test]
async fn connections_are_counted_for_clients_and_not_for_their_proxies() {
    let served = Served::with(sio().connections(100, 1), |builder| builder).await;
    let address = served.address();
    let mut first = dial(address, "198.51.100.1").await;
    assert_eq!(begin(&mut first, "", "polling").await, Some(200));
    let mut again = dial(address, "198.51.100.1").await;
    assert!(again.response().await.is_none(), "its second");
    let mut other = dial(address, "198.51.100.2").await;
    assert_eq!(begin(&mut other, "", "polling").await, Some(200));
    let mut behind = Vec::new();
    for n in 0..5 {
        let mut http = dial(address, PROXY).await;
        assert_eq!(begin(&mut http, &format!("192.0.2.{n}"), "polling").await, Some(200));
        behind.push(http);
    }
    drop(first);
    // The place is free when the end was read.
    loop {
        let mut again = dial(address, "198.51.100.1").await;
        if begin(&mut again, "", "polling").await == Some(200) {
            break;
        }
    }
}

#[tokio::test]
async fn a_session_knows_who_is_behind_the_proxy() {
    let served = Served::with(sio(), |builder| builder).await;
    let mut http = dial(served.address(), PROXY).await;
    http.send("GET", "EIO=3&transport=polling", "X-Forwarded-For: 192.0.2.7\r\n", b"").await;
    let opened = http.response().await.unwrap().body;
    let sid = opened.split('"').nth(3).unwrap();
    let query = format!("EIO=3&transport=polling&sid={sid}");
    let mut polling = Polling { http, query };
    let ask = event(1, "who", "{}");
    assert_eq!(polling.post(format!("{}:{ask}", ask.len())).await.body, "ok");
    let who = polling.poll().await;
    assert!(who.contains("192.0.2.7"), "{who}");
}

#[tokio::test]
async fn a_blocked_client_gets_no_session() {
    let block = |builder: ServerBuilder| builder.block(["192.0.2.0/24".parse().unwrap()]);
    let served = Served::with(sio(), block).await;
    for transport in ["polling", "websocket"] {
        let mut blocked = dial(served.address(), PROXY).await;
        let status = begin(&mut blocked, "192.0.2.7", transport).await;
        assert!(!matches!(status, Some(101 | 200)), "{transport}: {status:?}");
        let mut blocked = dial(served.address(), "192.0.2.8").await;
        let status = begin(&mut blocked, "", transport).await;
        assert!(!matches!(status, Some(101 | 200)), "{transport}: {status:?}");
        let mut other = dial(served.address(), PROXY).await;
        let status = begin(&mut other, "198.51.100.1", transport).await;
        assert!(matches!(status, Some(101 | 200)), "{transport}: {status:?}");
    }
}

#[tokio::test]
async fn an_address_has_as_many_sessions_as_its_limit() {
    let limits = Limits { connections_per_address: 1, ..Limits::default() };
    let served = Served::with(sio(), |builder| builder.limits(limits)).await;
    for (transport, client) in [("polling", "192.0.2.1"), ("websocket", "192.0.2.2")] {
        let mut first = dial(served.address(), PROXY).await;
        let status = begin(&mut first, client, transport).await;
        assert!(matches!(status, Some(101 | 200)), "{transport}: {status:?}");
        for second in ["polling", "websocket"] {
            let mut again = dial(served.address(), PROXY).await;
            let status = begin(&mut again, client, second).await;
            assert!(!matches!(status, Some(101 | 200)), "{second}: {status:?}");
        }
    }
}
