//! The traits for libraries that are async only or have a buffer type of their own.

use connector_protocol::CloseReason;

use super::Buffer;
use crate::MaybeSend;

/// A connection of a library in async functions, for libraries that offer nothing else.
/// As the field of a socket it is a [`Linked`](super::Linked).
///
/// When it has opened, it is two halves that work at the same time: a send that takes
/// time does not keep the other half from receiving. A library whose connection is one
/// value is shared by both halves, or split by its own means.
///
/// It is made of what a listener accepts by `From`, and the listener needs no wrapper:
///
/// ```
/// use connector::codec::JsonCodec;
/// use connector::link::{AsyncLink, AsyncReceiver, AsyncSender, Linked};
/// use connector::prelude::*;
/// use connector::transport::Tcp;
/// use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
/// use tokio::net::TcpStream;
/// use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
///
/// /// A connection that carries lines of text, by tokio's readers.
/// struct Lines(TcpStream);
///
/// struct Reader {
///     lines: BufReader<OwnedReadHalf>,
///     limit: usize,
/// }
///
/// struct Writer(OwnedWriteHalf);
///
/// impl From<TcpStream> for Lines {
///     fn from(stream: TcpStream) -> Self {
///         Self(stream)
///     }
/// }
///
/// impl AsyncLink for Lines {
///     type Sender = Writer;
///     type Receiver = Reader;
///
///     async fn open(self, limit: usize) -> Result<(Writer, Reader), CloseReason> {
///         let (read, write) = self.0.into_split();
///         Ok((Writer(write), Reader { lines: BufReader::new(read), limit }))
///     }
/// }
///
/// impl AsyncReceiver for Reader {
///     type Buffer = String;
///
///     async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
///         let mut line = String::new();
///         // One byte more than a line may have, and its end.
///         let mut limited = (&mut self.lines).take(self.limit as u64 + 2);
///         match limited.read_line(&mut line).await {
///             Ok(0) => None,
///             Ok(_) => Some(Ok(line.trim_end_matches('\n').to_owned())),
///             Err(error) => Some(Err(CloseReason::lost(&error))),
///         }
///     }
/// }
///
/// impl AsyncSender for Writer {
///     type Buffer = String;
///
///     async fn send(&mut self, line: String) -> Result<(), CloseReason> {
///         let sent = self.0.write_all((line + "\n").as_bytes()).await;
///         sent.map_err(|error| CloseReason::lost(&error))
///     }
///
///     async fn close(&mut self, _: CloseReason) {
///         // An end that cannot be announced is not an error.
///         let _ = self.0.shutdown().await;
///     }
/// }
///
/// #[derive(Socket)]
/// #[socket(session = connector::Bare)]
/// struct LinesSocket {
///     #[socket(link)]
///     link: Linked<Lines, TcpStream>,
///     #[socket(peer)]
///     peer: Peer,
/// }
///
/// #[derive(Connector)]
/// #[connector(socket = LinesSocket, codec = JsonCodec)]
/// struct LinesConnector {
///     #[connector(listen)]
///     tcp: Tcp,
/// }
///
/// # fn main() {
/// let connector = LinesConnector::new("127.0.0.1:0");
/// # drop(connector);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `AsyncLink`",
    note = "`open` takes the connection apart into an `AsyncSender` and an `AsyncReceiver`"
)]
pub trait AsyncLink: Sized + MaybeSend + 'static {
    /// The half that sends.
    type Sender: AsyncSender;
    /// The half that receives.
    type Receiver: AsyncReceiver;

    /// Opens the connection, as by an upgrade, and takes it apart. Runs under the
    /// handshake deadline.
    ///
    /// `limit` is the size of the largest package that is ever accepted, in bytes. Tell
    /// it to the library, which otherwise buffers what will be refused.
    ///
    /// # Errors
    /// Returns the reason for which the link did not open.
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the connection.
    fn open(
        self,
        limit: usize,
    ) -> impl Future<Output = Result<(Self::Sender, Self::Receiver), CloseReason>> + MaybeSend;
}

/// The receiving half of an [`AsyncLink`].
pub trait AsyncReceiver: MaybeSend + 'static {
    /// The type that the library receives.
    type Buffer: Buffer;

    /// Returns a function that tells whether the peer has left, even though messages that it
    /// sent before are not received, see [`Link::peer_has_left`](super::Link::peer_has_left).
    /// It is asked for once, before the first message. Default: a function that never tells,
    /// so that such a peer is noticed when it is received from again.
    fn watch_peer(&self) -> impl Fn() -> bool + MaybeSend + 'static {
        || false
    }

    /// Waits for the next message. Returns `None` at the regular end.
    ///
    /// # Errors
    /// Returns the reason of the failure. The half is then not used again.
    ///
    /// # Cancel safety
    /// Need not be cancel safe: the future is dropped only with the link.
    fn recv(
        &mut self,
    ) -> impl Future<Output = Option<Result<Self::Buffer, CloseReason>>> + MaybeSend;
}

/// The sending half of an [`AsyncLink`].
///
/// It is dropped without [`AsyncSender::close`] if the link never closes: if a send has
/// failed or does not end, or if the task ends. What then has to be released, such as a
/// socket that the library itself keeps open, belongs into its `Drop`.
pub trait AsyncSender: MaybeSend + 'static {
    /// The type that the library sends.
    type Buffer: Buffer;

    /// Sends one message. Ready when the next one may be sent.
    ///
    /// # Errors
    /// Returns the reason of the failure. The half is then not used again.
    ///
    /// # Cancel safety
    /// Need not be cancel safe: the future is dropped only with the link.
    fn send(
        &mut self,
        buffer: Self::Buffer,
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend;

    /// Announces the close to the peer, after all messages. The other half goes on
    /// receiving for a moment. The half is then not used again.
    ///
    /// # Cancel safety
    /// Need not be cancel safe: the future is dropped only with the link.
    fn close(&mut self, reason: CloseReason) -> impl Future<Output = ()> + MaybeSend;
}
