//! The stream of a child process to its parent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, Stdin, Stdout, stdin, stdout};
use tokio::net::UnixStream;
use tokio_util::sync::DropGuard;

use super::parent_process::ParentProcess;
use super::{CHANNEL_VARIABLE, MODE_VARIABLE};
use crate::transport::StreamIo;

/// The stream of this program to the one that has started it: its standard streams, or
/// Node's IPC channel. Needs the feature `child-process`; not on Windows.
///
/// A plugin that an engine starts:
///
/// ```no_run
/// use connector::plugin::{LineLink, Methods, PluginClient};
/// use connector::transport::ParentStream;
///
/// # async fn example() {
/// let engine = LineLink::new(ParentStream::stdio());
/// PluginClient::new(Methods::new()).serve(engine).await;
/// # }
/// ```
///
/// A parent that ends the standard input may still read: a plugin then answers the calls that
/// run, and ends. Behind the end of the input, reading waits for the end of the parent's process
/// and fails then, on Linux; elsewhere only writing fails. The end of the channel is always that
/// of the parent, and reading fails behind it. A plugin whose parent has gone ends at once.
///
/// While the parent keeps the standard input open, a thread of tokio's reads it, for which the end
/// of the runtime waits. So leave `main` by [`std::process::exit`], or drop the runtime by
/// [`shutdown_background`](tokio::runtime::Runtime::shutdown_background).
#[derive(Debug)]
pub struct ParentStream {
    io: Io,
    parent: ParentProcess,
    /// The input has ended.
    ended: bool,
    /// Tells the listener when this is dropped.
    open: Option<DropGuard>,
}

#[derive(Debug)]
enum Io {
    Standard(Stdin, Stdout),
    Channel(UnixStream),
}

impl ParentStream {
    /// Returns the standard input and output. The rest of the program must not write to
    /// standard output, but to standard error.
    pub fn stdio() -> Self {
        Self::new(Io::Standard(stdin(), stdout()))
    }

    /// Returns the channel to a parent that has started this program with Node's
    /// `child_process.fork`, with `stdio: ['ipc']`, or with
    /// [`ChildProcess::ipc`](super::ChildProcess::ipc). It carries lines of JSON.
    ///
    /// It is a copy of the descriptor that `NODE_CHANNEL_FD` names, which stays open. Programs
    /// that this one starts should get neither. On Linux only, from version 5.6.
    ///
    /// # Errors
    /// Returns the error of a program without such a channel, of one whose serialization mode
    /// is not JSON, and of the system.
    pub fn ipc() -> io::Result<Self> {
        let variable = |name| std::env::var(name).ok();
        let channel = variable(CHANNEL_VARIABLE).ok_or_else(|| {
            wrong(
                "there is no NODE_CHANNEL_FD: start this program from Node or an engine, over IPC",
            )
        })?;
        let channel = channel.parse().map_err(|_| wrong("NODE_CHANNEL_FD is not a number"))?;
        let unusable = |error: io::Error| {
            let what =
                format!("the descriptor {channel} of NODE_CHANNEL_FD is not usable: {error}");
            io::Error::new(error.kind(), what)
        };
        match variable(MODE_VARIABLE) {
            Some(mode) if mode != "json" => {
                return Err(wrong("the parent does not send JSON: set `serialization: 'json'`"));
            }
            _ => {}
        }
        let stream = std::os::unix::net::UnixStream::from(copy_of(channel).map_err(unusable)?);
        stream.set_nonblocking(true).map_err(unusable)?;
        Ok(Self::new(Io::Channel(UnixStream::from_std(stream).map_err(unusable)?)))
    }

    fn new(io: Io) -> Self {
        Self { io, parent: ParentProcess::new(), ended: false, open: None }
    }

    /// Cancels a token when it is dropped.
    pub(super) fn cancelling(mut self, open: DropGuard) -> Self {
        self.open = Some(open);
        self
    }

    /// Waits until the parent does not read any more, behind the end of the input.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        match &self.io {
            Io::Standard(..) => ready!(self.parent.poll_exit(cx)),
            // Nobody closes half of a channel.
            Io::Channel(_) => {}
        }
        Poll::Ready(io::Error::new(io::ErrorKind::BrokenPipe, "the parent has gone"))
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Returns a copy of a descriptor of this process. Only the system knows that it is open.
#[cfg(target_os = "linux")]
fn copy_of(descriptor: i32) -> io::Result<std::os::fd::OwnedFd> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    Ok(pidfd_getfd(this, descriptor, PidfdGetfdFlags::empty())?)
}

#[cfg(not(target_os = "linux"))]
fn copy_of(_: i32) -> io::Result<std::os::fd::OwnedFd> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "Node's IPC channel needs Linux here"))
}

impl AsyncRead for ParentStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ended {
            return this.poll_gone(cx).map(Err);
        }
        let before = buf.filled().len();
        let has_room = buf.remaining() > 0;
        ready!(match &mut this.io {
            Io::Standard(stdin, _) => Pin::new(stdin).poll_read(cx, buf),
            Io::Channel(channel) => Pin::new(channel).poll_read(cx, buf),
        })?;
        this.ended = has_room && buf.filled().len() == before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ParentStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Standard(_, stdout) => Pin::new(stdout).poll_write(cx, buf),
            Io::Channel(channel) => Pin::new(channel).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Standard(_, stdout) => Pin::new(stdout).poll_flush(cx),
            Io::Channel(channel) => Pin::new(channel).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Standard(_, stdout) => {
                // A thread writes what it keeps.
                ready!(Pin::new(&mut *stdout).poll_flush(cx))?;
                Pin::new(stdout).poll_shutdown(cx)
            }
            Io::Channel(channel) => Pin::new(channel).poll_shutdown(cx),
        }
    }
}

impl From<ParentStream> for StreamIo {
    fn from(stream: ParentStream) -> Self {
        Self::new(stream)
    }
}
