use connector::codec::JsonCodec;
use connector::link::{AsyncLink, AsyncSender, Fed, Feed, Linked};
use connector::prelude::*;
use connector::transport::Tcp;
use tokio::net::TcpStream;

/// A socket of the library.
struct Called(library::Socket);

/// The sending half. The receiving one is that of a feed.
struct Calls(library::Socket);

impl From<TcpStream> for Called {
    fn from(stream: TcpStream) -> Self {
        Self(library::Socket::new(stream))
    }
}

impl AsyncLink for Called {
    type Sender = Calls;
    type Receiver = Fed;

    async fn open(mut self, limit: usize) -> Result<(Calls, Fed), CloseReason> {
        let (feed, fed) = Feed::new();
        let failed = feed.clone();
        self.0.max_message(limit);
        self.0.on_error(move |error| failed.end(CloseReason::lost(&error)));
        // The library waits while too much waits here. One that cannot wait calls `push`,
        // which ends the link then. When it drops the callbacks, the link ends too.
        self.0.on_message(move |text| {
            let feed = feed.clone();
            Box::pin(async move { _ = feed.send(text).await })
        });
        Ok((Calls(self.0), fed))
    }
}

impl AsyncSender for Calls {
    type Buffer = String;

    async fn send(&mut self, text: String) -> Result<(), CloseReason> {
        self.0.emit(text).await.map_err(|error| CloseReason::lost(&error))
    }

    async fn close(&mut self, _: CloseReason) {
        self.0.disconnect().await;
    }
}

/// Several texts that leave together are one JSON array.
#[derive(Socket)]
#[socket(batch = array)]
struct CalledSocket(#[socket(link)] Linked<Called, TcpStream>, #[socket(peer)] Peer);

#[derive(Connector)]
#[connector(socket = CalledSocket, codec = JsonCodec)]
struct CalledConnector(#[connector(listen)] Tcp);
