//! Clients over each of the ready dialers.

use tokio::time::timeout;

use super::LONG;
use super::game::{exercise, handler};
use crate::client::{Client, ConnectError};
use crate::connector::{Dial, DialError, Socket};
use crate::server::Server;
use crate::transport::{Memory, TcpDialer, WebSocketDialer};
use crate::{
    Connector, HybridConnector, MemoryConnector, MemorySocket, Peer, TcpConnector, TcpSocket,
    WebSocketSocket,
};

async fn works(connector: impl Connector, dialer: impl Dial<Io: Socket>, scheme: &str) {
    let (game, mut notified) = handler();
    let server = Server::builder().connector(connector).handler(game).start().await.unwrap();
    let url = format!("{scheme}{}", server.addresses()[0]);
    let client = Client::builder().connect_by(dialer, &url).await.unwrap();
    timeout(LONG, exercise(&client, &mut notified)).await.unwrap();
    timeout(LONG, client.close()).await.unwrap();
}

#[tokio::test]
async fn every_ready_dialer_connects_a_client() {
    let any = "127.0.0.1:0";
    let tcp = TcpDialer::new().socket::<TcpSocket>();
    works(TcpConnector::bind(any), tcp.clone(), "tcp://").await;
    works(HybridConnector::bind(any), tcp, "").await;
    let websocket = WebSocketDialer::new().socket::<WebSocketSocket>();
    works(HybridConnector::bind(any), websocket, "ws://").await;
    let memory = MemoryConnector::bind(Memory::new("dialled"));
    let dialer = memory.dialer().socket::<MemorySocket>();
    works(memory, dialer, "any://").await;
}

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::client::{ConnectionState, Reconnect, States};
    use crate::codec::PomeloCodec;
    use crate::transport::{Unix, UnixDialer};
    use crate::{Config, Json};

    #[derive(connector_macros::Connector)]
    #[connector(socket = TcpSocket, codec = PomeloCodec, crate = "crate")]
    struct UnixConnector {
        #[connector(listen)]
        unix: Unix,
        #[connector(config)]
        config: Config,
    }

    async fn next(states: &mut States) -> ConnectionState {
        timeout(LONG, states.next()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_client_over_a_unix_socket_connects_again() {
        let directory = std::env::temp_dir().join(format!("connector-dial-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("game.sock");
        let serve = async || {
            let (game, notified) = handler();
            let server = Server::builder().connector(UnixConnector::bind(&*path)).handler(game);
            (server.start().await.unwrap(), notified)
        };
        let (server, mut notified) = serve().await;
        let policy = Reconnect::new().first_wait(Duration::from_millis(10));
        let dialer = UnixDialer::new().socket::<TcpSocket>();
        let url = format!("unix://{}", path.display());
        let client = Client::builder().reconnect(policy).connect_by(dialer, &url).await.unwrap();
        assert_eq!(client.peer().transport, "unix");
        exercise(&client, &mut notified).await;

        let mut states = client.states();
        server.handle().stop().await;
        while !matches!(next(&mut states).await, ConnectionState::Lost { .. }) {}
        let (_server, _notified) = serve().await;
        while next(&mut states).await != ConnectionState::Open {}
        let echoed: Value = client.request("game.main.echo", Json(json!(7))).await.unwrap();
        assert_eq!(echoed, 7);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

#[tokio::test]
async fn a_dialer_refuses_urls_of_others_at_once() {
    let tcp = TcpDialer::new().socket::<TcpSocket>();
    let websocket = WebSocketDialer::new().socket::<WebSocketSocket>();
    let refused = [
        Client::builder().connect_by(tcp, "ws://127.0.0.1:1/").await,
        Client::builder().connect_by(websocket, "tcp://127.0.0.1:1").await,
    ];
    for (refused, write) in refused.into_iter().zip(["`tcp://host:port`", "`ws://host:port`"]) {
        match refused {
            Err(ConnectError::Dial(error @ DialError::Url { .. })) => {
                assert!(error.to_string().contains(write), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A dialer with a mistake.
struct Panics;

impl Dial for Panics {
    type Io = TcpSocket;

    async fn connect(&self, _: &str) -> Result<(TcpSocket, Peer), DialError> {
        panic!("as wanted")
    }
}

#[tokio::test]
async fn a_dialer_that_panics_fails_the_attempt() {
    let error = Client::builder().connect_by(Panics, "any").await.unwrap_err();
    assert!(matches!(error, ConnectError::Closed(crate::CloseReason::Panicked)), "{error:?}");
}
