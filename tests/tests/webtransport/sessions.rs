//! Sessions of our own ends, and of bare ones.

use connector::client::ConnectionState;
use connector::link::{Inbox, Link, Opening};
use connector::plugin::{
    ClientOptions, DialedPlugin, Engine, LineDialer, Methods, PluginCall, Profile, serve_until,
};
use connector::transport::ClientPem;
use connector_tests::bare_webtransport::bare_server;
use connector_tests::certificates::Authority;
use connector_tests::raw_pomelo::hello;
use tokio::sync::oneshot;

use super::raw::Raw;
use super::*;

#[tokio::test]
async fn a_client_has_all_that_it_has_over_other_transports() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let certificate = SelfSigned::new(LOCAL).unwrap();
    let port = WebTransport::new(ANY, tls).path("/game");
    let served =
        Served::at(certificate, port, |server| server.heartbeat(Duration::from_secs(1))).await;
    let url = format!("webtransport://localhost:{}/game?room=1", served.address().port());
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let client = Client::builder().tls(tls).connect(&url).await.unwrap();
    let asks = (0..200).map(|n| echoes(&client, n));
    futures_util::future::join_all(asks).await;
    assert_eq!((served.sessions(), client.peer().transport), (1, "webtransport"));
    let large = "x".repeat(600_000);
    let Json(back): Json<String> = client.request(ECHO, Json(&large)).await.unwrap();
    assert!(back == large);

    let mut pushes = client.pushes::<Value>("onPush");
    let _: Value = client.request("connector.entryHandler.push", Json(300)).await.unwrap();
    for n in 0..300 {
        assert_eq!(comes("a push arrives", pushes.next()).await.unwrap().unwrap(), json!(n));
    }
    let who: Value = client.request(WHO, ()).await.unwrap();
    let address = served.server.handle().sessions()[0].address().to_string();
    let expected = json!({
        "transport": "webtransport", "version": "TLS 1.3", "name": "localhost", "alpn": "h3",
        "address": address,
    });
    assert_eq!(who, expected);

    client.notify("connector.entryHandler.leave", ()).await.unwrap();
    let kicked = comes("the kick arrives", client.closed()).await;
    assert_eq!(kicked, CloseReason::Kicked(Some("gone".into())));
    assert_eq!(served.reason().await, CloseReason::Kicked(Some("gone".into())));
}

#[tokio::test]
async fn a_bare_client_has_a_session_of_pomelo() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    raw.echoes(&json!({ "text": "x".repeat(100_000) })).await;
    raw.send.finish().await.unwrap();
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
    assert_eq!(comes("the stream ends", raw.recv.read(&mut [0; 8])).await.unwrap(), None);
}

#[tokio::test]
async fn a_bare_server_is_dialed() {
    let (endpoint, hash) = bare_server();
    let address = endpoint.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let request = endpoint.accept().await.await.unwrap();
        assert_eq!((request.path(), request.origin()), ("/game?room=1", None));
        assert_eq!(request.authority(), address.to_string());
        let session = request.accept().await.unwrap();
        let (mut send, mut recv) = session.accept_bi().await.unwrap();
        let mut bytes = vec![0; hello().len()];
        recv.read_exact(&mut bytes).await.unwrap();
        send.write_all(&bytes).await.unwrap();
        // The client's end of the stream, and its regular close.
        assert_eq!(recv.read(&mut [0; 8]).await.unwrap(), None);
        send.finish().await.unwrap();
        session.closed().await
    });
    let hash = connector::transport::CertificateHash::new(hash);
    let dialer = WebTransportDialer::new().certificate_hashes([hash]).unwrap();
    let dialer = dialer.socket::<WebTransportSocket>();
    let url = format!("webtransport://{address}/game?room=1");
    let (mut socket, mut peer) = dialer.connect(&url).await.unwrap();
    assert_eq!(peer, Peer::new("webtransport", address));
    let mut inbox = Inbox::new(1_000);
    socket.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
    assert_eq!(peer.tls.unwrap().alpn.as_deref(), Some(&b"h3"[..]));
    socket.send(&hello()).await.unwrap();
    assert_eq!(socket.recv(&mut inbox).await.unwrap(), hello());
    socket.disconnect(CloseReason::Requested).await;
    assert_eq!(socket.recv(&mut inbox).await, Err(CloseReason::PeerClosed));
    drop(socket);
    let closed = comes("the server ends", server).await.unwrap();
    assert!(matches!(closed, wtransport::error::ConnectionError::ApplicationClosed(_)));
}

#[tokio::test]
async fn an_engine_calls_a_plugin_that_is_served() {
    let certificate = SelfSigned::new(LOCAL).unwrap();
    let mut port = WebTransport::new(ANY, certificate.tls());
    port.bind().await.unwrap();
    let url = format!("webtransport://{}/plugin", port.address().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let methods = Methods::new().method("echo", async |call: PluginCall| call.arg::<String>(0));
    let served = tokio::spawn(serve_until(methods, port, ClientOptions::new(), async {
        let _ = stopped.await;
    }));
    let dialer = WebTransportDialer::new().certificate_hashes([certificate.hash()]).unwrap();
    let engine = Engine::new();
    let plugin = DialedPlugin::new(Profile::new("remote").url(url), LineDialer::new(dialer));
    engine.register(plugin).unwrap();
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
async fn a_client_comes_back_when_its_server_has_started_anew() {
    let served = Served::start().await;
    let (address, certificate) = (served.address(), served.certificate.clone());
    let policy = Reconnect::new().first_wait(Duration::from_millis(20));
    let builder = Client::builder().reconnect(policy).connect_timeout(PATIENCE);
    let dialer = served.dialer().socket::<WebTransportSocket>();
    let url = format!("webtransport://{address}");
    let client = builder.connect_by(dialer, &url).await.unwrap();
    let mut states = client.states();
    assert_eq!(states.next().await, Some(ConnectionState::Open));
    served.server.handle().stop().await;
    let lost = comes("the client hears of it", states.next()).await.unwrap();
    let reason = lost.reason().cloned();
    assert!(
        matches!(&reason, Some(CloseReason::PeerClosedWith { code: 1001, .. })),
        "a server that stops says so: {reason:?}"
    );
    let port = WebTransport::new(address, certificate.tls());
    let again = Served::at(certificate, port, |server| server).await;
    let patient = client.with_request_timeout(PATIENCE);
    echoes(&patient, 1).await;
    assert_eq!(again.sessions(), 1);
}

#[tokio::test]
async fn urls_of_other_transports_are_refused_with_what_to_write() {
    for url in ["tcp://127.0.0.1:1", "127.0.0.1:1", "quic://127.0.0.1:1"] {
        let refused = WebTransportDialer::new().connect(url).await.map(drop).unwrap_err();
        assert!(refused.to_string().contains("`webtransport://host:port/path`"), "{refused}");
    }
    let refused = WebTransportDialer::new().connect("webtransport://a/b#c").await.map(drop);
    assert!(refused.unwrap_err().to_string().contains("`#fragment`"));
}
