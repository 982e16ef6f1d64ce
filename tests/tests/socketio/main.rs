//! Socket.io: what clients do that released ones do not.
#![allow(clippy::unwrap_used)]

mod addresses;
mod by_hand;
mod client;
mod hostile;
mod http;
mod ids;
mod moving;
mod pages;
mod polling;
mod silent;
mod times;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::prelude::*;
use connector::transport::Sio;
use connector::{Address, SioConnector};
use serde_json::{Value, json};

/// The time that nothing here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers, pushes, kicks.
struct Entry;

#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    /// Pushes so many texts of so many letters.
    #[route(notify)]
    async fn push(&self, session: &Session, Json((n, letters)): Json<(usize, usize)>) {
        let text = "x".repeat(letters);
        for n in 0..n {
            if session.push("onPush", Json(json!({ "n": n, "text": text }))).is_err() {
                return;
            }
        }
    }

    #[route]
    async fn who(&self, session: &Session) -> Json<Value> {
        let peer = session.peer();
        Json(json!({ "transport": peer.transport, "address": peer.address.to_string() }))
    }

    #[route(notify)]
    async fn leave(&self, session: &Session) {
        session.kick("gone");
    }
}

/// A server, and the reasons for which its sessions have ended.
struct Served {
    server: Server,
    reasons: Arc<Mutex<Vec<CloseReason>>>,
}

impl Served {
    /// Serves without heartbeats.
    async fn start() -> Self {
        Self::with("127.0.0.1:0", |builder| builder.heartbeat(Duration::ZERO)).await
    }

    async fn with(
        sio: impl Into<Sio>,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let reasons = Arc::<Mutex<Vec<_>>>::default();
        let heard = reasons.clone();
        let builder = Server::builder()
            .connector(SioConnector::bind(sio))
            .handler(Entry)
            .on_close(move |_, reason| heard.lock().unwrap().push(reason.clone()));
        Self { server: options(builder).start().await.unwrap(), reasons }
    }

    fn address(&self) -> SocketAddr {
        loopback(&self.server)
    }

    /// Waits for the end of a session.
    async fn reason(&self) -> CloseReason {
        let ended = async {
            loop {
                if let Some(reason) = self.reasons.lock().unwrap().pop() {
                    return reason;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("a session ends")
    }

    fn connections(&self) -> usize {
        self.server.handle().statistics().connections
    }
}

/// The address of a server's only port.
fn loopback(server: &Server) -> SocketAddr {
    let Address::Inet(address) = server.addresses()[0] else { panic!("an IP address") };
    address
}

/// The event of a request.
fn event(id: u8, method: &str, body: &str) -> String {
    let route = format!("connector.entryHandler.{method}");
    let text = format!("\0\0\0{}{}{route}{body}", char::from(id), char::from(route.len() as u8));
    format!("42[\"message\",{}]", serde_json::to_string(&text).unwrap())
}
