//! The load: connections that keep so many requests in flight each, on one
//! thread.
//!
//! It prints `OPEN` when all connections are, and the server has worked for a
//! while. For each line that it reads then it warms the server up and prints
//! `BEGIN` when all of that is answered, waits for another line, loads the server
//! again, and prints `END <answers> <seconds>` when all of that is answered.
//! Between `BEGIN` and `END` the server does what belongs to these answers and
//! nothing else; otherwise both rest.

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
    crowd.run(Duration::from_secs_f64(options.settle))?;
    println!("OPEN");
    while is_told()? {
        crowd.run(Duration::from_secs_f64(options.warm))?;
        println!("BEGIN");
        if !is_told()? {
            break;
        }
        let (start, before) = (Instant::now(), crowd.answers());
        crowd.run(Duration::from_secs_f64(options.seconds))?;
        println!("END {} {}", crowd.answers() - before, start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Waits for a line; `false` if there will be none.
fn is_told() -> io::Result<bool> {
    Ok(io::stdin().read_line(&mut String::new())? > 0)
}
