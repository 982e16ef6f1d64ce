//! Certificates of both sides, and how they can be wrong.

use connector::client::Reconnect;
use connector::transport::ServerPem;
use connector_tests::certificates::{Authority, LOCAL, Valid};

use super::*;

#[tokio::test]
async fn a_hybrid_port_speaks_tls_and_wss() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local())).await;
    for (scheme, transport) in [("tls", "tcp"), ("wss", "websocket")] {
        for (host, name) in [("localhost", Some("localhost")), ("127.0.0.1", None)] {
            let url = format!("{scheme}://{host}:{port}");
            let client = connect(&url, trusting(&authority.roots())).await.unwrap();
            let who = who(&client).await;
            let told = ("TLS 1.3".to_owned(), name.map(str::to_owned), 0);
            assert_eq!((who.transport, who.tls), (transport.to_owned(), Some(told)), "{url}");
            let long = vec![b'.'; 300_000];
            let Raw(back) =
                client.request("test.peerHandler.echo", Raw(long.clone().into())).await.unwrap();
            assert!(back == long, "{} bytes", back.len());
            client.close().await;
        }
    }
}

#[tokio::test]
async fn each_wrong_certificate_is_an_error_of_its_own() {
    let authority = Authority::new();
    let other = Authority::new();
    type Case<'a> = (&'a str, &'a [&'a str], Valid, &'a Authority, fn(&TlsError) -> bool, &'a str);
    let cases: [Case<'_>; 4] = [
        (
            "expired",
            &LOCAL,
            Valid::Expired,
            &authority,
            |error| matches!(error, TlsError::Expired(ago) if ago.ends_with(" days ago")),
            "CertificateExpired",
        ),
        (
            "later",
            &LOCAL,
            Valid::Later,
            &authority,
            |error| matches!(error, TlsError::NotYetValid(_)),
            "CertificateExpired",
        ),
        (
            "named",
            &["game.example"],
            Valid::Now,
            &authority,
            |error| matches!(error, TlsError::WrongName(why) if why.contains("game.example")),
            "BadCertificate",
        ),
        (
            "stranger",
            &LOCAL,
            Valid::Now,
            &other,
            |error| *error == TlsError::UnknownIssuer,
            "UnknownCA",
        ),
    ];
    for (file, names, valid, issuer, is_expected, alert) in cases {
        let mut port = Port::bind(Some(tls(&issuer.issue(file, names, valid)))).await;
        for scheme in ["tls", "wss"] {
            let url = format!("{scheme}://localhost:{}", port.number);
            let (told, seen) =
                tokio::join!(failure(&url, trusting(&authority.roots())), port.refusal());
            assert!(is_expected(&told), "{file}: {told:?}");
            assert_eq!(seen, CloseReason::Tls(Box::new(TlsError::Alert(alert.into()))), "{file}");
        }
    }
}

/// A port that asks for certificates of `authority`.
async fn asking(authority: &Authority, optional: bool) -> Port {
    let local = authority.local();
    let pem = ServerPem::new(local.certificate, local.key).client_roots(authority.roots());
    let pem = if optional { pem.optional_client_certificates() } else { pem };
    Port::bind(Some(Tls::from_pem(pem).unwrap())).await
}

#[tokio::test]
async fn a_missing_client_certificate_is_an_error_of_its_own() {
    let authority = Authority::new();
    let mut port = asking(&authority, false).await;
    for scheme in ["tls", "wss"] {
        let url = format!("{scheme}://localhost:{}", port.number);
        let (told, seen) =
            tokio::join!(failure(&url, trusting(&authority.roots())), port.refusal());
        assert_eq!(told, TlsError::Alert("CertificateRequired".into()));
        assert_eq!(seen, CloseReason::Tls(Box::new(TlsError::NoCertificate)));
    }
}

#[tokio::test]
async fn a_client_certificate_of_a_stranger_is_refused_even_if_none_is_required() {
    let (authority, other) = (Authority::new(), Authority::new());
    let strangers = other.issue("stranger", &["ann"], Valid::Now);
    let config = ClientPem::new(authority.roots());
    let config = config.certificate(strangers.certificate, strangers.key).load().unwrap();
    for optional in [false, true] {
        let mut port = asking(&authority, optional).await;
        let url = format!("tls://localhost:{}", port.number);
        let (told, seen) = tokio::join!(failure(&url, config.clone()), port.refusal());
        assert_eq!(told, TlsError::Alert("UnknownCA".into()));
        assert_eq!(seen, CloseReason::Tls(Box::new(TlsError::UnknownIssuer)));
    }
}

#[tokio::test]
async fn a_session_knows_the_certificate_of_its_client() {
    let authority = Authority::new();
    let local = authority.local();
    let pem = ServerPem::new(local.certificate, local.key).client_roots(authority.roots());
    let (server, port) = start(Tls::from_pem(pem.optional_client_certificates()).unwrap()).await;
    let ann = authority.issue("ann", &["ann"], Valid::Now);
    let config = ClientPem::new(authority.roots()).certificate(&ann.certificate, &ann.key);
    let url = format!("wss://localhost:{port}");
    let with = connect(&url, config.load().unwrap()).await.unwrap();
    echoes(&with).await;
    let sessions = server.handle().sessions();
    let info = sessions[0].peer().tls.clone().unwrap();
    let der = {
        use tokio_rustls::rustls::pki_types::CertificateDer;
        use tokio_rustls::rustls::pki_types::pem::PemObject;
        CertificateDer::from_pem_file(&ann.certificate).unwrap().to_vec()
    };
    assert_eq!(info.certificates, [der]);
    assert_eq!(info.server_name.as_deref(), Some("localhost"));
    let without = connect(&url, trusting(&authority.roots())).await.unwrap();
    let who = who(&without).await;
    assert_eq!(who.tls.unwrap().2, 0, "none is required");
    with.close().await;
}

#[tokio::test]
async fn wrong_certificates_disturb_nobody_else_on_their_port() {
    let (authority, other) = (Authority::new(), Authority::new());
    let local = authority.local();
    let pem = ServerPem::new(local.certificate, local.key).client_roots(authority.roots());
    let (server, port) = start(Tls::from_pem(pem).unwrap()).await;
    let url = format!("tls://localhost:{port}");
    let with = |identity: Identity| {
        let pem = ClientPem::new(authority.roots());
        pem.certificate(identity.certificate, identity.key).load().unwrap()
    };
    let good = with(authority.issue("ann", &["ann"], Valid::Now));
    let good = connect(&url, good).await.unwrap();
    let wrong = [
        (trusting(&authority.roots()), "CertificateRequired"),
        (with(other.issue("stranger", &["ann"], Valid::Now)), "UnknownCA"),
        (with(authority.issue("old", &["ann"], Valid::Expired)), "CertificateExpired"),
    ];
    for (config, alert) in wrong {
        assert_eq!(failure(&url, config).await, TlsError::Alert(alert.into()));
        echoes(&good).await;
    }
    // It does not trust the server, or speaks no TLS at all.
    assert_eq!(failure(&url, trusting(&other.roots())).await, TlsError::UnknownIssuer);
    echoes(&good).await;
    let plain = Client::builder().reconnect(Reconnect::never());
    assert!(plain.connect(&format!("tcp://localhost:{port}")).await.is_err());
    echoes(&good).await;
    assert_eq!(server.handle().statistics().sessions, 1);
}
