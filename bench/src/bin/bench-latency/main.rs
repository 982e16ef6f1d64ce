//! Milliseconds from a request to its answer over a network that delays and loses packets, by each
//! transport.
//!
//! It is the server and the client, and between the two a network of its own (see `network.rs`),
//! for which it has to be root on Linux. It prints a line for each transport: its name, a colon, and
//! the milliseconds that the answers have taken, in order of their lengths.

#[cfg(target_os = "linux")]
mod game;
#[cfg(target_os = "linux")]
mod network;

use clap::Parser;

/// The network and the load.
#[derive(Parser)]
struct Options {
    /// Milliseconds that a packet takes in one direction.
    #[arg(long, default_value_t = 25)]
    delay: u64,
    /// The percentage of packets that are lost in each direction.
    #[arg(long, default_value_t = 2.0)]
    loss: f64,
    /// Milliseconds between two requests.
    #[arg(long, default_value_t = 20)]
    every: u64,
    /// Requests over each transport.
    #[arg(long, default_value_t = 1000)]
    requests: usize,
    /// Bytes in the body of each.
    #[arg(long, default_value_t = 200)]
    size: usize,
    /// What decides which packets are lost.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    use std::time::Duration;

    let options = Options::parse();
    let network = network::Network::start(Duration::from_millis(options.delay)).await?;
    let game = game::Game::start(network::SERVER).await?;
    for transport in game.transports() {
        // All are met by the same fate, as far as they send alike.
        network.lose(options.loss / 100.0, options.seed);
        let mut waited = game.play(transport, &options).await?;
        waited.sort_unstable();
        let waited = waited.iter().map(|waited| format!("{:.2}", waited.as_secs_f64() * 1000.0));
        println!("{transport}: {}", waited.collect::<Vec<_>>().join(" "));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    let _ = Options::parse();
    eprintln!("it needs Linux");
    std::process::exit(1);
}
