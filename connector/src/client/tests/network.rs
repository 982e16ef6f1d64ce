use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::LONG;
use super::game::{exercise, handler};
use crate::client::{Client, ConnectError};
use crate::protocol::CloseReason;
use crate::server::Server;
use crate::{Connector, HybridConnector, Json, TcpConnector, WebSocketConnector};

async fn works(connector: impl Connector, url: impl Fn(&str) -> String, transport: &str) {
    let (game, mut notified) = handler();
    let server = Server::builder().connector(connector).handler(game);
    let server = server.heartbeat(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::connect(&url(&server.addresses()[0].to_string())).await.unwrap();
    assert_eq!(client.peer().transport, transport);
    timeout(LONG, exercise(&client, &mut notified)).await.unwrap();
    let session = &server.handle().sessions()[0];
    assert_eq!(session.peer().transport, transport);
    let mut pushes = client.pushes::<Json<u8>>("onBatch");
    session.push_batch(&[("onBatch", Json(1)), ("onBatch", Json(2))]).unwrap();
    assert_eq!(pushes.next().await.unwrap().unwrap().0, 1);
    assert_eq!(pushes.next().await.unwrap().unwrap().0, 2);
    session.kick("enough");
    let kicked = timeout(LONG, client.closed()).await.unwrap();
    assert_eq!(kicked, CloseReason::Kicked(Some("enough".into())));
    let client = Client::connect(&url(&server.addresses()[0].to_string())).await.unwrap();
    timeout(LONG, client.close()).await.unwrap();
    timeout(LONG, server.handle().stop()).await.unwrap();
}

#[tokio::test]
async fn tcp_works_with_tcp_and_hybrid() {
    works(TcpConnector::bind("127.0.0.1:0"), |address| format!("tcp://{address}"), "tcp").await;
    works(HybridConnector::bind("127.0.0.1:0"), |address| address.to_owned(), "tcp").await;
}

#[tokio::test]
async fn websocket_works_with_websocket_and_hybrid() {
    let url = |address: &str| format!("ws://{address}/any?path");
    works(WebSocketConnector::bind("127.0.0.1:0"), url, "websocket").await;
    works(HybridConnector::bind("127.0.0.1:0"), url, "websocket").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn works_from_many_threads() {
    let (game, _notified) = handler();
    let hybrid = HybridConnector::bind("127.0.0.1:0");
    let server = Server::builder().connector(hybrid).handler(game).start().await.unwrap();
    let client = Client::connect(&format!("ws://{}", server.addresses()[0])).await.unwrap();
    let tasks = (0..16u64).map(|task| {
        let client = client.clone();
        tokio::spawn(async move {
            for n in 0..200 {
                let n = task << 32 | n;
                assert_eq!(
                    client.request::<Json<u64>>("game.main.echo", Json(&n)).await.unwrap().0,
                    n
                );
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        timeout(LONG, task).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn ipv6_works() {
    let (game, mut notified) = handler();
    let hybrid = HybridConnector::bind("[::1]:0");
    // Not every machine has it.
    let Ok(server) = Server::builder().connector(hybrid).handler(game).start().await else {
        return;
    };
    let client = Client::connect(&format!("ws://{}", server.addresses()[0])).await.unwrap();
    exercise(&client, &mut notified).await;
}

#[tokio::test]
async fn nobody_there_is_told_with_the_address() {
    // Bound, so that nobody else gets the port, and not listening.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = bound.local_addr().unwrap();
    let refused = Client::connect(&format!("ws://{address}")).await.unwrap_err();
    assert!(
        refused.to_string().starts_with(&format!("cannot connect to {address}: ")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_told() {
    let options = crate::transport::WebOptions::new().origins(["https://game.example"]);
    let web = crate::transport::WebSocket::new("127.0.0.1:0".into(), options);
    let server = Server::builder().connector(WebSocketConnector::bind(web)).start().await.unwrap();
    let tcp = Client::connect(&server.addresses()[0].to_string()).await;
    let Err(ConnectError::Closed(reason)) = tcp else { panic!("{tcp:?}") };
    assert!(matches!(reason, CloseReason::Malformed(_) | CloseReason::Lost { .. }), "{reason:?}");

    let tcp = Server::builder().connector(TcpConnector::bind("127.0.0.1:0")).start().await.unwrap();
    let ws = Client::connect(&format!("ws://{}", tcp.addresses()[0])).await;
    assert!(matches!(ws, Err(ConnectError::Closed(_))), "{ws:?}");
}

#[tokio::test]
async fn a_client_that_vanishes_is_noticed() {
    let (game, _notified) = handler();
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(game)
        .on_close(move |_, reason| sender.send(reason.clone()).unwrap());
    let server = server.start().await.unwrap();
    let client = Client::connect(&format!("ws://{}", server.addresses()[0])).await.unwrap();
    let _: Value = client.request("game.main.echo", Json(1)).await.unwrap();
    drop(client);
    assert_eq!(timeout(LONG, ended.recv()).await.unwrap(), Some(CloseReason::PeerClosed));
}
