//! The line that announces a listening server.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use tokio::net::UnixListener;

/// Prints the port, or the path, for the program that started this one.
///
/// # Errors
/// The standard output is closed.
pub fn ready(place: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "READY {place}")?;
    out.flush()
}

/// Listens on a Unix socket beside the program's file, and prints its path.
///
/// # Errors
/// The socket cannot be bound, or the standard output is closed.
pub fn unix() -> io::Result<UnixListener> {
    let path = socket()?;
    if path.exists() {
        // One that ran before was killed.
        std::fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path)?;
    ready(path.display())?;
    Ok(listener)
}

/// Returns the path of a socket beside the program's file.
///
/// # Errors
/// The system does not know where that is.
pub fn socket() -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_extension("sock"))
}
