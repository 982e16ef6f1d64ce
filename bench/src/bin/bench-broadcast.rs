//! A server of ours that broadcasts lines on request.

use bench::line::{PUSHED, TEXT};
use connector::prelude::*;

struct Broadcaster;

#[handler("bench.lineHandler")]
impl Broadcaster {
    /// Answers: a session that has its answer is open, and so gets every line.
    #[route]
    async fn join(&self) {}

    /// Broadcasts this many lines at once.
    #[route(notify)]
    async fn send(&self, server: &ServerHandle, Json(lines): Json<usize>) {
        for _ in 0..lines {
            server.broadcast(PUSHED, Json(TEXT)).expect("a line is JSON");
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    bench::serve(Server::builder().handler(Broadcaster)).await
}
