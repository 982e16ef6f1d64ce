//! A server of ours that says lines to everybody when it is asked to.

use std::sync::{Arc, OnceLock};

use bench::line::{PUSHED, TEXT};
use connector::prelude::*;

/// Says lines to everybody.
#[derive(Clone, Default)]
struct Crier(Arc<OnceLock<ServerHandle>>);

#[handler("bench.lineHandler")]
impl Crier {
    /// Whoever is answered has an open session, and so gets every line.
    #[route]
    async fn join(&self) {}

    /// Says so many lines at once.
    #[route(notify)]
    async fn send(&self, Json(lines): Json<usize>) {
        let Some(server) = self.0.get() else { return };
        for _ in 0..lines {
            server.broadcast(PUSHED, Json(TEXT)).expect("a line is JSON");
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let crier = Crier::default();
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(crier.clone())
        .start()
        .await?;
    let _ = crier.0.set(server.handle());
    for address in server.addresses() {
        println!("READY {}", address.port().unwrap_or_default());
    }
    server.serve_until(shutdown_signal()).await;
    Ok(())
}
