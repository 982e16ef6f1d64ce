//! How a server says that it listens.

use std::io::Write;
use std::net::SocketAddr;

/// Tells whoever started this program where it listens.
///
/// # Errors
/// Nobody reads it.
pub fn ready(address: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "READY {}", address.port())?;
    out.flush()
}
