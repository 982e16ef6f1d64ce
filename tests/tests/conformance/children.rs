//! A program for each client: the client is at its far end, and the connector at its standard
//! input and output.

use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector::prelude::*;
use connector::protocol::framing::LengthDelimited;
use connector::testing::{self, Dialers, Wire};
use connector::transport::{ChildProcess, ChildStream, Memory};
use connector::{Address, Dial, Listen, Peer, Socket, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpSocket;

/// The program, which passes its streams on to a TCP port.
const RELAY: &str = env!("CARGO_BIN_EXE_relay");

/// A socket over the streams of a child process.
#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
pub(crate) struct ChildSocket {
    #[socket(io)]
    io: ChildStream,
    #[socket(peer)]
    peer: Peer,
}

/// Sockets to child processes, which clients ask for.
#[derive(Connector)]
#[connector(socket = ChildSocket, codec = connector::codec::JsonCodec)]
pub(crate) struct ChildConnector {
    #[connector(listen)]
    pub(crate) listen: Children,
}

/// Starts a program for each client that asks for one.
pub(crate) struct Children {
    clients: Memory,
    starting: Option<Starting>,
}

type Starting = Pin<Box<dyn Future<Output = io::Result<(ChildStream, Peer)>> + Send>>;

impl Children {
    pub(crate) fn new(clients: Memory) -> Self {
        Self { clients, starting: None }
    }
}

/// Starts the program for a client, which says at which port it waits.
async fn start(mut client: DuplexStream) -> io::Result<(ChildStream, Peer)> {
    let port = client.read_u16().await?;
    let child = ChildProcess::new(RELAY).arg(port.to_string());
    let started = child.connect("").await.map_err(io::Error::other)?;
    client.write_u8(0).await?;
    Ok(started)
}

impl Listen for Children {
    type Io = ChildStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.clients.bind().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(ChildStream, Peer)>> {
        loop {
            if let Some(starting) = &mut self.starting {
                let started = ready!(starting.as_mut().poll(cx));
                self.starting = None;
                return Poll::Ready(started);
            }
            let (client, _) = ready!(self.clients.poll_accept(cx))?;
            self.starting = Some(Box::pin(start(client)));
        }
    }

    fn close(&mut self) {
        self.starting = None;
        self.clients.close();
    }

    fn address(&self) -> Option<Address> {
        self.clients.address()
    }
}

/// A client at the far end of a program that the connector starts for it.
pub(crate) struct AtFarEnd(pub(crate) Dialers);

impl testing::Dial for AtFarEnd {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let socket = TcpSocket::new_v4()?;
        // Otherwise the system lets them grow by megabytes.
        socket.set_recv_buffer_size(64 * 1024)?;
        socket.set_send_buffer_size(64 * 1024)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let far_end = socket.listen(1)?;
        let mut asked = self.0.dial(address).await?;
        asked.write(&far_end.local_addr()?.port().to_be_bytes()).await?;
        if asked.read().await? == 0 {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (stream, _) = far_end.accept().await?;
        stream.set_nodelay(true)?;
        // A client that disappears does so with a reset.
        stream.set_zero_linger()?;
        Ok(Wire::new(stream))
    }
}
