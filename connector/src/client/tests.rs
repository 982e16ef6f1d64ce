//! The client against our own server, and against scripted ones.

mod answers;
mod close;
mod fake;
mod game;
mod handshake;
mod heartbeat;
mod network;
mod own_socket;
mod pushes;
mod refusals;
mod requests;

use std::time::Duration;

/// No test waits for this long unless it fails.
const LONG: Duration = Duration::from_secs(20);
