//! The load of links on one machine: packages over a Unix socket or over shared memory, by our
//! own client's links.
//!
//! It says what `bench-load` says.

use std::error::Error;
use std::time::{Duration, Instant};

use bench::measured;
use clap::Parser;
use connector::link::{Inbox, Link, Opening};
use connector::transport::{SharedMemoryDialer, Stream, UnixDialer};
use connector::{Accept, Dial, Peer, SharedMemorySocket, TcpSocket};

#[derive(Parser)]
struct Options {
    /// The path of the server's socket.
    #[arg(long, value_name = "PATH")]
    port: String,
    /// Uses shared memory in place of the socket alone.
    #[arg(long)]
    shared: bool,
    /// Packages in flight.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Bytes in the body of each package.
    #[arg(long)]
    size: usize,
    /// Seconds of each count.
    #[arg(long, default_value_t = 0.3)]
    seconds: f64,
}

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result {
    let options = Options::parse();
    // In a task, since the main thread is no worker.
    if options.shared {
        let (stream, peer) = SharedMemoryDialer::new().connect(&options.port).await?;
        let socket = SharedMemorySocket::accept(stream, peer.clone());
        tokio::spawn(load(socket, peer, options)).await?
    } else {
        let (stream, peer) = UnixDialer::new().connect(&options.port).await?;
        let socket = TcpSocket::accept(Stream::from(stream), peer.clone());
        tokio::spawn(load(socket, peer, options)).await?
    }
}

async fn load(mut link: impl Link, mut peer: Peer, options: Options) -> Result {
    let [_, length @ ..] = u32::try_from(options.size)?.to_be_bytes();
    let package = [&[4], &length[..], &vec![b'x'; options.size]].concat();
    let mut inbox = Inbox::new(package.len() + 64);
    link.open(&mut Opening::new(&mut inbox, &mut peer)).await?;
    let load = Packages { link, inbox, package, depth: options.depth };
    measured::run(load, Duration::from_secs_f64(options.seconds)).await
}

struct Packages<L> {
    link: L,
    inbox: Inbox,
    package: Vec<u8>,
    depth: usize,
}

impl<L: Link> Packages<L> {
    async fn hear(&mut self) -> Result {
        let length = self.link.recv(&mut self.inbox).await?.len();
        if length == self.package.len() { Ok(()) } else { Err("another package".into()) }
    }
}

impl<L: Link> measured::Load for Packages<L> {
    async fn run(&mut self, duration: Duration) -> Result<u64> {
        let end = Instant::now() + duration;
        for _ in 0..self.depth {
            self.link.send(&self.package).await?;
        }
        let mut answers = 0;
        while Instant::now() < end {
            self.hear().await?;
            answers += 1;
            self.link.send(&self.package).await?;
        }
        for _ in 0..self.depth {
            self.hear().await?;
        }
        Ok(answers + self.depth as u64)
    }
}
