//! Sessions of our own ends, and of bare ones.

use connector::Accept;
use connector::StartError;
use connector::client::ConnectionState;
use connector::link::{Inbox, Link, Opening};
use connector::plugin::{
    AcceptedPlugin, ClientOptions, DialedPlugin, Engine, LineDialer, Methods, PluginCall,
    PluginClient, Profile, serve_until,
};
use connector::testing::TestClient;
use connector_tests::bare_quic::bare_server;
use connector_tests::ipv6;
use tokio::sync::oneshot;

use super::raw::{Raw, hello};
use super::*;

#[tokio::test]
async fn a_client_has_all_that_it_has_over_other_transports() {
    let served = Served::with(|quic| quic, |server| server.heartbeat(Duration::from_secs(1))).await;
    let url = format!("quic://localhost:{}", served.address().port());
    let tls = ClientPem::new(served.authority.roots()).load().unwrap();
    let client = Client::builder().tls(tls).connect(&url).await.unwrap();
    let other = served.client().await;
    let asks = (0..200).map(|n| echoes(&client, n));
    futures_util::future::join_all(asks).await;
    echoes(&other, 1).await;
    assert_eq!((served.sessions(), client.peer().transport), (2, "quic"));
    let large = "x".repeat(600_000);
    let Json(back): Json<String> = client.request(ECHO, Json(&large)).await.unwrap();
    assert!(back == large);

    let mut pushes = client.pushes::<Value>("onPush");
    let _: Value = client.request("connector.entryHandler.push", Json((300, 1))).await.unwrap();
    for n in 0..300 {
        let push = comes("a push arrives", pushes.next()).await.unwrap().unwrap();
        assert_eq!(push, json!({ "n": n, "text": "x" }));
    }
    let who: Value = client.request(WHO, ()).await.unwrap();
    let address = served.server.handle().sessions().into_iter().map(|session| session.address());
    assert!(address.map(|address| address.to_string()).any(|address| who["address"] == address));
    let expected = json!({
        "transport": "quic", "version": "TLS 1.3", "name": "localhost", "alpn": ALPN,
        "certificates": 0, "address": who["address"],
    });
    assert_eq!(who, expected);

    client.notify("connector.entryHandler.leave", ()).await.unwrap();
    let kicked = comes("the kick arrives", client.closed()).await;
    assert_eq!(kicked, CloseReason::Kicked(Some("gone".into())));
    assert_eq!(served.reason().await, CloseReason::Kicked(Some("gone".into())));
    other.close().await;
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn a_testing_client_may_be_one_over_quic() {
    let served = Served::start().await;
    let client = TestClient::from(served.client().await);
    let _: Value = client.request("connector.entryHandler.push", Json((1, 3))).await;
    let Json(push): Json<Value> = client.expect_push("onPush").await;
    assert_eq!(push, json!({ "n": 0, "text": "xxx" }));
    client.notify("connector.entryHandler.leave", ()).await;
    assert_eq!(client.expect_close().await, CloseReason::Kicked(Some("gone".into())));
}

#[tokio::test]
async fn a_bare_client_has_a_session_of_pomelo() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    raw.echoes(&json!({ "text": "x".repeat(100_000) })).await;
    raw.send.finish().unwrap();
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
    assert_eq!(comes("the stream ends", raw.recv.read(&mut [0; 8])).await.unwrap(), None);
}

#[tokio::test]
async fn a_bare_server_is_dialed() {
    let authority = Authority::new();
    let endpoint = bare_server(&authority.local(), &["chat", "game"]);
    let address = endpoint.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let connection = endpoint.accept().await.unwrap().await.unwrap();
        let (mut send, mut recv) = connection.accept_bi().await.unwrap();
        let mut bytes = vec![0; hello().len()];
        recv.read_exact(&mut bytes).await.unwrap();
        send.write_all(&bytes).await.unwrap();
        // The client's end of the stream, and its regular close.
        assert_eq!(recv.read(&mut [0; 8]).await.unwrap(), None);
        send.finish().unwrap();
        connection.closed().await
    });
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let dialer = QuicDialer::new().tls(tls).alpn("game").socket::<QuicSocket>();
    let (mut socket, mut peer) = dialer.connect(&format!("quic://{address}")).await.unwrap();
    assert_eq!(peer, Peer::new("quic", address));
    let mut inbox = Inbox::new(1_000);
    socket.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
    assert_eq!(peer.tls.unwrap().alpn.as_deref(), Some(&b"game"[..]));
    socket.send(&hello()).await.unwrap();
    assert_eq!(socket.recv(&mut inbox).await.unwrap(), hello());
    socket.disconnect(CloseReason::Requested).await;
    assert_eq!(socket.recv(&mut inbox).await, Err(CloseReason::PeerClosed));
    drop(socket);
    let closed = comes("the server ends", server).await.unwrap();
    assert!(
        matches!(&closed, quinn::ConnectionError::ApplicationClosed(close)
        if close.error_code.into_inner() == 0),
        "{closed:?}"
    );
}

fn echo() -> Methods {
    Methods::new().method("echo", async |call: PluginCall| call.arg::<String>(0))
}

#[tokio::test]
async fn an_engine_calls_a_plugin_that_is_served() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let mut quic = Quic::new(ANY, tls);
    quic.bind().await.unwrap();
    let url = format!("quic://{}", quic.address().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(serve_until(echo(), quic, ClientOptions::new(), async {
        let _ = stopped.await;
    }));
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let dialer = LineDialer::new(QuicDialer::new().tls(tls));
    let engine = Engine::new();
    engine.register(DialedPlugin::new(Profile::new("remote").url(url), dialer)).unwrap();
    engine.activate("remote").await.unwrap();
    let long = "x".repeat(300_000);
    for text in ["", "héllo 漢字 😀\n", &long] {
        assert!(engine.call::<String>("remote", "echo", (text,)).await.unwrap() == text);
    }
    assert!(engine.deactivate("remote").await);
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_plugin_connects_to_its_engine() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let mut plugin = AcceptedPlugin::new(Profile::new("remote"), Quic::new(ANY, tls));
    let url = format!("quic://{}", plugin.start().await.unwrap().unwrap());
    let engine = Engine::new();
    engine.register(plugin).unwrap();
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let dialer = LineDialer::new(QuicDialer::new().tls(tls));
    let (link, _) = dialer.connect(&url).await.unwrap();
    let client = PluginClient::new(echo());
    let serving = client.clone();
    let serving = tokio::spawn(async move { serving.serve(link).await });
    comes("the plugin is active", engine.activate("remote")).await.unwrap();
    assert_eq!(engine.call::<String>("remote", "echo", ("hi",)).await.unwrap(), "hi");
    assert!(engine.deactivate("remote").await);
    let _ = comes("the plugin ends", serving).await;
}

#[tokio::test]
async fn a_server_that_speaks_first_opens_the_stream() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let mut quic = Quic::new(ANY, tls).server_first();
    quic.bind().await.unwrap();
    let url = format!("quic://{}", quic.address().unwrap());
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let dialer = QuicDialer::new().tls(tls).server_first().socket::<QuicSocket>();
    let (mut near, mut server) = dialer.connect(&url).await.unwrap();
    let accepts = async {
        let accepted = std::future::poll_fn(|cx| quic.poll_accept(cx));
        let (stream, mut peer) = comes("a client connects", accepted).await.unwrap();
        let mut far = QuicSocket::accept(stream, peer.clone());
        let mut inbox = Inbox::new(1_000);
        far.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
        far.send(&hello()).await.unwrap();
        assert_eq!(far.recv(&mut inbox).await.unwrap(), hello());
    };
    let dials = async {
        let mut inbox = Inbox::new(1_000);
        near.open(&mut Opening::new(&mut inbox, &mut server)).await.unwrap();
        assert_eq!(near.recv(&mut inbox).await.unwrap(), hello());
        near.send(&hello()).await.unwrap();
        near
    };
    comes("both have spoken", async { tokio::join!(accepts, dials) }).await;
}

#[tokio::test]
async fn both_families_are_served_and_one_port_serves_both() {
    for (bound, host, seen) in [
        ("127.0.0.1:0", "127.0.0.1", "127.0.0.1"),
        ("[::1]:0", "[::1]", "[::1]"),
        ("[::]:0", "127.0.0.1", "[::ffff:127.0.0.1]"),
        ("[::]:0", "[::1]", "[::1]"),
    ] {
        if ipv6::is_missing(bound) {
            continue;
        }
        let authority = Authority::new();
        let local = authority.local();
        let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
        let served = Served::at(authority, Quic::new(bound, tls), |server| server).await;
        let url = format!("quic://{host}:{}", served.address().port());
        let dialer = served.dialer().socket::<QuicSocket>();
        let client = Client::builder().connect_by(dialer, &url).await.unwrap();
        let who: Value = client.request(WHO, ()).await.unwrap();
        let address = who["address"].as_str().unwrap();
        assert!(address.starts_with(&format!("{seen}:")), "{bound}: {address}");
    }
}

#[tokio::test]
async fn a_client_comes_back_when_its_server_has_started_anew() {
    let served = Served::start().await;
    let local = served.authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let address = served.address();
    let policy = Reconnect::new().first_wait(Duration::from_millis(20));
    let builder = Client::builder().reconnect(policy).connect_timeout(PATIENCE);
    let dialer = served.dialer().socket::<QuicSocket>();
    let client = builder.connect_by(dialer, &format!("quic://{address}")).await.unwrap();
    let mut states = client.states();
    assert_eq!(states.next().await, Some(ConnectionState::Open));
    served.server.handle().stop().await;
    let lost = comes("the client hears of it", states.next()).await.unwrap();
    let reason = lost.reason().cloned();
    assert!(
        matches!(&reason, Some(CloseReason::PeerClosedWith { code: 1001, .. })),
        "a server that stops says so: {reason:?}"
    );
    let authority = Authority::new();
    let again = Served::at(authority, Quic::new(address, tls), |server| server).await;
    let patient = client.with_request_timeout(PATIENCE);
    echoes(&patient, 1).await;
    assert_eq!(again.sessions(), 1);
}

#[tokio::test]
async fn a_socket_that_is_bound_already_is_taken() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let socket = std::net::UdpSocket::bind(ANY).unwrap();
    let address = socket.local_addr().unwrap();
    let quic = Quic::from_socket(socket, tls.clone());
    assert_eq!(quic.address(), Some(Address::Inet(address)));
    let served = Served::at(authority, quic, |server| server).await;
    assert_eq!(served.address(), address);
    echoes(&served.client().await, 1).await;
    let taken = Quic::new(address, tls).bind().await;
    assert!(matches!(taken, Err(StartError::InUse(_))), "{taken:?}");
}

#[tokio::test]
async fn urls_of_other_transports_are_refused_with_what_to_write() {
    for url in ["tcp://127.0.0.1:1", "quic://127.0.0.1", "quic://127.0.0.1:1/path"] {
        let refused = QuicDialer::new().connect(url).await.map(drop).unwrap_err().to_string();
        let known = ["`quic://host:port`", "`host:port`"];
        assert!(known.iter().any(|known| refused.contains(known)), "{refused}");
    }
}
