//! The port of WebSocket and plain HTTP, byte by byte.

#![allow(clippy::unwrap_used)]

mod farewells;
mod forwarded;
mod memory;
mod plain;

use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// An upgrade request, to which headers and an empty line are added.
const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
