//! The load: connections that keep so many requests in flight each, on one
//! thread.
//!
//! It prints `BEGIN` when everything is warm and answered, waits for a line,
//! loads the server again, and prints `END <answers> <seconds>` when all of
//! that is answered. Between the two lines the server does what belongs to
//! these answers and nothing else.

mod crowd;
mod greet;
mod lines;
mod member;
mod messages;
mod options;
mod packages;
mod speech;

use std::io;
use std::time::{Duration, Instant};

use clap::Parser;
use crowd::Crowd;
use options::Options;

fn main() -> io::Result<()> {
    let options = Options::parse();
    let mut crowd = Crowd::open(&options)?;
    crowd.run(Duration::from_secs_f64(options.warm))?;
    println!("BEGIN");
    io::stdin().read_line(&mut String::new())?;
    let (start, before) = (Instant::now(), crowd.answers());
    crowd.run(Duration::from_secs_f64(options.seconds))?;
    println!("END {} {}", crowd.answers() - before, start.elapsed().as_secs_f64());
    Ok(())
}
