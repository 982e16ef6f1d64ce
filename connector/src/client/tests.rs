//! The client against our own server, and against scripted ones.

mod answers;
mod cache;
#[cfg(all(unix, feature = "child-process"))]
mod children;
mod close;
mod dialers;
mod fake;
mod game;
mod handshake;
mod heartbeat;
mod network;
mod on_open;
mod own_socket;
mod policy;
mod pushes;
mod reconnect;
mod refusals;
mod requests;
mod waiting;

use std::time::Duration;

/// No test waits for this long unless it fails.
const LONG: Duration = Duration::from_secs(20);
