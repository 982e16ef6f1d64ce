//! Clients that have lost their connection, and whose server's certificate is wrong by then.

use connector::client::{ConnectionState, Reconnect, RequestError, States};
use connector_tests::certificates::{Authority, Valid};

use super::*;

/// Makes the files of `to` those of `from`.
fn replace(from: &Identity, to: &Identity) {
    std::fs::copy(&from.certificate, &to.certificate).unwrap();
    std::fs::copy(&from.key, &to.key).unwrap();
}

fn soon() -> Reconnect {
    Reconnect::new().first_wait(Duration::from_millis(20))
}

/// Ends the client's connection at the server.
async fn end(client: &Client, server: &Server) {
    echoes(client).await;
    server.handle().sessions()[0].close();
}

/// The next state that `wanted` picks.
async fn until<T>(states: &mut States, wanted: impl Fn(ConnectionState) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = wanted(states.next().await.unwrap()) {
                return found;
            }
        }
    };
    tokio::time::timeout(TIMEOUT, found).await.unwrap()
}

fn failure_of(state: ConnectionState) -> Option<TlsError> {
    match state.reason() {
        Some(CloseReason::Tls(error)) => Some((**error).clone()),
        _ => None,
    }
}

#[tokio::test]
async fn a_certificate_that_became_wrong_ends_a_client_at_once() {
    let (authority, other) = (Authority::new(), Authority::new());
    let wrong = [
        (authority.issue("expired", &["localhost"], Valid::Expired), "has expired"),
        (authority.issue("named", &["game.example"], Valid::Now), "is for another name"),
        (other.local(), "the issuer of the peer's certificate is unknown"),
    ];
    for (renewed, told) in wrong {
        let local = authority.local();
        let opener = tls(&local);
        let handle = opener.handle();
        let (server, port) = start(opener).await;
        let builder = Client::builder().tls(trusting(&authority.roots())).reconnect(soon());
        let client = builder.connect(&format!("wss://localhost:{port}")).await.unwrap();
        let mut states = client.states();
        replace(&renewed, &local);
        handle.reload().unwrap();
        end(&client, &server).await;
        // One attempt, and not another one.
        let lost = |state| matches!(state, ConnectionState::Lost { .. }).then_some(state);
        let lost = until(&mut states, lost).await;
        assert!(matches!(lost, ConnectionState::Lost { attempt: 1, .. }), "{lost:?}");
        let waits = client.request::<()>("test.peerHandler.echo", ());
        let closed = tokio::time::timeout(TIMEOUT, client.closed());
        let (waits, closed) = tokio::join!(waits, closed);
        let reason = closed.unwrap();
        assert!(matches!(reason, CloseReason::Tls(_)), "{reason:?}");
        assert!(reason.to_string().contains(told), "{reason}");
        assert!(matches!(&waits, Err(RequestError::Closed(why)) if *why == reason), "{waits:?}");
    }
}

#[tokio::test]
async fn a_client_that_is_told_to_outlasts_a_wrong_certificate() {
    let authority = Authority::new();
    let local = authority.local();
    let opener = tls(&local);
    let handle = opener.handle();
    let (server, port) = start(opener).await;
    let builder = Client::builder().tls(trusting(&authority.roots()));
    let builder = builder.reconnect(soon().after_tls_failure());
    let client = builder.connect(&format!("tls://localhost:{port}")).await.unwrap();
    let mut states = client.states();
    replace(&authority.issue("expired", &["localhost"], Valid::Expired), &local);
    handle.reload().unwrap();
    end(&client, &server).await;
    let seen = until(&mut states, failure_of).await;
    assert!(matches!(seen, TlsError::Expired(_)), "{seen:?}");
    replace(&authority.issue("renewed", &["localhost"], Valid::Now), &local);
    handle.reload().unwrap();
    until(&mut states, |state| state.is_open().then_some(())).await;
    echoes(&client).await;
}

/// In TLS 1.3 the server refuses the client's certificate when the client has opened.
#[tokio::test]
async fn a_client_whose_certificate_is_not_wanted_any_more_is_told_so() {
    use connector::transport::ServerPem;
    let (authority, other) = (Authority::new(), Authority::new());
    let local = authority.local();
    let roots =
        authority.write("clients.pem", &std::fs::read_to_string(authority.roots()).unwrap());
    let pem = ServerPem::new(&local.certificate, &local.key).client_roots(&roots);
    let opener = Tls::from_pem(pem).unwrap();
    let handle = opener.handle();
    let (server, port) = start(opener).await;
    let ann = authority.issue("ann", &["ann"], Valid::Now);
    let config = ClientPem::new(authority.roots()).certificate(ann.certificate, ann.key);
    let builder = Client::builder().tls(config.load().unwrap()).reconnect(soon());
    let client = builder.connect(&format!("wss://localhost:{port}")).await.unwrap();
    std::fs::copy(other.roots(), &roots).unwrap();
    handle.reload().unwrap();
    end(&client, &server).await;
    let reason = tokio::time::timeout(TIMEOUT, client.closed()).await.unwrap();
    assert_eq!(reason, CloseReason::Tls(Box::new(TlsError::Alert("UnknownCA".into()))));
}

/// What breaks off passes by itself.
#[tokio::test]
async fn a_handshake_that_breaks_off_is_tried_again() {
    let authority = Authority::new();
    let (server, port) = start(tls(&authority.local())).await;
    let address = format!("127.0.0.1:{port}");
    let proxy = tokio::net::TcpListener::bind(ANY).await.unwrap();
    let url = format!("tls://localhost:{}", proxy.local_addr().unwrap().port());
    let through = async {
        // The first and the fourth connection get through, those between break off.
        for attempt in 1..=4 {
            let (mut near, _) = proxy.accept().await.unwrap();
            if attempt == 1 || attempt == 4 {
                let mut far = tokio::net::TcpStream::connect(&address).await.unwrap();
                tokio::spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            } else if attempt == 3 {
                // With a reset.
                near.set_zero_linger().unwrap();
            }
        }
    };
    let client = async {
        let builder = Client::builder().tls(trusting(&authority.roots())).reconnect(soon());
        let client = builder.connect(&url).await.unwrap();
        end(&client, &server).await;
        let mut states = client.states();
        let again = |state| match state {
            ConnectionState::Connecting { attempt: 3, reason } => Some(reason),
            _ => None,
        };
        let reason = until(&mut states, again).await;
        until(&mut states, |state| state.is_open().then_some(())).await;
        echoes(&client).await;
        reason
    };
    let (reason, ()) = tokio::join!(client, through);
    assert!(matches!(reason, CloseReason::Lost { .. } | CloseReason::Tls(_)), "{reason:?}");
}
