//! The load: connections on one thread, each with a fixed number of requests in
//! flight.
//!
//! It prints `OPEN` when all connections are open and the server has warmed up.
//! For each line of its input it then warms the server up again, waits for every
//! answer and prints `BEGIN`; at the next line it loads the server, waits for
//! every answer and prints `END <answers> <seconds>`. Between `BEGIN` and `END`
//! the server works for these answers alone; otherwise both programs are idle.

mod blocking;
mod connection;
mod connections;
mod dialect;
mod events;
mod frames;
mod greet;
mod lines;
mod messages;
mod options;
mod packages;
mod published;
mod socket;
mod wire;

use std::io;
use std::time::{Duration, Instant};

use clap::Parser;
use connections::Connections;
use options::Options;

fn main() -> io::Result<()> {
    let options = Options::parse();
    let mut connections = Connections::open(&options)?;
    connections.run(Duration::from_secs_f64(options.settle))?;
    println!("OPEN");
    while next_line()? {
        connections.run(Duration::from_secs_f64(options.warm))?;
        println!("BEGIN");
        if !next_line()? {
            break;
        }
        let (start, before) = (Instant::now(), connections.answers());
        connections.run(Duration::from_secs_f64(options.seconds))?;
        println!("END {} {}", connections.answers() - before, start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Waits for a line; `false` at the end of the input.
fn next_line() -> io::Result<bool> {
    Ok(io::stdin().read_line(&mut String::new())? > 0)
}
