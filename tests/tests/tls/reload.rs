//! Certificates that are renewed while the server runs.

use std::sync::Arc;

use connector::transport::TlsConfigError;
use connector_tests::certificates::{Authority, Valid};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::ResolvesServerCertUsingSni;
use tokio_rustls::rustls::{ServerConfig, sign::CertifiedKey};

use super::*;

#[tokio::test]
async fn a_renewed_certificate_is_used_and_open_connections_stay() {
    let (old, new) = (Authority::new(), Authority::new());
    let local = old.local();
    let opener = tls(&local);
    let handle = opener.handle();
    let (_server, port) = start(opener).await;
    let url = format!("wss://localhost:{port}");
    let before = connect(&url, trusting(&old.roots())).await.unwrap();
    assert_eq!(failure(&url, trusting(&new.roots())).await, TlsError::UnknownIssuer);

    // Half of a renewal: the certificate without its key.
    let renewed = new.local();
    std::fs::copy(&renewed.certificate, &local.certificate).unwrap();
    assert!(matches!(handle.reload(), Err(TlsConfigError::KeyMismatch { .. })));
    let meanwhile = connect(&url, trusting(&old.roots())).await.unwrap();

    std::fs::copy(&renewed.key, &local.key).unwrap();
    handle.reload().unwrap();
    let after = connect(&url, trusting(&new.roots())).await.unwrap();
    assert_eq!(failure(&url, trusting(&old.roots())).await, TlsError::UnknownIssuer);
    for client in [&before, &meanwhile, &after] {
        echoes(client).await;
    }
}

#[tokio::test]
async fn a_resumed_session_does_not_outlive_its_certificate() {
    let (old, new) = (Authority::new(), Authority::new());
    let local = old.local();
    let opener = tls(&local);
    let handle = opener.handle();
    let (_server, port) = start(opener).await;
    let url = format!("tls://localhost:{port}");
    // This client keeps tickets of the sessions that it had.
    let config = trusting(&old.roots());
    for _ in 0..2 {
        echoes(&connect(&url, config.clone()).await.unwrap()).await;
    }
    let renewed = new.local();
    std::fs::copy(&renewed.certificate, &local.certificate).unwrap();
    std::fs::copy(&renewed.key, &local.key).unwrap();
    handle.reload().unwrap();
    assert_eq!(failure(&url, config).await, TlsError::UnknownIssuer);
}

#[tokio::test]
async fn a_configuration_of_ones_own_chooses_by_name_and_is_replaced() {
    let authority = Authority::new();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let names = ["localhost", "game.example"];
    let [home, game] = names.map(|name| (name, authority.issue(name, &[name], Valid::Now)));
    let with_names = |names: &[&(&str, Identity)]| {
        let mut resolver = ResolvesServerCertUsingSni::new();
        for (name, files) in names {
            let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
            let pair = CertifiedKey::from_der(vec![certificate(files)], key, &provider).unwrap();
            resolver.add(name, pair).unwrap();
        }
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"game/1".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    };
    let opener = Tls::new(with_names(&[&home, &game]));
    let handle = opener.handle();
    assert!(matches!(handle.reload(), Err(TlsConfigError::NoFiles)));
    let (server, port) = start(opener).await;
    let config = trusting(&authority.roots());
    let (to_home, to_game) =
        tokio::join!(shown(port, home.0, config.clone()), shown(port, game.0, config));
    assert_eq!(to_home, certificate(&home.1));
    assert_eq!(to_game, certificate(&game.1));
    assert_ne!(to_home, to_game);

    let url = format!("tls://localhost:{port}");
    let mut config = (*trusting(&authority.roots())).clone();
    config.alpn_protocols = vec![b"game/1".to_vec()];
    let client = connect(&url, Arc::new(config)).await.unwrap();
    echoes(&client).await;
    let alpn = server.handle().sessions()[0].peer().tls.as_ref().unwrap().alpn.clone();
    assert_eq!(alpn.as_deref(), Some(&b"game/1"[..]));

    handle.set(with_names(&[&game]));
    let refused = failure(&url, trusting(&authority.roots())).await;
    assert_eq!(refused, TlsError::Alert("AccessDenied".into()), "no certificate for that name");
    echoes(&client).await;
}

fn certificate(files: &Identity) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(&files.certificate).unwrap()
}

/// The certificate that a client sees which asks for this name.
async fn shown(
    port: u16,
    name: &'static str,
    config: Arc<ClientConfig>,
) -> CertificateDer<'static> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from(name).unwrap();
    let stream = TlsConnector::from(config).connect(name, stream).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}
