//! Certificates and protocols' names: those of TLS over TCP, and QUIC's own.

use connector::transport::{ServerPem, TlsConfigError};
use quinn::ConnectionError;

use super::*;

/// A server with this certificate.
async fn serve(authority: Authority, identity: &Identity) -> Served {
    let tls = Tls::from_pem_files(&identity.certificate, &identity.key).unwrap();
    Served::at(authority, Quic::new(ANY, tls), |server| server).await
}

#[tokio::test]
async fn certificates_that_are_not_valid_are_refused_with_the_reason() {
    for valid in [Valid::Expired, Valid::Later] {
        let authority = Authority::new();
        let identity = authority.issue("old", &["127.0.0.1"], valid);
        let served = serve(authority, &identity).await;
        match (failure(served.address(), served.dialer()).await, valid) {
            (TlsError::Expired(ago), Valid::Expired) => assert!(ago.contains("days ago"), "{ago}"),
            (TlsError::NotYetValid(when), _) => assert!(when.contains("days"), "{when}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(served.sessions(), 0);
    }
    let authority = Authority::new();
    let identity = authority.issue("other", &["game.example"], Valid::Now);
    let served = serve(authority, &identity).await;
    let wrong = failure(served.address(), served.dialer()).await;
    assert!(
        matches!(&wrong, TlsError::WrongName(name) if name.contains("game.example")),
        "{wrong}"
    );
    let unknown = Authority::new();
    let dialer = QuicDialer::new().tls(ClientPem::new(unknown.roots()).load().unwrap());
    assert_eq!(failure(served.address(), dialer).await, TlsError::UnknownIssuer);
}

#[tokio::test]
async fn another_protocol_is_refused_in_the_handshake() {
    let served = Served::with(|quic| quic.alpn("game/2"), |server| server).await;
    let current = connect(served.address(), served.dialer().alpn("game/2")).await.unwrap();
    let old = failure(served.address(), served.dialer().alpn("game/1")).await;
    assert_eq!(old, TlsError::Alert("NoApplicationProtocol".into()));
    echoes(&current, 1).await;

    // Nor may a side name none.
    let refused = served.bare(&[]).connect(served.address()).await.map(drop).unwrap_err();
    let ConnectionError::ConnectionClosed(close) = &refused else { panic!("{refused:?}") };
    assert_eq!(u64::from(close.error_code), 0x178, "{refused:?}");
    assert_eq!(served.sessions(), 1);

    let endpoint = connector_tests::bare_quic::bare_server(&served.authority.local(), &[]);
    let nameless = endpoint.local_addr().unwrap();
    let server =
        tokio::spawn(async move { endpoint.accept().await.unwrap().await.map(drop).unwrap_err() });
    let refused = failure(nameless, served.dialer()).await;
    assert_eq!(refused, TlsError::Alert("NoApplicationProtocol".into()));
    comes("the server is told", server).await.unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_open_connections_stay() {
    let (old, new) = (Authority::new(), Authority::new());
    let local = old.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let handle = tls.handle();
    let trusting_new = QuicDialer::new().tls(ClientPem::new(new.roots()).load().unwrap());
    let served = Served::at(old, Quic::new(ANY, tls), |server| server).await;
    let before = served.client().await;
    assert_eq!(failure(served.address(), trusting_new.clone()).await, TlsError::UnknownIssuer);

    // Half of a renewal: the certificate without its key.
    let renewed = new.local();
    std::fs::copy(&renewed.certificate, &local.certificate).unwrap();
    assert!(matches!(handle.reload(), Err(TlsConfigError::KeyMismatch { .. })));
    let meanwhile = served.client().await;

    std::fs::copy(&renewed.key, &local.key).unwrap();
    handle.reload().unwrap();
    let after = connect(served.address(), trusting_new).await.unwrap();
    assert_eq!(failure(served.address(), served.dialer()).await, TlsError::UnknownIssuer);
    for client in [&before, &meanwhile, &after] {
        echoes(client, 1).await;
    }
}

#[tokio::test]
async fn a_clients_certificate_is_asked_for_and_told() {
    let authority = Authority::new();
    let local = authority.local();
    let pem = ServerPem::new(&local.certificate, &local.key).client_roots(authority.roots());
    let quic = Quic::new(ANY, Tls::from_pem(pem).unwrap());
    let served = Served::at(authority, quic, |server| server).await;
    let own = served.authority.issue("employee", &["employee"], Valid::Now);
    let pem = ClientPem::new(served.authority.roots()).certificate(&own.certificate, &own.key);
    let dialer = QuicDialer::new().tls(pem.load().unwrap());
    let client = connect(served.address(), dialer).await.unwrap();
    let who: Value = client.request(WHO, ()).await.unwrap();
    assert_eq!(who["certificates"], 1);
    // A server of TLS 1.3 finds that out behind the client's part of the handshake.
    let without = failure(served.address(), served.dialer()).await;
    assert_eq!(without, TlsError::Alert("CertificateRequired".into()));
    assert_eq!(served.sessions(), 1);
}

#[tokio::test]
async fn nobody_at_the_address_is_noticed_by_the_deadline() {
    let authority = Authority::new();
    let silent = std::net::UdpSocket::bind(ANY).unwrap();
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let dialer = QuicDialer::new().tls(tls).socket::<QuicSocket>();
    let builder = Client::builder().connect_timeout(Duration::from_millis(200));
    let url = format!("quic://{}", silent.local_addr().unwrap());
    let connected = comes("the client gives up", builder.connect_by(dialer, &url)).await;
    assert!(matches!(connected, Err(ConnectError::Timeout)), "{connected:?}");
}
