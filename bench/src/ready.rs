//! The line that announces a listening server.

use std::io::Write;
use std::net::SocketAddr;

/// Prints the port, for the program that started this one.
///
/// # Errors
/// The standard output is closed.
pub fn ready(address: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "READY {}", address.port())?;
    out.flush()
}
