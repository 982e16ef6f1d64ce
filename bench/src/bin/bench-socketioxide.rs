//! Bare socketioxide on hyper: sends the text of every event `message` back.

use std::convert::Infallible;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};
use socketioxide::handler::ConnectHandler;
use tokio::net::TcpListener;

/// The time between heartbeats, which are off in the others, and for an answer.
const NEVER: Duration = Duration::from_secs(60 * 60 * 24);

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let (service, io) = SocketIo::builder().ping_interval(NEVER).ping_timeout(NEVER).build_svc();
    io.ns("/", connected.with(prepare));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?.port())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
        tokio::spawn(served.with_upgrades());
    }
}

/// Answers events. It runs before the client hears that it is connected, so that no event is
/// lost.
async fn prepare(socket: SocketRef) -> Result<(), Infallible> {
    socket.on("message", async |socket: SocketRef, Data::<String>(text)| {
        // The load notices an answer that does not come.
        let _ = socket.emit("message", &text);
    });
    Ok(())
}

async fn connected(_: SocketRef) {}
