//! A library that is async only, and a connector around it: lines of text, of
//! which several are sent as one JSON array.

use std::io;

use connector::codec::JsonCodec;
use connector::link::{AsyncLink, AsyncReceiver, AsyncSender, Linked};
use connector::transport::Memory;
use connector::{Bare, CloseReason, Connector, Peer, Socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, split};

/// The library's connection.
#[derive(Debug)]
pub struct LineLink(DuplexStream);

/// Its half that reads lines of at most `longest` bytes.
#[derive(Debug)]
pub struct LineReader {
    io: ReadHalf<DuplexStream>,
    read: Vec<u8>,
    longest: usize,
}

/// Its half that writes lines.
#[derive(Debug)]
pub struct LineWriter(WriteHalf<DuplexStream>);

impl From<DuplexStream> for LineLink {
    fn from(io: DuplexStream) -> Self {
        Self(io)
    }
}

impl AsyncLink for LineLink {
    type Sender = LineWriter;
    type Receiver = LineReader;

    async fn open(self, longest: usize) -> Result<(LineWriter, LineReader), CloseReason> {
        let (read, write) = split(self.0);
        Ok((LineWriter(write), LineReader { io: read, read: Vec::new(), longest }))
    }
}

impl AsyncReceiver for LineReader {
    type Buffer = String;

    async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
        loop {
            let end = self.read.iter().position(|&byte| byte == b'\n');
            let size = end.unwrap_or(self.read.len());
            if size > self.longest {
                return Some(Err(CloseReason::TooLarge { size, limit: self.longest }));
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
}

impl AsyncSender for LineWriter {
    type Buffer = String;

    async fn send(&mut self, line: String) -> Result<(), CloseReason> {
        let line = line + "\n";
        let sent = self.0.write_all(line.as_bytes()).await;
        sent.map_err(|error| CloseReason::lost(&error))
    }

    async fn close(&mut self, _: CloseReason) {
        // An end that cannot be told any more is no error.
        let _ = self.0.shutdown().await;
    }
}

/// A connection of a [`LineConnector`].
#[derive(Debug, Socket)]
#[socket(session = Bare, batch = array)]
pub struct LineSocket {
    #[socket(link)]
    link: Linked<LineLink, DuplexStream>,
    #[socket(peer)]
    peer: Peer,
}

/// Lines of text in memory.
#[derive(Debug, Connector)]
#[connector(socket = LineSocket, codec = JsonCodec)]
pub struct LineConnector {
    /// Where they arrive.
    #[connector(listen)]
    pub memory: Memory,
}
