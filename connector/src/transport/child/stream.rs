//! The stream of a connection to a child process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::ProcessExit;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::oneshot;
use tokio_util::sync::DropGuard;

use crate::runtime::{Sleep, sleep};
use crate::transport::StreamIo;

/// The time in which the output of a program that has exited is read to its end. Another
/// process may hold it open for ever.
const LAST_OUTPUT: Duration = Duration::from_millis(100);
/// The time in which a program exits that has closed its output, so that its code is known.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// The stream of a connection to a [`ChildProcess`](super::ChildProcess). Closing or dropping
/// it ends the program.
///
/// Reading fails with the program's [`ProcessExit`] once it has exited and its output is
/// read.
#[derive(Debug)]
pub struct ChildStream {
    io: Io,
    exit: Exit,
    /// Nothing more can be read.
    ended: bool,
    /// The wait for the program's exit, or for the end of its output.
    patience: Option<Pin<Box<Sleep>>>,
    /// Ends the program when it is dropped.
    open: Option<DropGuard>,
}

/// The way to a child.
#[derive(Debug)]
pub(super) enum Io {
    /// Without input, once that has ended.
    Standard {
        stdin: Option<ChildStdin>,
        stdout: ChildStdout,
    },
    Channel(UnixStream),
}

#[derive(Debug)]
enum Exit {
    Awaited(oneshot::Receiver<ProcessExit>),
    Known(ProcessExit),
}

impl ChildStream {
    pub(super) fn new(io: Io, exit: oneshot::Receiver<ProcessExit>, open: DropGuard) -> Self {
        let exit = Exit::Awaited(exit);
        Self { io, exit, ended: false, patience: None, open: Some(open) }
    }

    /// Waits until the end is known: the program's exit, or `None` if it has closed its
    /// output and lives on.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<ProcessExit>> {
        if let Exit::Awaited(exit) = &mut self.exit
            && let Poll::Ready(exit) = Pin::new(exit).poll(cx)
        {
            // Without a keeper the runtime is about to end.
            self.exit = Exit::Known(exit.unwrap_or(ProcessExit { code: None, signal: None }));
            self.patience = None;
        }
        let (exit, wait) = match self.exit {
            Exit::Known(exit) if self.ended => return Poll::Ready(Some(exit)),
            Exit::Known(exit) => (Some(exit), LAST_OUTPUT),
            Exit::Awaited(_) if self.ended => (None, LAST_BREATH),
            Exit::Awaited(_) => return Poll::Pending,
        };
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(wait)));
        ready!(patience.as_mut().poll(cx));
        self.ended = true;
        Poll::Ready(exit)
    }

    /// Replaces the error of a pipe without a reader by the exit of that.
    fn poll_failed(&mut self, cx: &mut Context<'_>, error: io::Error) -> Poll<io::Error> {
        self.ended = true;
        self.poll_end(cx).map(|exit| exit.map_or(error, io::Error::other))
    }
}

impl AsyncRead for ChildStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.ended {
            let (before, has_room) = (buf.filled().len(), buf.remaining() > 0);
            let read = match &mut this.io {
                Io::Standard { stdout, .. } => Pin::new(stdout).poll_read(cx, buf),
                Io::Channel(channel) => Pin::new(channel).poll_read(cx, buf),
            };
            match read {
                Poll::Ready(Ok(())) if !has_room || buf.filled().len() > before => {
                    return Poll::Ready(Ok(()));
                }
                // A channel is reset if its peer dies with unread bytes.
                Poll::Ready(_) => this.ended = true,
                Poll::Pending => {}
            }
        }
        this.poll_end(cx).map(|exit| exit.map_or(Ok(()), |exit| Err(io::Error::other(exit))))
    }
}

impl AsyncWrite for ChildStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = match &mut this.io {
            Io::Standard { stdin: Some(stdin), .. } => Pin::new(stdin).poll_write(cx, buf),
            Io::Standard { stdin: None, .. } => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Io::Channel(channel) => Pin::new(channel).poll_write(cx, buf),
        };
        match ready!(written) {
            Err(error) => this.poll_failed(cx, error).map(Err),
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Neither a pipe nor a socket keeps anything.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let shut = match &mut this.io {
            Io::Standard { stdin, .. } => {
                // Its input ends when the last writer is gone.
                drop(stdin.take());
                Ok(())
            }
            Io::Channel(channel) => ready!(Pin::new(channel).poll_shutdown(cx)),
        };
        drop(this.open.take());
        Poll::Ready(shut)
    }
}

impl From<ChildStream> for StreamIo {
    fn from(stream: ChildStream) -> Self {
        Self::new(stream)
    }
}
