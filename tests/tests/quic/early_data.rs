//! 0-RTT: what a client sends before its handshake has ended can be replayed.

use connector_tests::bare_quic::{bare_server, eager_tls};

use super::raw::Raw;
use super::*;

/// Connects once for a ticket, and returns whether the next connection sends 0-RTT by it.
async fn sends_early(client: &BareQuic, address: SocketAddr, visit: impl Future) -> bool {
    comes("a first connection has its ticket", visit).await;
    client.begin(address).into_0rtt().is_ok()
}

#[tokio::test]
async fn a_resumed_session_sends_nothing_before_its_handshake() {
    let authority = Authority::new();
    let identity = authority.local();
    // Of TLS that would allow it.
    let quic = Quic::new(ANY, Tls::new(Arc::new(eager_tls(&identity))));
    let eager = bare_server(&identity, &[ALPN]);
    let served = Served::at(authority, quic, |server| server).await;

    let client = served.bare(&[ALPN]);
    let visit = async {
        let mut raw = Raw::open_by(&served, &client).await;
        raw.echoes(&json!("after the ticket")).await;
    };
    assert!(!sends_early(&client, served.address(), visit).await);

    // The same client does where it may.
    let address = eager.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Some(incoming) = eager.accept().await {
            let connection = incoming.await.unwrap();
            let mut stream = connection.open_uni().await.unwrap();
            stream.write_all(b"after the ticket").await.unwrap();
            stream.finish().unwrap();
            connection.closed().await;
        }
    });
    let client = served.bare(&[ALPN]);
    let visit = async {
        let connection = client.connect(address).await.unwrap();
        connection.accept_uni().await.unwrap().read_to_end(100).await.unwrap();
    };
    assert!(sends_early(&client, address, visit).await);
    server.abort();
}
