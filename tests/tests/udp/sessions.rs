//! Sessions of our own client.

use std::future::poll_fn;
use std::net::SocketAddr;

use connector::client::{ConnectError, ConnectionState, Reconnect};
use connector::link::{Inbox, Link};
use connector::protocol::pomelo::package::PackageType;
use connector::testing::TestClient;
use connector::transport::{UdpDialer, UdpLink};
use connector::{Dial, StartError};
use connector_tests::ipv6;
use serde_json::json;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::raw::{Raw, hello, request};
use super::*;

#[tokio::test]
async fn a_client_has_all_that_it_has_over_other_transports() {
    let served =
        Served::start("127.0.0.1:0", |server| server.heartbeat(Duration::from_secs(1))).await;
    let (client, other) = (served.client().await, served.client().await);
    let asks = (0..200).map(|n| echoes(&client, n));
    futures_util::future::join_all(asks).await;
    echoes(&other, 1).await;
    assert_eq!(served.sessions(), 2);

    let mut pushes = client.pushes::<Value>("onPush");
    let _: Value = client.request("connector.entryHandler.push", Json((3, 1))).await.unwrap();
    for n in 0..3 {
        let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(push, json!({ "n": n, "text": "x" }));
    }
    // Longer than a silent session lives.
    let mut states = client.states();
    states.next().await;
    assert!(timeout(Duration::from_millis(2_500), states.next()).await.is_err());

    client.notify("connector.entryHandler.leave", ()).await.unwrap();
    let kicked = timeout(PATIENCE, client.closed()).await.unwrap();
    assert_eq!(kicked, CloseReason::Kicked(Some("gone".into())));
    assert_eq!(served.reason().await, CloseReason::Kicked(Some("gone".into())));
    other.close().await;
    assert_eq!(served.reason().await, CloseReason::PeerClosed, "and not by its silence");
}

#[tokio::test]
async fn a_testing_client_may_be_one_over_udp() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let client = TestClient::from(served.client().await);
    let _: Value = client.request("connector.entryHandler.push", Json((1, 3))).await;
    let Json(push): Json<Value> = client.expect_push("onPush").await;
    assert_eq!(push, json!({ "n": 0, "text": "xxx" }));
    client.notify("connector.entryHandler.leave", ()).await;
    assert_eq!(client.expect_close().await, CloseReason::Kicked(Some("gone".into())));
}

#[tokio::test]
async fn both_families_are_served_and_one_port_serves_both() {
    for (bound, url_host, seen) in [
        ("127.0.0.1:0", "127.0.0.1", "127.0.0.1"),
        ("[::1]:0", "[::1]", "[::1]"),
        ("[::]:0", "127.0.0.1", "[::ffff:127.0.0.1]"),
        ("[::]:0", "[::1]", "[::1]"),
        ("0.0.0.0:0", "localhost", "127.0.0.1"),
    ] {
        if ipv6::is_missing(bound) {
            continue;
        }
        // A name may have an address of either family.
        let url_host = if url_host == "localhost" { "127.0.0.1" } else { url_host };
        let served = Served::start(bound, |server| server).await;
        let url = format!("udp://{url_host}:{}", served.address().port());
        let client = Client::connect(&url).await.unwrap();
        assert_eq!(client.peer().transport, "udp");
        let who: Value = client.request("connector.entryHandler.who", ()).await.unwrap();
        assert_eq!(who["transport"], "udp");
        let address = who["address"].as_str().unwrap();
        assert!(address.starts_with(&format!("{seen}:")), "{bound}: {address}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_noticed_at_once() {
    // Bound, so that nobody else gets the port, and deaf to all but itself.
    let deaf = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = deaf.local_addr().unwrap();
    deaf.connect(address).await.unwrap();
    let connected = timeout(PATIENCE, Client::connect(&format!("udp://{address}"))).await.unwrap();
    match connected {
        Err(ConnectError::Closed(CloseReason::Lost { kind, .. })) => {
            assert_eq!(kind, std::io::ErrorKind::ConnectionRefused);
        }
        other => panic!("{other:?}"),
    }
    for url in ["tcp://127.0.0.1:1", "udp://127.0.0.1", "udp://127.0.0.1:1/path"] {
        let refused = UdpDialer::new().connect(url).await.map(drop).unwrap_err().to_string();
        assert!(
            refused.contains("`udp://host:port`") || refused.contains("`host:port`"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_client_comes_back_when_its_server_has_started_anew() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let address = served.address();
    let policy = Reconnect::new().first_wait(Duration::from_millis(20));
    let client = Client::builder().reconnect(policy).connect(&served.url()).await.unwrap();
    let mut states = client.states();
    assert_eq!(states.next().await, Some(ConnectionState::Open));
    served.server.handle().stop().await;
    let lost = timeout(PATIENCE, states.next()).await.unwrap().unwrap();
    assert_eq!(lost.reason(), Some(&CloseReason::PeerClosed), "it was told");
    let _served = Served::start(address, |server| server).await;
    let patient = client.with_request_timeout(PATIENCE);
    echoes(&patient, 1).await;
}

#[tokio::test]
async fn a_client_of_a_server_that_forgot_it_is_told_so() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let stranger = Raw::new(served.address()).await;
    stranger.send(&request(1, "echo", &json!({}))).await;
    assert_eq!(stranger.datagram().await, b"");
    stranger.send(b"").await;
    stranger.shake_hands().await;
    stranger.ask(1, "echo", &json!(1)).await;
    assert_eq!(stranger.answer(1).await, 1, "the empty one was not answered");
}

#[tokio::test]
async fn a_client_that_starts_again_at_its_address_has_a_new_session() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let first = Raw::open(served.address()).await;
    first.ask(1, "echo", &json!(1)).await;
    assert_eq!(first.answer(1).await, 1);
    let address = first.0.local_addr().unwrap().to_string();
    drop(first);
    let second = Raw::at(&address, served.address()).await;
    second.send(&hello("{\"sys\":{\"type\":\"again\"}}")).await;
    assert_eq!(second.packages().await[0].0, PackageType::Handshake);
    let reason = served.reason().await;
    assert!(matches!(reason, CloseReason::Lost { .. }), "{reason}");
    // Without the ack, which is as good as lost.
    second.ask(2, "echo", &json!(2)).await;
    assert_eq!(second.answer(2).await, 2, "nothing of the old session comes first");
    assert_eq!(served.sessions(), 1);
}

/// Accepts the next link.
async fn accept(udp: &mut Udp) -> (UdpLink, Peer) {
    timeout(PATIENCE, poll_fn(|cx| udp.poll_accept(cx))).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_listener_stops_and_starts_again_beside_its_links() {
    let mut udp = Udp::from("127.0.0.1:0");
    udp.bind().await.unwrap();
    udp.bind().await.unwrap();
    let Some(Address::Inet(address)) = udp.address() else { panic!("it is bound") };
    let old = Raw::new(address).await;
    old.send(&hello("{}")).await;
    let (mut link, peer) = accept(&mut udp).await;
    assert_eq!(peer, Peer::new("udp", old.0.local_addr().unwrap()));
    let mut inbox = Inbox::new(1_000);
    assert_eq!(link.recv(&mut inbox).await.unwrap(), hello("{}"));

    udp.close();
    udp.close();
    assert_eq!(udp.address(), None);
    let refused = poll_fn(|cx| udp.poll_accept(cx)).await.map(drop);
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::NotConnected);
    let newcomer = Raw::new(address).await;
    newcomer.send(&hello("{}")).await;
    assert_eq!(newcomer.datagram().await, b"", "nobody listens");
    link.send(b"\x01\0\0\0").await.unwrap();
    assert_eq!(old.datagram().await, b"\x01\0\0\0");

    udp.bind().await.unwrap();
    assert_eq!(udp.address(), Some(Address::Inet(address)));
    newcomer.send(&hello("{}")).await;
    let (new, _) = accept(&mut udp).await;
    old.send(b"\x02\0\0\0").await;
    assert_eq!(link.recv(&mut inbox).await.unwrap(), b"\x02\0\0\0");

    udp.close();
    let taken = Udp::from(address).bind_again().await;
    assert!(matches!(taken, Err(StartError::InUse(_))), "links use the socket: {taken:?}");
    drop((link, new));
    assert_eq!(old.datagram().await, b"", "a link that is dropped ends its session");
    Udp::from(address).bind_again().await.unwrap();
}

/// Binding, at a listener of its own.
trait BindAgain {
    async fn bind_again(self) -> Result<SocketAddr, StartError>;
}

impl BindAgain for Udp {
    async fn bind_again(mut self) -> Result<SocketAddr, StartError> {
        self.bind().await?;
        match self.address() {
            Some(Address::Inet(address)) => Ok(address),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn sockets_that_are_bound_already_are_taken() {
    let std = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let tokio = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for udp in [Udp::from(std), Udp::from(tokio), ("127.0.0.1", 0).into(), "127.0.0.1:0".into()] {
        let before = udp.address();
        let served = Served::start(udp, |server| server).await;
        assert!(before.is_none_or(|before| before == Address::Inet(served.address())));
        echoes(&served.client().await, 1).await;
    }
}
