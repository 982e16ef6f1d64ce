//! A library that calls back with each line of text. It reads in a task of its own.

use std::future::Future;
use std::io;
use std::pin::Pin;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

type OnMessage = Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;
type OnError = Box<dyn FnOnce(io::Error) + Send>;

pub(crate) struct Socket {
    read: Option<OwnedReadHalf>,
    write: OwnedWriteHalf,
    max_message: usize,
    on_error: Option<OnError>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let (read, write) = stream.into_split();
        Self { read: Some(read), write, max_message: usize::MAX, on_error: None }
    }

    /// A longer message is cut off there, and called back with as it is.
    pub(crate) fn max_message(&mut self, bytes: usize) {
        self.max_message = bytes;
    }

    pub(crate) fn on_error(&mut self, callback: impl FnOnce(io::Error) + Send + 'static) {
        self.on_error = Some(Box::new(callback));
    }

    /// The library waits for each call to end before it reads on.
    pub(crate) fn on_message<F>(&mut self, callback: F)
    where
        F: Fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static,
    {
        let (read, on_error) = (self.read.take().unwrap(), self.on_error.take());
        let max_message = self.max_message as u64;
        tokio::spawn(async move {
            let on_message: OnMessage = Box::new(callback);
            if let (Err(error), Some(on_error)) =
                (run(read, max_message, &on_message).await, on_error)
            {
                on_error(error);
            }
        });
    }

    pub(crate) async fn emit(&mut self, text: String) -> io::Result<()> {
        self.write.write_all((text + "\n").as_bytes()).await
    }

    pub(crate) async fn disconnect(&mut self) {
        let _ = self.write.shutdown().await;
    }
}

async fn run(read: OwnedReadHalf, max: u64, on_message: &OnMessage) -> io::Result<()> {
    let mut lines = BufReader::new(read);
    loop {
        let mut line = String::new();
        // One byte more than the longest, and the end of the line.
        if (&mut lines).take(max + 2).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let ended = line.ends_with('\n');
        if !ended && line.len() as u64 <= max {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        on_message(line.trim_end_matches('\n').to_owned()).await;
    }
}
