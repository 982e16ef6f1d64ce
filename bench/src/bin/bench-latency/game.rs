//! A server with a port for each transport, and a client that asks it at a steady pace.

use std::error::Error;
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use connector::client::Reconnect;
use connector::prelude::*;
use connector::transport::{Quic, QuicDialer, Tls, WebTransport, WebTransportDialer};
use connector::{
    Address, Client, Dial, QuicConnector, QuicSocket, WebTransportConnector, WebTransportSocket,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Options;
use crate::network::REACHED;

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ECHO: &str = "game.entry.echo";
/// What no answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[expect(clippy::enum_variant_names, reason = "WebTransport is its name")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    WebSocket,
    Quic,
    WebTransport,
}

struct Entry;

#[handler("game.entry")]
impl Entry {
    #[route]
    fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }
}

pub(crate) struct Game {
    server: Server,
}

impl Game {
    /// Starts the server.
    ///
    /// # Errors
    /// A port cannot be bound.
    pub(crate) async fn start(address: Ipv4Addr) -> Result<Self> {
        let any = format!("{address}:0");
        let tls = Tls::new(bench::tls::server());
        let (quic, web) = (Quic::new(&any, tls.clone()), WebTransport::new(&any, tls));
        let server = Server::builder()
            .connector(HybridConnector::bind(any.as_str()))
            .connector(QuicConnector::bind(quic))
            .connector(WebTransportConnector::bind(web))
            .handler(Entry)
            .start()
            .await?;
        Ok(Self { server })
    }

    pub(crate) fn transports(&self) -> [Transport; 4] {
        [Transport::Tcp, Transport::WebSocket, Transport::Quic, Transport::WebTransport]
    }

    /// Asks over a transport, and returns how long each answer has taken since its request was
    /// due.
    ///
    /// # Errors
    /// The connection is not there, or an answer.
    pub(crate) async fn play(
        &self,
        transport: Transport,
        options: &Options,
    ) -> Result<Vec<Duration>> {
        let client = self.connect(transport).await?;
        let body = json!("x".repeat(options.size));
        let start = Instant::now();
        let mut asked = JoinSet::new();
        for n in 0..options.requests {
            let due = start + Duration::from_millis(options.every) * n as u32;
            tokio::time::sleep_until(due).await;
            let (client, body) = (client.clone(), body.clone());
            asked.spawn(async move {
                let answer: Json<Value> = client.request(ECHO, Json(&body)).await?;
                Ok::<_, connector::client::RequestError>((answer, due.elapsed()))
            });
        }
        let mut waited = Vec::with_capacity(options.requests);
        while let Some(answer) = asked.join_next().await {
            waited.push(answer??.1);
        }
        client.close().await;
        Ok(waited)
    }

    async fn connect(&self, transport: Transport) -> Result<Client> {
        let addresses = self.server.addresses();
        let port = |index: usize| match &addresses[index] {
            Address::Inet(address) => address.port(),
            _ => 0,
        };
        let builder = Client::builder()
            .reconnect(Reconnect::never())
            .connect_timeout(PATIENCE)
            .request_timeout(PATIENCE);
        Ok(match transport {
            Transport::Tcp => builder.connect(&format!("tcp://{REACHED}:{}", port(0))).await?,
            Transport::WebSocket => builder.connect(&format!("ws://{REACHED}:{}", port(0))).await?,
            Transport::Quic => {
                let dialer = QuicDialer::new().tls(bench::tls::trusting());
                let url = format!("quic://{REACHED}:{}", port(1));
                builder.connect_by(dialer.socket::<QuicSocket>(), &url).await?
            }
            Transport::WebTransport => {
                let dialer = WebTransportDialer::new().tls(bench::tls::trusting());
                let url = format!("webtransport://{REACHED}:{}/", port(2));
                builder.connect_by(dialer.socket::<WebTransportSocket>(), &url).await?
            }
        })
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::WebSocket => "WebSocket",
            Self::Quic => "QUIC",
            Self::WebTransport => "WebTransport",
        })
    }
}
