//! The bytes of an open stream.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::CloseReason;
use futures_util::FutureExt;
use quinn::{Connection, ReadError, StoppedError, VarInt, WriteError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::ends::Ends;
use super::{close, failure};
use crate::connector::Address;
use crate::link::Moves;
use crate::runtime::{BoxFuture, timeout};

/// The time in which a peer that has announced the end of its connection has to end it.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The bytes of a [`QuicStream`](super::QuicStream), or of a stream of WebTransport. Before that is
/// open, reading and writing fail with [`io::ErrorKind::NotConnected`].
#[derive(Default)]
pub struct QuicIo(Option<Box<Open>>);

struct Open {
    connection: Connection,
    ends: Ends,
    reading: Reading,
    writing: Writing,
    /// Where the peer was when bytes were last read.
    at: SocketAddr,
    /// Who wants to know where it moves to.
    moves: Option<Moves>,
}

enum Reading {
    On,
    /// The peer's stream has ended, and perhaps its reason is still to come.
    Ending(BoxFuture<'static, Result<(), CloseReason>>),
    Ended(Result<(), CloseReason>),
}

enum Writing {
    On,
    /// Nothing more is written. Ready when the peer has everything, or wants nothing more.
    Ending(BoxFuture<'static, Result<Option<VarInt>, StoppedError>>),
    Ended,
}

impl QuicIo {
    pub(in crate::transport) fn new(
        connection: Connection,
        ends: Ends,
        moves: Option<Moves>,
    ) -> Self {
        let at = connection.remote_address();
        let (reading, writing) = (Reading::On, Writing::On);
        Self(Some(Box::new(Open { connection, ends, reading, writing, at, moves })))
    }

    /// Returns `true` if the connection has ended.
    pub(in crate::transport) fn has_ended(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.connection.close_reason().is_some())
    }

    /// Ends the stream. Unless that is regular, the peer is told why, and nothing more of it is
    /// read. Ready when it has got everything.
    pub(in crate::transport) fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        let Some(open) = &mut self.0 else { return Poll::Ready(()) };
        let (code, _) = close::of_reason(reason);
        let regular = code == close::REGULAR;
        if !regular && matches!(open.reading, Reading::On) {
            // By this the peer knows that a reason follows the end of the stream.
            let code = open.ends.code_to_send(code);
            let _ = open.ends.recv().stop(code);
            open.reading = Reading::Ended(Ok(()));
        }
        ready!(open.poll_finish(cx));
        if !regular {
            close::close(&open.connection, reason);
        }
        Poll::Ready(())
    }

    fn open(&mut self) -> io::Result<&mut Open> {
        let error = || io::Error::new(io::ErrorKind::NotConnected, "the QUIC stream is not open");
        self.0.as_deref_mut().ok_or_else(error)
    }
}

impl Open {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            self.reading = match &mut self.reading {
                Reading::On => {
                    let before = buf.filled().len();
                    match ready!(self.ends.recv().poll_read_buf(cx, buf)) {
                        Ok(()) if buf.filled().len() > before => {
                            self.look_where_it_is();
                            return Poll::Ready(Ok(()));
                        }
                        Ok(()) => Reading::Ending(self.last_words()),
                        Err(error) => {
                            let end = end_of_reading(&error);
                            Reading::Ending(self.ends.end_of_session(end))
                        }
                    }
                }
                Reading::Ending(end) => Reading::Ended(ready!(end.as_mut().poll(cx))),
                Reading::Ended(end) => return Poll::Ready(end.clone()),
            };
        }
    }

    /// Returns the end behind the end of the peer's stream. A peer that reads nothing more has
    /// a reason for it, which comes when it knows that its bytes have arrived.
    fn last_words(&self) -> BoxFuture<'static, Result<(), CloseReason>> {
        let stopped = self.ends.send_ref().stopped().now_or_never();
        let told = stopped.and_then(Result::ok).flatten();
        let told = told.map(|code| self.ends.code_received(code));
        let Some(reason) = told.and_then(|code| close::with_code(code, b"")) else {
            return Box::pin(std::future::ready(Ok(())));
        };
        let connection = self.connection.clone();
        Box::pin(async move {
            match timeout(LAST_WORDS, connection.closed()).await {
                Some(error) => failure::of_open(&error),
                None => Err(reason),
            }
        })
    }

    /// Tells where the peer has moved to, if it has.
    fn look_where_it_is(&mut self) {
        let Some(moves) = &self.moves else { return };
        let at = self.connection.remote_address();
        if at != self.at {
            self.at = at;
            moves.tell(Address::Inet(at));
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(self.ends.send()).poll_write(cx, bytes));
        Poll::Ready(match written {
            // What such a peer does not want is not missed. Its own stream says when it ends.
            Err(WriteError::Stopped(_)) => Ok(bytes.len()),
            written => written.map_err(|error| io::Error::other(end_of_writing(&error))),
        })
    }

    /// Ends the stream in this direction, and waits until the peer has everything.
    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.writing {
                Writing::On => {
                    // It may have been stopped, which is as good.
                    let _ = self.ends.send().finish();
                    self.writing = Writing::Ending(Box::pin(self.ends.send_ref().stopped()));
                }
                Writing::Ending(acknowledged) => {
                    let _ = ready!(acknowledged.as_mut().poll(cx));
                    self.writing = Writing::Ended;
                }
                Writing::Ended => return Poll::Ready(()),
            }
        }
    }
}

fn end_of_reading(error: &ReadError) -> Result<(), CloseReason> {
    match error {
        ReadError::ConnectionLost(error) => failure::of_open(error),
        ReadError::Reset(code) => Err(failure::reset(*code)),
        // This side has stopped reading.
        ReadError::ClosedStream | ReadError::IllegalOrderedRead | ReadError::ZeroRttRejected => {
            Ok(())
        }
    }
}

fn end_of_writing(error: &WriteError) -> CloseReason {
    match error {
        WriteError::ConnectionLost(error) => {
            failure::of_open(error).err().unwrap_or(CloseReason::PeerClosed)
        }
        error => {
            let error = io::Error::new(io::ErrorKind::BrokenPipe, error.to_string());
            CloseReason::lost(&error)
        }
    }
}

impl AsyncRead for QuicIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.open()?.poll_read(cx, buf).map_err(io::Error::other)
    }
}

impl AsyncWrite for QuicIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.open()?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.open().map(drop))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open()?.poll_finish(cx).map(Ok)
    }
}

impl fmt::Debug for QuicIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.0.as_ref().map(|open| open.at);
        f.debug_struct("QuicIo").field("peer", &peer).finish_non_exhaustive()
    }
}
