//! The bare loop that a broadcast is measured against: one `send` of the kernel
//! for each connection, nothing else. The first connection asks for it with
//! whatever it sends.

use std::io::{Read, Write};
use std::net::TcpListener;

use bench::line;
use clap::Parser;

/// Sends lines to everybody in a loop.
#[derive(Parser)]
struct Options {
    /// Connections that it waits for.
    #[arg(long)]
    connections: usize,
    /// Lines that are sent to each connection at once.
    #[arg(long, default_value_t = 1)]
    lines: usize,
}

fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let bytes = line::pushed().repeat(options.lines);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    bench::ready(listener.local_addr()?.port())?;
    let mut members = Vec::with_capacity(options.connections);
    while members.len() < options.connections {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        members.push(stream);
    }
    let mut asked = [0; 1024];
    while members[0].read(&mut asked)? > 0 {
        for member in &mut members {
            member.write_all(&bytes)?;
        }
    }
    Ok(())
}
