//! Clients without TLS on a port with TLS, and the other way round.

use connector_tests::certificates::Authority;

use super::*;

const UNEXPECTED: TlsError = TlsError::Unexpected;

fn tls_error(error: TlsError) -> CloseReason {
    CloseReason::Tls(Box::new(error))
}

async fn refused(url: &str) -> CloseReason {
    match Client::connect(url).await {
        Err(ConnectError::Closed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plain_client_on_a_port_with_tls_only_is_told_so() {
    let authority = Authority::new();
    let mut port = Port::bind(Some(tls(&authority.local()))).await;
    let url = format!("tcp://127.0.0.1:{}", port.number);
    let (told, seen) = tokio::join!(refused(&url), port.refusal());
    assert_eq!((told, seen), (tls_error(UNEXPECTED), tls_error(TlsError::Plain)));

    let url = format!("ws://127.0.0.1:{}", port.number);
    let (told, seen) = tokio::join!(refused(&url), port.refusal());
    assert_eq!(seen, tls_error(TlsError::Plain));
    let CloseReason::UpgradeRefused(response) = told else { panic!("{told:?}") };
    let body = String::from_utf8(response.body).unwrap();
    assert_eq!((response.status, body.contains("wss://")), (400, true), "{body}");
}

#[tokio::test]
async fn a_tls_client_on_a_port_without_tls_is_told_so() {
    let authority = Authority::new();
    let mut port = Port::bind(None).await;
    for scheme in ["tls", "wss"] {
        let url = format!("{scheme}://127.0.0.1:{}", port.number);
        let (told, seen) =
            tokio::join!(failure(&url, trusting(&authority.roots())), port.refusal());
        assert_eq!((told, seen), (TlsError::Plain, tls_error(UNEXPECTED)), "{scheme}");
    }
    let connector = WebSocketConnector::bind(ANY);
    let server = Server::builder().connector(connector).start().await.unwrap();
    let url = format!("wss://{}", server.addresses()[0]);
    assert_eq!(failure(&url, trusting(&authority.roots())).await, TlsError::Plain);
}

#[tokio::test]
async fn other_connections_do_not_notice() {
    let authority = Authority::new();
    let (server, port) = start(tls(&authority.local())).await;
    let good = connect(&format!("wss://localhost:{port}"), trusting(&authority.roots())).await;
    let good = good.unwrap();
    for url in [format!("tcp://127.0.0.1:{port}"), format!("ws://127.0.0.1:{port}")] {
        refused(&url).await;
        echoes(&good).await;
    }
    assert_eq!(server.handle().sessions().len(), 1);
}

#[tokio::test]
async fn both_share_a_port_if_that_is_allowed() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local()).or_plain()).await;
    for (scheme, transport, with_tls) in [
        ("tcp", "tcp", false),
        ("tls", "tcp", true),
        ("ws", "websocket", false),
        ("wss", "websocket", true),
    ] {
        let url = format!("{scheme}://localhost:{port}");
        let client = connect(&url, trusting(&authority.roots())).await.unwrap();
        let who = who(&client).await;
        assert_eq!((&*who.transport, who.tls.is_some()), (transport, with_tls), "{url}");
    }
}

#[tokio::test]
async fn a_proxys_header_that_nobody_expects_is_named() {
    use tokio::io::AsyncWriteExt;
    let authority = Authority::new();
    let mut port = Port::bind(Some(tls(&authority.local()))).await;
    let client = async {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port.number)).await.unwrap();
        stream.write_all(b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 3010\r\n").await.unwrap();
        stream
    };
    let _stream = client.await;
    // The end of the stream is not waited for.
    let (mut link, mut peer) = poll_fn(|cx| port.hybrid.poll_accept(cx)).await.unwrap();
    let mut inbox = Inbox::new(1024);
    let reason = link.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap_err();
    assert!(reason.to_string().contains("which is not a named proxy"), "{reason}");
}
