//! A server of ours that broadcasts lines on request.

use std::sync::{Arc, OnceLock};

use bench::line::{PUSHED, TEXT};
use connector::prelude::*;

/// Broadcasts lines.
#[derive(Clone, Default)]
struct Broadcaster(Arc<OnceLock<ServerHandle>>);

#[handler("bench.lineHandler")]
impl Broadcaster {
    /// Answers: a session that has its answer is open, and so gets every line.
    #[route]
    async fn join(&self) {}

    /// Broadcasts this many lines at once.
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
    let broadcaster = Broadcaster::default();
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(broadcaster.clone())
        .start()
        .await?;
    let _ = broadcaster.0.set(server.handle());
    for address in server.addresses() {
        println!("READY {}", address.port().unwrap_or_default());
    }
    server.serve_until(shutdown_signal()).await;
    Ok(())
}
