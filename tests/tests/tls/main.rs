//! TLS and WSS: certificates and their mistakes, our own client, released programs, proxies in
//! front, and peers that mean harm.

#![allow(clippy::unwrap_used)]

mod certificates;
mod dialers;
mod files;
mod hostile;
mod plain;
mod proxies;
mod reconnect;
mod released;
mod reload;
mod roots;
mod stalls;

use std::future::poll_fn;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use connector::Address;
use connector::client::ConnectError;
use connector::link::{Inbox, Link, Opening};
use connector::prelude::*;
use connector::protocol::TlsError;
use connector::transport::{ClientPem, Hybrid, Tcp, Tls};
use connector_tests::certificates::Identity;
use tokio_rustls::rustls::ClientConfig;

/// The longest wait for what has to happen.
const TIMEOUT: Duration = Duration::from_secs(20);
const ANY: &str = "127.0.0.1:0";

/// A peer as the server sees it.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Seen {
    transport: String,
    ip: String,
    /// The version, the name that was asked for, the number of certificates.
    tls: Option<(String, Option<String>, usize)>,
}

async fn who(client: &Client) -> Seen {
    let Json(seen) = client.request("test.peerHandler.who", ()).await.unwrap();
    seen
}

struct Who;

#[handler("test.peerHandler")]
impl Who {
    /// The transport of whoever asks, and what TLS has told.
    #[route]
    async fn who(&self, peer: Peer) -> Json<Seen> {
        let tls = peer
            .tls
            .map(|tls| (tls.version.to_owned(), tls.server_name.clone(), tls.certificates.len()));
        let ip = match &peer.address {
            Address::Inet(address) => address.ip().to_string(),
            other => other.to_string(),
        };
        Json(Seen { transport: peer.transport.to_owned(), ip, tls })
    }

    /// The same again.
    #[route]
    async fn echo(&self, Raw(body): Raw) -> Raw {
        Raw(body)
    }
}

fn tls(identity: &Identity) -> Tls {
    Tls::from_pem_files(&identity.certificate, &identity.key).unwrap()
}

/// A server with this opener on a hybrid port, and that port.
async fn start(tls: Tls) -> (Server, u16) {
    let connector = HybridConnector::bind(Tcp::from(ANY).opener(tls));
    let server = Server::builder().connector(connector).handler(Who).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

fn trusting(roots: &Path) -> Arc<ClientConfig> {
    ClientPem::new(roots).load().unwrap()
}

async fn connect(url: &str, config: Arc<ClientConfig>) -> Result<Client, ConnectError> {
    Client::builder().tls(config).connect(url).await
}

async fn echoes(client: &Client) {
    let Raw(back) = client.request("test.peerHandler.echo", Raw("hi".into())).await.unwrap();
    assert_eq!(back, "hi");
}

/// The failure of TLS for which a client did not connect.
async fn failure(url: &str, config: Arc<ClientConfig>) -> TlsError {
    match connect(url, config).await {
        Err(ConnectError::Closed(CloseReason::Tls(error))) => *error,
        other => panic!("{other:?}"),
    }
}

/// A port with an opener that accepts one connection.
struct Port {
    hybrid: Hybrid,
    number: u16,
}

impl Port {
    async fn bind(tls: Option<Tls>) -> Self {
        let tcp = Tcp::from(ANY);
        let listen = match tls {
            Some(tls) => tcp.opener(tls),
            None => tcp.into(),
        };
        let mut hybrid = Hybrid::new(listen, WebOptions::new());
        hybrid.bind().await.unwrap();
        let number = hybrid.address().unwrap().port().unwrap();
        Self { hybrid, number }
    }

    /// The reason for which the next connection does not open. It is closed as a server does.
    async fn refusal(&mut self) -> CloseReason {
        let (mut link, mut peer) = poll_fn(|cx| self.hybrid.poll_accept(cx)).await.unwrap();
        let mut inbox = Inbox::new(1024);
        let reason = link.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap_err();
        let mut outgoing = Default::default();
        inbox.take_replies(&mut outgoing);
        let _ = poll_fn(|cx| link.poll_send(cx, &mut outgoing)).await;
        link.disconnect(reason.clone()).await;
        while link.recv(&mut Inbox::new(1024)).await.is_ok() {}
        reason
    }
}
