//! A library that is async only, and a connector around it: lines of text, of
//! which several are sent as one JSON array.

use std::io;
use std::task::{Context, Poll};

use connector::codec::JsonCodec;
use connector::link::{AsyncLink, Linked};
use connector::transport::Memory;
use connector::{Address, Bare, CloseReason, Connector, Listen, Peer, Socket, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// The longest line that the library takes.
pub const LONGEST: usize = 50_000;

/// The library's connection.
#[derive(Debug)]
pub struct LineLink {
    io: DuplexStream,
    read: Vec<u8>,
}

impl AsyncLink for LineLink {
    type Buffer = String;

    async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
        loop {
            let end = self.read.iter().position(|&byte| byte == b'\n');
            let size = end.unwrap_or(self.read.len());
            if size > LONGEST {
                return Some(Err(CloseReason::TooLarge { size, limit: LONGEST }));
            }
            if let Some(end) = end {
                let mut line: Vec<u8> = self.read.drain(..=end).collect();
                line.pop();
                return Some(String::from_utf8(line).map_err(CloseReason::malformed));
            }
            match self.io.read_buf(&mut self.read).await {
                Ok(0) if self.read.is_empty() => return None,
                Ok(0) => {
                    return Some(Err(CloseReason::lost(&io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "within a line",
                    ))));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(CloseReason::lost(&error))),
            }
        }
    }

    async fn send(&mut self, line: String) -> Result<(), CloseReason> {
        let line = line + "\n";
        let sent = self.io.write_all(line.as_bytes()).await;
        sent.map_err(|error| CloseReason::lost(&error))
    }

    async fn close(&mut self, _: CloseReason) {
        // An end that cannot be told any more is no error.
        let _ = self.io.shutdown().await;
    }
}

/// A connection of a [`LineConnector`].
#[derive(Debug, Socket)]
#[socket(session = Bare, batch = array)]
pub struct LineSocket {
    #[socket(link)]
    link: Linked<LineLink>,
    #[socket(peer)]
    peer: Peer,
}

/// Lines of text in memory.
#[derive(Debug, Connector)]
#[connector(socket = LineSocket, codec = JsonCodec)]
pub struct LineConnector {
    /// Where they arrive.
    #[connector(listen)]
    pub memory: Lines,
}

/// [`Memory`] whose connections are the library's.
#[derive(Debug)]
pub struct Lines(pub Memory);

impl Listen for Lines {
    type Io = LineLink;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.0.bind().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(LineLink, Peer)>> {
        let accepted = self.0.poll_accept(cx);
        accepted.map_ok(|(io, peer)| (LineLink { io, read: Vec::new() }, peer))
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }
}
