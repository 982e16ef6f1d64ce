//! WebTransport: sessions of both families, bare peers, requests, certificates, and peers that
//! mean harm.
#![allow(clippy::unwrap_used)]

mod certificates;
mod closing;
mod hostile;
mod raw;
mod requests;
mod sessions;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::client::{ConnectError, Reconnect};
use connector::prelude::*;
use connector::transport::{SelfSigned, Tls, WebTransport, WebTransportDialer};
use connector::{Address, Dial, WebTransportConnector, WebTransportSocket};
use connector_tests::bare_webtransport::BareWebTransport;
use connector_tests::certificates::LOCAL;
use serde_json::{Value, json};

/// The time that nothing here takes.
const PATIENCE: Duration = Duration::from_secs(20);
const ANY: &str = "127.0.0.1:0";

/// Answers, pushes, kicks.
struct Entry;

#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    /// Pushes so many numbers.
    #[route]
    async fn push(&self, session: &Session, Json(n): Json<usize>) -> Result<(), HandlerError> {
        for n in 0..n {
            session.push("onPush", Json(n))?;
        }
        Ok(())
    }

    #[route]
    async fn who(&self, session: &Session) -> Json<Value> {
        let peer = session.peer();
        let tls = peer.tls.as_ref().unwrap();
        Json(json!({
            "transport": peer.transport,
            "version": tls.version,
            "name": tls.server_name,
            "alpn": tls.alpn.as_ref().map(|alpn| String::from_utf8_lossy(alpn).into_owned()),
            "address": session.address().to_string(),
        }))
    }

    #[route(notify)]
    async fn leave(&self, session: &Session) {
        session.kick("gone");
    }
}

const ECHO: &str = "connector.entryHandler.echo";
const WHO: &str = "connector.entryHandler.who";

/// A server, and the reasons for which its sessions have ended.
struct Served {
    certificate: SelfSigned,
    server: Server,
    reasons: Arc<Mutex<Vec<CloseReason>>>,
}

impl Served {
    /// Serves with a certificate of its own.
    async fn start() -> Self {
        Self::with(|port| port, |server| server).await
    }

    /// Serves without heartbeats.
    async fn with(
        port: impl FnOnce(WebTransport) -> WebTransport,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let certificate = SelfSigned::new(LOCAL).unwrap();
        let port = port(WebTransport::new(ANY, certificate.tls()));
        Self::at(certificate, port, options).await
    }

    async fn at(
        certificate: SelfSigned,
        port: WebTransport,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let reasons = Arc::<Mutex<Vec<_>>>::default();
        let heard = reasons.clone();
        let builder = Server::builder()
            .connector(WebTransportConnector::bind(port))
            .heartbeat(Duration::ZERO)
            .handler(Entry)
            .on_close(move |_, reason| heard.lock().unwrap().push(reason.clone()));
        Self { certificate, server: options(builder).start().await.unwrap(), reasons }
    }

    fn address(&self) -> SocketAddr {
        let Address::Inet(address) = self.server.addresses()[0] else { panic!("an IP address") };
        address
    }

    async fn client(&self) -> Client {
        connect(self.address(), self.dialer()).await.unwrap()
    }

    fn dialer(&self) -> WebTransportDialer {
        WebTransportDialer::new().certificate_hashes([self.certificate.hash()]).unwrap()
    }

    /// A client of wtransport's.
    fn bare(&self) -> BareWebTransport {
        BareWebTransport::with_hash(*self.certificate.hash().as_bytes())
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

async fn connect(address: SocketAddr, dialer: WebTransportDialer) -> Result<Client, ConnectError> {
    connect_to(&format!("webtransport://{address}/game"), dialer).await
}

async fn connect_to(url: &str, dialer: WebTransportDialer) -> Result<Client, ConnectError> {
    let builder = Client::builder().reconnect(Reconnect::never()).connect_timeout(PATIENCE);
    builder.connect_by(dialer.socket::<WebTransportSocket>(), url).await
}

async fn echoes(client: &Client, n: u32) {
    let answer: Value = client.request(ECHO, Json(json!({ "n": n }))).await.unwrap();
    assert_eq!(answer, json!({ "n": n }));
}

/// Waits for something that has to come.
async fn comes<T>(what: &str, future: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, future).await;
    came.unwrap_or_else(|_| panic!("it never came that {what}"))
}

/// Waits until something is so; what it waits for has no other sign.
async fn until(what: &str, so: impl Fn() -> bool) {
    comes(what, async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
