//! Our own server with a handler for tests.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::client::{Client, ClientBuilder, ConnectError};
use crate::connector::Accept;
use crate::handler::{Cx, Handler, HandlerError, Reply, RouteSpec};
use crate::server::{Server, ServerBuilder};
use crate::transport::{Memory, MemoryDialer};
use crate::{Address, Json, MemoryConnector, MemorySocket, Peer};

/// Echoes, waits, fails, pushes, kicks.
pub(super) struct Game {
    release: Arc<Notify>,
    notified: mpsc::UnboundedSender<Value>,
}

impl Handler for Game {
    const ROUTES: &'static [RouteSpec] = &[
        RouteSpec::new("game.main.echo"),
        RouteSpec::new("game.main.wait").concurrent(),
        RouteSpec::new("game.main.release"),
        RouteSpec::new("game.main.fail"),
        RouteSpec::new("game.main.note").notify(),
        RouteSpec::new("game.main.push"),
        RouteSpec::new("game.main.kick"),
        RouteSpec::new("game.main.never").concurrent(),
    ];

    fn call<'a>(
        &'a self,
        index: usize,
        cx: Cx<'a>,
        body: &[u8],
    ) -> impl Future<Output: Reply> + use<'a> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        async move {
            match index {
                1 => self.release.notified().await,
                2 => self.release.notify_waiters(),
                3 => return Err(HandlerError::new(403, "not yours").with("owner", "bob")),
                4 => self.notified.send(body.clone()).unwrap(),
                5 => cx.session.push("onPush", Json(&body)).unwrap(),
                6 => cx.session.kick(body["reason"].as_str()),
                7 => std::future::pending().await,
                _ => {}
            }
            Ok(body)
        }
    }
}

/// A server in this process, and what tests want to know of it.
pub(super) struct Table {
    pub(super) server: Server,
    pub(super) dialer: MemoryDialer,
    pub(super) notified: mpsc::UnboundedReceiver<Value>,
}

pub(super) fn handler() -> (Game, mpsc::UnboundedReceiver<Value>) {
    let (sender, notified) = mpsc::unbounded_channel();
    (Game { release: Arc::default(), notified: sender }, notified)
}

pub(super) async fn serve(builder: ServerBuilder) -> Table {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let (game, notified) = handler();
    let server =
        builder.connector(MemoryConnector::bind(memory)).handler(game).start().await.unwrap();
    Table { server, dialer, notified }
}

impl Table {
    pub(super) async fn try_client(&self, builder: ClientBuilder) -> Result<Client, ConnectError> {
        let peer = Peer::new("memory", Address::Unnamed);
        let socket = MemorySocket::accept(self.dialer.dial().await.unwrap(), peer);
        builder.connect_socket(socket).await
    }

    pub(super) async fn client(&self) -> Client {
        self.try_client(Client::builder()).await.unwrap()
    }
}

/// What works on every connection.
pub(super) async fn exercise(client: &Client, notified: &mut mpsc::UnboundedReceiver<Value>) {
    let mut pushes = client.pushes::<Value>("onPush");
    for size in [0, 100, 1_000, 70_000, 500_000] {
        let body = json!({ "text": "x".repeat(size) });
        let answer: Value = client.request("game.main.echo", Json(&body)).await.unwrap();
        assert!(answer == body, "{size}");
    }
    let pushed: Value = client.request("game.main.push", Json(json!({ "n": 1 }))).await.unwrap();
    assert_eq!(pushes.next().await.unwrap().unwrap(), pushed);
    client.notify("game.main.note", Json(json!({ "n": 2 }))).await.unwrap();
    assert_eq!(notified.recv().await, Some(json!({ "n": 2 })));
}
