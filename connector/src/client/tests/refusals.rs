//! Servers that refuse the upgrade of a WebSocket, and those that break the protocol.

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::LONG;
use crate::HybridConnector;
use crate::client::{Client, ConnectError};
use crate::protocol::CloseReason;
use crate::protocol::http::{Response, parse_request};
use crate::protocol::ws::upgrade;
use crate::server::Server;
use crate::transport::DialError;

/// The reason for which a client does not connect to a server that says this.
async fn refused(answer: impl Into<Vec<u8>>) -> CloseReason {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while parse_request(&request).unwrap().is_none() {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(&answer).await.unwrap();
        // Whether it closes is up to the answer.
        let keeps_open = answer.windows(7).any(|part| part == b"Length:");
        keeps_open.then_some(stream)
    };
    let (connected, _stream) =
        timeout(LONG, async { tokio::join!(Client::connect(&url), serve) }).await.unwrap();
    match connected {
        Err(ConnectError::Closed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

async fn response(answer: &str) -> Response {
    match refused(answer).await {
        CloseReason::UpgradeRefused(response) => *response,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_has_status_headers_and_body() {
    let unauthorized = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\n\
        Content-Length: 12\r\n\r\nlog in first";
    let response401 = response(unauthorized).await;
    assert_eq!((response401.status, &*response401.body), (401, &b"log in first"[..]));
    assert_eq!(response401.header("www-authenticate"), Some("Bearer"));

    let busy = "HTTP/1.0 503 Service Unavailable\r\nRetry-After: 5\r\n\r\ntry later";
    let response503 = response(busy).await;
    assert_eq!((response503.status, &*response503.body), (503, &b"try later"[..]));

    let moved = "HTTP/1.1 301 Moved Permanently\r\nLocation: wss://b.example/\r\n\
        Transfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n0\r\n\r\n";
    let response301 = response(moved).await;
    assert_eq!((response301.status, &*response301.body), (301, &b"moved"[..]));
    let reason = CloseReason::UpgradeRefused(Box::new(response301));
    assert_eq!(
        reason.to_string(),
        "the server refused the WebSocket upgrade with HTTP status 301 Moved Permanently to \
         \"wss://b.example/\": \"moved\""
    );
    // The end comes before the whole body.
    let cut =
        response("HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nno").await;
    assert_eq!((cut.status, &*cut.body), (502, &b"no"[..]));
}

#[tokio::test]
async fn a_broken_protocol_is_not_a_refusal() {
    let other_key = upgrade::response("dGhlIHNhbXBsZSBub25jZQ==", None);
    for answer in [other_key, b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()] {
        let reason = refused(answer).await;
        assert!(matches!(reason, CloseReason::Malformed(_)), "{reason:?}");
    }
    assert_eq!(refused("").await, CloseReason::PeerClosed);
}

const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";

#[tokio::test]
async fn early_hints_before_a_refusal_are_skipped() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(response(&format!("{HINTS}{HINTS}{refusal}")).await.status, 403);
}

#[tokio::test]
async fn early_hints_before_an_upgrade_are_skipped() {
    let hybrid = HybridConnector::bind("127.0.0.1:0");
    let server = Server::builder().connector(hybrid).start().await.unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", proxy.local_addr().unwrap());
    let proxied = tokio::spawn(async move {
        let (mut near, _) = proxy.accept().await.unwrap();
        let address = server.addresses()[0].to_string();
        let mut far = TcpStream::connect(address).await.unwrap();
        near.write_all(HINTS.as_bytes()).await.unwrap();
        copy_bidirectional(&mut near, &mut far).await.unwrap();
    });
    let client = timeout(LONG, Client::connect(&url)).await.unwrap().unwrap();
    timeout(LONG, client.close()).await.unwrap();
    timeout(LONG, proxied).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_bad_url_is_a_bad_url() {
    for url in ["ws://h:0", "ws://a b/", "http://h", "wss://h:0", "tcp://h", "tls://h"] {
        let refused = Client::connect(url).await;
        assert!(
            matches!(
                refused,
                Err(ConnectError::Dial(
                    DialError::Url { .. } | DialError::Scheme { .. } | DialError::Tls(_)
                ))
            ),
            "{refused:?}"
        );
    }
}
