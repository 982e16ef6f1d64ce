//! Good sessions beside floods: one program of each kind is run at a time.
//!
//! With a flood it sends as fast as the server takes it, until its input ends. Without
//! one it is the good sessions, each of which asks now and then: it prints `TOOK <p50 µs>
//! <p99 µs> <most µs>` for each line that it reads, and fails if an answer is lost.
//! `cargo xtask flood` runs them. By hand, with a core for the server and one for all
//! others:
//!
//! ```text
//! taskset -c 1 echo --port 0                                     READY 40123
//! taskset -c 0 bench-flood --port 40123 --peers 100              OPEN, enter, TOOK
//! nice -n 19 taskset -c 0 bench-flood --port 40123 --flood pings --peers 20
//! ```

mod flood;
mod good;

use std::io;

use clap::Parser;

use flood::Flood;

#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// The flood; the good sessions without one.
    #[arg(long)]
    flood: Option<Flood>,
    /// The number of peers.
    #[arg(long)]
    peers: usize,
    /// Seconds of each measurement of the good sessions.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let Options { port, flood, peers, seconds } = Options::parse();
    match flood {
        Some(flood) => flood.run(port, peers).await,
        None => good::run(port, peers, seconds).await,
    }
}
