//! UDP: sessions over a network that loses, overtakes and doubles, and of which anybody may
//! forge the addresses.
#![allow(clippy::unwrap_used)]

mod bare;
mod hostile;
mod lossy;
mod raw;
mod released;
mod sessions;
mod sizes;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::prelude::*;
use connector::transport::Udp;
use connector::{Address, CloseReason};
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
    #[route]
    async fn push(
        &self,
        session: &Session,
        Json((n, letters)): Json<(usize, usize)>,
    ) -> Result<(), HandlerError> {
        let texts = (0..n).map(|n| json!({ "n": n, "text": "x".repeat(letters) }));
        let texts: Vec<_> = texts.map(|body| ("onPush", body)).collect();
        session.push_batch(&texts)?;
        Ok(())
    }

    /// Answers with a text of so many letters.
    #[route]
    async fn long(&self, Json(letters): Json<usize>) -> Json<String> {
        Json("x".repeat(letters))
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

const ECHO: &str = "connector.entryHandler.echo";

/// A server, and the reasons for which its sessions have ended.
struct Served {
    server: Server,
    reasons: Arc<Mutex<Vec<CloseReason>>>,
}

impl Served {
    /// Serves at a port, without heartbeats.
    async fn start(
        udp: impl Into<Udp>,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let reasons = Arc::<Mutex<Vec<_>>>::default();
        let heard = reasons.clone();
        let builder = Server::builder()
            .connector(UdpConnector::bind(udp))
            .heartbeat(Duration::ZERO)
            .handler(Entry)
            .on_close(move |_, reason| heard.lock().unwrap().push(reason.clone()));
        Self { server: options(builder).start().await.unwrap(), reasons }
    }

    fn address(&self) -> SocketAddr {
        let Address::Inet(address) = self.server.addresses()[0] else { panic!("an IP address") };
        address
    }

    fn url(&self) -> String {
        format!("udp://{}", self.address())
    }

    async fn client(&self) -> Client {
        Client::connect(&self.url()).await.unwrap()
    }

    /// Waits for the end of a session.
    async fn reason(&self) -> CloseReason {
        until("a session ends", || !self.reasons.lock().unwrap().is_empty()).await;
        self.reasons.lock().unwrap().remove(0)
    }

    fn sessions(&self) -> usize {
        self.server.handle().statistics().sessions
    }

    fn connections(&self) -> usize {
        self.server.handle().statistics().connections
    }
}

async fn echoes(client: &Client, n: u32) {
    let answer: Value = client.request(ECHO, Json(json!({ "n": n }))).await.unwrap();
    assert_eq!(answer, json!({ "n": n }));
}

/// Waits until something is so; what it waits for has no other sign.
async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..4_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came that {what}");
}
