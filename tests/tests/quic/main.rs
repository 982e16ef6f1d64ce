//! QUIC: sessions of both families, bare peers, rough networks, certificates, and peers that mean
//! harm.
#![allow(clippy::unwrap_used)]

mod certificates;
mod closing;
mod early_data;
mod hostile;
mod raw;
mod rough;
mod sessions;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::client::{ConnectError, Reconnect};
use connector::prelude::*;
use connector::protocol::TlsError;
use connector::transport::{ClientPem, Quic, QuicDialer, Tls};
use connector::{Address, Dial, QuicConnector, QuicSocket};
use connector_tests::bare_quic::BareQuic;
use connector_tests::certificates::{Authority, Identity, Valid};
use serde_json::{Value, json};

/// The time that nothing here takes.
const PATIENCE: Duration = Duration::from_secs(20);
const ANY: &str = "127.0.0.1:0";
/// The protocol's name in TLS.
const ALPN: &str = "connector";

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
        for n in 0..n {
            session.push("onPush", Json(json!({ "n": n, "text": "x".repeat(letters) })))?;
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
            "certificates": tls.certificates.len(),
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
    authority: Authority,
    server: Server,
    reasons: Arc<Mutex<Vec<CloseReason>>>,
}

impl Served {
    /// Serves with a certificate for `localhost`.
    async fn start() -> Self {
        Self::with(|quic| quic, |server| server).await
    }

    /// Serves without heartbeats.
    async fn with(
        port: impl FnOnce(Quic) -> Quic,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let authority = Authority::new();
        let local = authority.local();
        let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
        let quic = port(Quic::new(ANY, tls));
        Self::at(authority, quic, options).await
    }

    async fn at(
        authority: Authority,
        quic: Quic,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let reasons = Arc::<Mutex<Vec<_>>>::default();
        let heard = reasons.clone();
        let builder = Server::builder()
            .connector(QuicConnector::bind(quic))
            .heartbeat(Duration::ZERO)
            .handler(Entry)
            .on_close(move |_, reason| heard.lock().unwrap().push(reason.clone()));
        Self { authority, server: options(builder).start().await.unwrap(), reasons }
    }

    fn address(&self) -> SocketAddr {
        let Address::Inet(address) = self.server.addresses()[0] else { panic!("an IP address") };
        address
    }

    async fn client(&self) -> Client {
        self.client_at(self.address()).await
    }

    /// A client that connects to another address, which leads to the server.
    async fn client_at(&self, address: SocketAddr) -> Client {
        connect(address, self.dialer()).await.unwrap()
    }

    fn dialer(&self) -> QuicDialer {
        QuicDialer::new().tls(ClientPem::new(self.authority.roots()).load().unwrap())
    }

    /// A client of quinn's that names these protocols.
    fn bare(&self, alpn: &[&str]) -> BareQuic {
        BareQuic::new(&self.authority.roots(), alpn)
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

async fn connect(address: SocketAddr, dialer: QuicDialer) -> Result<Client, ConnectError> {
    let builder = Client::builder().reconnect(Reconnect::never()).connect_timeout(PATIENCE);
    builder.connect_by(dialer.socket::<QuicSocket>(), &format!("quic://{address}")).await
}

/// The failure of TLS for which a client does not connect.
async fn failure(address: SocketAddr, dialer: QuicDialer) -> TlsError {
    match connect(address, dialer).await {
        Err(ConnectError::Closed(CloseReason::Tls(error))) => *error,
        other => panic!("{other:?}"),
    }
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
