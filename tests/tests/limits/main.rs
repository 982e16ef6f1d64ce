//! Every limit has its count, its reason, and a dry run.
#![allow(clippy::unwrap_used)]

mod closing;
mod counted;
mod holding;
mod kept;
mod plugins;
mod refusing;

use std::sync::Arc;
use std::time::Duration;

use connector::client::Reconnect;
use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::{Accept, Address, MemorySocket, ServerHandle, Session};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use counted::{Counted, until};

/// Both ways: a limit that holds, and one that is only counted.
const BOTH: [bool; 2] = [false, true];

/// A server whose handlers wait at a gate, and what it has counted.
struct Trial {
    counted: Counted,
    gate: Arc<Semaphore>,
    reasons: Mutex<UnboundedReceiver<CloseReason>>,
    server: Server,
    url: String,
}

struct Gate(Arc<Semaphore>);

#[handler("test.gateHandler")]
impl Gate {
    #[route]
    async fn wait(&self) {
        self.0.acquire().await.unwrap().forget();
    }

    #[route(concurrent)]
    async fn wait_beside(&self) {
        self.0.acquire().await.unwrap().forget();
    }

    #[route(concurrent)]
    async fn echo(&self, Json(text): Json<String>) -> Json<String> {
        Json(text)
    }
}

impl Trial {
    async fn start(limits: Limits) -> Self {
        Self::listen(limits, HybridConnector::bind("127.0.0.1:0")).await
    }

    async fn listen(limits: Limits, connector: impl Connector) -> Self {
        let counted = Counted::here();
        let gate = Arc::new(Semaphore::new(0));
        let (heard, reasons) = unbounded_channel();
        let server = Server::builder()
            .heartbeat(Duration::ZERO)
            .connector(connector)
            .handler(Gate(gate.clone()))
            .limits(limits)
            .on_close(move |_, reason| _ = heard.send(reason.clone()))
            .start()
            .await
            .unwrap();
        let url = format!("tcp://{}", server.addresses()[0]);
        Self { counted, gate, reasons: reasons.into(), server, url }
    }

    fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    async fn client(&self) -> Client {
        Client::builder().reconnect(Reconnect::never()).connect(&self.url).await.unwrap()
    }

    /// A client through a pipe.
    async fn client_in_memory(&self) -> Client {
        let near = self.pipe("10.0.0.1:1", 64 << 10);
        let socket = MemorySocket::accept(near, Peer::new("memory", Address::Unnamed));
        Client::builder().connect_socket(socket).await.unwrap()
    }

    async fn echoes(&self, client: &Client) {
        let Json(text): Json<String> =
            client.request("test.gateHandler.echo", Json("text")).await.unwrap();
        assert_eq!(text, "text");
    }

    /// A peer from some address, through a pipe that holds so many bytes.
    fn pipe(&self, address: &str, bytes: usize) -> DuplexStream {
        let (near, far) = tokio::io::duplex(bytes);
        let peer = Peer::new("memory", address.parse::<std::net::SocketAddr>().unwrap());
        let socket = <MemorySocket as Accept<_>>::accept(far, peer);
        self.handle().serve_connection(socket, PomeloCodec);
        near
    }

    /// A session whose peer has not read anything since its handshake.
    async fn silent(&self) -> (DuplexStream, Session) {
        let mut near = self.pipe("10.0.0.1:1", 1024);
        shake_hands(&mut near).await.unwrap();
        until("it is open", || self.handle().statistics().sessions == 1).await;
        (near, self.handle().sessions().remove(0))
    }

    /// Ends it, so that it counts nothing more.
    async fn end(self) {
        self.handle().stop_within(Duration::ZERO).await;
    }

    async fn reason(&self) -> CloseReason {
        let ended = timeout(Duration::from_secs(20), self.reasons.lock().await.recv()).await;
        ended.expect("a session has ended").unwrap()
    }
}

async fn shake_hands(near: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::io::Result<()> {
    near.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await?;
    let mut head = [0; 4];
    near.read_exact(&mut head).await?;
    let size = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
    near.read_exact(&mut vec![0; size]).await?;
    near.write_all(b"\x02\x00\x00\x00").await
}
