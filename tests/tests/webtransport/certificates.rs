//! Certificates: those of files, and those that are trusted by their hashes.

use connector::protocol::TlsError;
use connector::transport::{CertificateHash, ClientPem};
use connector_tests::certificates::{Authority, Valid};

use super::*;

/// The failure of TLS for which a client does not connect.
async fn failure(address: SocketAddr, dialer: WebTransportDialer) -> TlsError {
    match connect(address, dialer).await {
        Err(ConnectError::Closed(CloseReason::Tls(error))) => *error,
        other => panic!("{other:?}"),
    }
}

/// A server with a certificate of this issuer.
async fn serve(authority: &Authority, names: &[&str], valid: Valid) -> Served {
    let identity = authority.issue("served", names, valid);
    let tls = Tls::from_pem_files(&identity.certificate, &identity.key).unwrap();
    let port = WebTransport::new(ANY, tls);
    Served::at(SelfSigned::new(LOCAL).unwrap(), port, |server| server).await
}

#[tokio::test]
async fn certificates_that_are_not_valid_are_refused_with_the_reason() {
    let authority = Authority::new();
    let trusting =
        || WebTransportDialer::new().tls(ClientPem::new(authority.roots()).load().unwrap());
    for valid in [Valid::Expired, Valid::Later] {
        let served = serve(&authority, &["127.0.0.1"], valid).await;
        match (failure(served.address(), trusting()).await, valid) {
            (TlsError::Expired(ago), Valid::Expired) => assert!(ago.contains("days ago"), "{ago}"),
            (TlsError::NotYetValid(when), _) => assert!(when.contains("days"), "{when}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(served.sessions(), 0);
    }
    let served = serve(&authority, &["game.example"], Valid::Now).await;
    let wrong = failure(served.address(), trusting()).await;
    assert!(matches!(&wrong, TlsError::WrongName(name) if name.contains("game.example")));
    let stranger = Authority::new();
    let dialer = WebTransportDialer::new().tls(ClientPem::new(stranger.roots()).load().unwrap());
    assert_eq!(failure(served.address(), dialer).await, TlsError::UnknownIssuer);
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_hash_alone() {
    let served = Served::start().await;
    echoes(&served.client().await, 1).await;
    let other = CertificateHash::new([7; 32]);
    let both = [other, served.certificate.hash()];
    let dialer = WebTransportDialer::new().certificate_hashes(both).unwrap();
    echoes(&connect(served.address(), dialer).await.unwrap(), 1).await;
    let dialer = WebTransportDialer::new().certificate_hashes([other]).unwrap();
    assert_eq!(failure(served.address(), dialer).await, TlsError::UnknownIssuer);

    // A certificate for longer than browsers take.
    let authority = Authority::new();
    let long = serve(&authority, &["127.0.0.1"], Valid::Now).await;
    let file = authority.folder().join("served.pem");
    let chain = wtransport::tls::CertificateChain::load_pemfile(file).await.unwrap();
    let hash = CertificateHash::new(*chain.as_slice()[0].hash().as_ref());
    let dialer = WebTransportDialer::new().certificate_hashes([hash]).unwrap();
    assert_eq!(failure(long.address(), dialer).await, TlsError::UnknownIssuer);
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_open_sessions_stay() {
    let certificate = SelfSigned::new(LOCAL).unwrap();
    let tls = certificate.tls();
    let handle = tls.handle();
    let served = Served::at(certificate, WebTransport::new(ANY, tls), |server| server).await;
    let before = served.client().await;
    let renewed = SelfSigned::new(LOCAL).unwrap();
    handle.set(renewed.config());
    assert_eq!(failure(served.address(), served.dialer()).await, TlsError::UnknownIssuer);
    let dialer = WebTransportDialer::new().certificate_hashes([renewed.hash()]).unwrap();
    echoes(&connect(served.address(), dialer).await.unwrap(), 1).await;
    echoes(&before, 2).await;
}

#[tokio::test]
async fn a_port_of_another_protocol_is_told_apart() {
    let certificate = SelfSigned::new(LOCAL).unwrap();
    let quic = connector::transport::Quic::new(ANY, certificate.tls());
    let server = Server::builder().connector(connector::QuicConnector::bind(quic)).handler(Entry);
    let server = server.start().await.unwrap();
    let Address::Inet(address) = server.addresses()[0] else { panic!("an IP address") };
    let dialer = WebTransportDialer::new().certificate_hashes([certificate.hash()]).unwrap();
    let refused = failure(address, dialer).await;
    assert_eq!(refused, TlsError::Alert("NoApplicationProtocol".into()));
}
