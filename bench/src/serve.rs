//! The servers of ours, which differ in their handlers.

use std::time::Duration;

use connector::Address;
use connector::prelude::*;

use super::ready;

/// Serves the handlers of `server` on a free port, over TCP and WebSocket, until the
/// program is told to end. Heartbeats are off, as those of the others are.
///
/// # Errors
/// The port cannot be bound, or the standard output is closed.
pub async fn serve(server: ServerBuilder) -> Result<(), Box<dyn std::error::Error>> {
    let server = server
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .heartbeat(Duration::ZERO)
        .start()
        .await?;
    for address in server.addresses() {
        if let Address::Inet(address) = address {
            ready(address.port())?;
        }
    }
    server.serve_until(shutdown_signal()).await;
    Ok(())
}
