//! The load: connections that keep so many requests in flight each, on one
//! thread.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use connector_protocol::package::HANDSHAKE_ACK;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep};

/// Keeps requests in flight and counts the answers.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// What the port speaks.
    #[arg(long)]
    speaks: Speaks,
    /// Connections.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Requests in flight on each.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Seconds before the count begins.
    #[arg(long, default_value_t = 0.5)]
    warm: f64,
    /// Seconds that are counted.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Speaks {
    /// Packages, sent back as they are.
    Frames,
    /// Pomelo, with its handshake.
    Pomelo,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let answers = Rc::new(Cell::new(0u64));
    let local = LocalSet::new();
    local
        .run_until(async {
            let mut clients = JoinSet::new();
            for _ in 0..options.connections {
                let stream = open(options.port, options.speaks).await?;
                clients.spawn_local(load(stream, options.depth, answers.clone()));
            }
            sleep(Duration::from_secs_f64(options.warm)).await;
            // The parent reads the server's clock when it sees these lines.
            println!("BEGIN");
            let (start, before) = (Instant::now(), answers.get());
            sleep(Duration::from_secs_f64(options.seconds)).await;
            println!("END {} {}", answers.get() - before, start.elapsed().as_secs_f64());
            clients.abort_all();
            Ok(())
        })
        .await
}

async fn open(port: u16, speaks: Speaks) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    if speaks == Speaks::Pomelo {
        stream.write_all(&bench::hello()).await?;
        let mut answer = vec![0; 4096];
        let mut filled = 0;
        while bench::packages(&answer[..filled]).0 == 0 {
            filled += stream.read(&mut answer[filled..]).await?;
        }
        stream.write_all(&HANDSHAKE_ACK).await?;
    }
    Ok(stream)
}

/// Sends `depth` requests in one write, then as many as were answered.
async fn load(mut stream: TcpStream, depth: usize, answers: Rc<Cell<u64>>) -> std::io::Result<()> {
    let request = bench::request(100);
    let requests = request.repeat(depth);
    let mut bytes = vec![0; 64 * 1024];
    let mut filled = 0;
    stream.write_all(&requests).await?;
    loop {
        let read = stream.read(&mut bytes[filled..]).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let (count, whole) = bench::packages(&bytes[..filled]);
        bytes.copy_within(whole..filled, 0);
        filled -= whole;
        answers.set(answers.get() + count as u64);
        let count = count.min(depth);
        stream.write_all(&requests[..request.len() * count]).await?;
    }
}
