//! Packages as long as a greeting over QUIC, with so many in flight on each connection.
//!
//! It says what `bench-load` says.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::greet::{self, Body};
use bench::measured::{self, Load};
use bench::packages;
use clap::Parser;
use connector_protocol::message::RouteRef;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, RecvStream, SendStream};
use tokio::task::JoinSet;

#[derive(Parser)]
struct Options {
    /// The port of the server on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// The number of connections.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Packages in flight on each.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Seconds of each count.
    #[arg(long, default_value_t = 0.3)]
    seconds: f64,
}

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let options = Options::parse();
    let tls = QuicClientConfig::try_from(bench::tls::trusting())?;
    let mut endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into())?;
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(tls)));
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let mut streams = Vec::new();
    for _ in 0..options.connections {
        let connection = endpoint.connect(server, "localhost")?.await?;
        streams.push(Stream::open(connection, options.depth).await?);
    }
    measured::run(Streams(streams), Duration::from_secs_f64(options.seconds)).await
}

struct Streams(Vec<Stream>);

impl Load for Streams {
    async fn run(&mut self, duration: Duration) -> Result<u64> {
        let end = Instant::now() + duration;
        let mut running = JoinSet::new();
        for mut stream in self.0.drain(..) {
            running.spawn(async move { stream.run(end).await.map(|answers| (stream, answers)) });
        }
        let mut all = 0;
        while let Some(ended) = running.join_next().await {
            let (stream, answers) = ended??;
            self.0.push(stream);
            all += answers;
        }
        Ok(all)
    }
}

/// A connection of one stream.
struct Stream {
    _connection: Connection,
    sends: SendStream,
    receives: RecvStream,
    /// The packages in flight, at once.
    packages: Vec<u8>,
    /// What was received last.
    bytes: Vec<u8>,
}

impl Stream {
    async fn open(connection: Connection, depth: usize) -> Result<Self> {
        let (sends, receives) = connection.open_bi().await?;
        let packages = greet::request(RouteRef::Name(greet::ROUTE), Body::Json).repeat(depth);
        let bytes = vec![0; packages.len()];
        Ok(Self { _connection: connection, sends, receives, packages, bytes })
    }

    /// Sends all packages again each time that all have come back.
    async fn run(&mut self, end: Instant) -> Result<u64> {
        let mut answers = 0;
        while Instant::now() < end {
            self.sends.write_all(&self.packages).await?;
            self.receives.read_exact(&mut self.bytes).await?;
            answers += packages::count(&self.bytes).0 as u64;
        }
        Ok(answers)
    }
}
