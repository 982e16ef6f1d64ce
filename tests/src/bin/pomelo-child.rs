//! A pomelo server that speaks to the program that has started it, over its standard input
//! and output.

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    server::run()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod server {
    use std::io;
    use std::sync::Arc;

    use connector::codec::PomeloCodec;
    use connector::prelude::*;
    use connector::transport::{ParentStream, Stream};
    use connector::{Accept, Address, TcpSocket};
    use serde_json::Value;
    use tokio::sync::Notify;

    /// Echoes, pushes, and says which process it is.
    struct Game;

    #[handler("game.main")]
    impl Game {
        #[route]
        async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
            Json(body)
        }

        #[route]
        async fn process(&self) -> Json<u32> {
            Json(std::process::id())
        }

        #[route]
        async fn push(&self, session: &Session, Json(body): Json<Value>) -> Json<bool> {
            Json(session.push("onPush", Json(&body)).is_ok())
        }
    }

    /// Serves the parent until that closes the connection.
    #[tokio::main(flavor = "current_thread")]
    pub(super) async fn run() -> io::Result<()> {
        let closed = Arc::new(Notify::new());
        let closes = closed.clone();
        let builder = Server::builder().handler(Game).on_close(move |_, _| closes.notify_one());
        let server = builder.start().await.map_err(io::Error::other)?;
        let parent = Stream::from(ParentStream::stdio());
        let socket = TcpSocket::accept(parent, Peer::new("parent", Address::Unnamed));
        server.handle().serve_connection(socket, PomeloCodec);
        closed.notified().await;
        Ok(())
    }
}
