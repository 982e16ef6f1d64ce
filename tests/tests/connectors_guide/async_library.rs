use std::io;

use connector::codec::JsonCodec;
use connector::link::{AsyncLink, AsyncReceiver, AsyncSender, Linked};
use connector::prelude::*;
use connector::transport::Tcp;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Lines of text by tokio's async functions, which stand for those of any library.
struct Texts(TcpStream);
struct Incoming(BufReader<OwnedReadHalf>, usize);
struct Outgoing(OwnedWriteHalf);

impl From<TcpStream> for Texts {
    fn from(stream: TcpStream) -> Self {
        Self(stream)
    }
}

impl AsyncLink for Texts {
    type Sender = Outgoing;
    type Receiver = Incoming;

    async fn open(self, limit: usize) -> Result<(Outgoing, Incoming), CloseReason> {
        let (read, write) = self.0.into_split();
        Ok((Outgoing(write), Incoming(BufReader::new(read), limit)))
    }
}

impl AsyncReceiver for Incoming {
    type Buffer = String;

    /// `None` is the regular end. A text beyond the limit is refused by its size.
    async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
        let mut text = String::new();
        let mut longest = (&mut self.0).take(self.1 as u64 + 2);
        match longest.read_line(&mut text).await {
            Ok(0) => return None,
            Ok(_) if text.ends_with('\n') => _ = text.pop(),
            Ok(_) if text.len() > self.1 => {}
            Ok(_) => return Some(Err(CloseReason::lost(&io::ErrorKind::UnexpectedEof.into()))),
            Err(error) => return Some(Err(CloseReason::lost(&error))),
        }
        Some(Ok(text))
    }
}

impl AsyncSender for Outgoing {
    type Buffer = String;

    async fn send(&mut self, text: String) -> Result<(), CloseReason> {
        let sent = self.0.write_all((text + "\n").as_bytes()).await;
        sent.map_err(|error| CloseReason::lost(&error))
    }

    async fn close(&mut self, _: CloseReason) {
        _ = self.0.shutdown().await;
    }
}

#[derive(Socket)]
struct TextSocket(#[socket(link)] Linked<Texts, TcpStream>, #[socket(peer)] Peer);

#[derive(Connector)]
#[connector(socket = TextSocket, codec = JsonCodec)]
struct TextConnector(#[connector(listen)] Tcp);
