//! The sockets of connections: TCP and Unix.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net;
use std::os::unix::net as unix;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use mio::event::Source;
use mio::{Interest, Registry, Token};

/// Where a server listens.
#[derive(Clone)]
pub(crate) enum Place {
    /// A port on 127.0.0.1.
    Port(u16),
    /// The path of a Unix socket.
    Path(PathBuf),
}

/// A socket of one of two types.
pub(crate) enum Socket<T, U> {
    Tcp(T),
    Unix(U),
}

/// A blocking socket.
pub(crate) type Blocking = Socket<net::TcpStream, unix::UnixStream>;
/// A socket in the one loop.
pub(crate) type Polled = Socket<mio::net::TcpStream, mio::net::UnixStream>;

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::Path(text.into()), Self::Port))
    }
}

impl Place {
    /// Returns what a client writes into its `Host` header.
    pub(crate) fn host(&self) -> String {
        match self {
            Self::Port(port) => format!("127.0.0.1:{port}"),
            Self::Path(_) => "localhost".to_owned(),
        }
    }
}

impl Blocking {
    /// Connects. Reads fail that take longer than `timeout`.
    pub(crate) fn connect(place: &Place, timeout: Duration) -> io::Result<Self> {
        match place {
            Place::Port(port) => {
                let stream = net::TcpStream::connect(("127.0.0.1", *port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(timeout))?;
                Ok(Self::Tcp(stream))
            }
            Place::Path(path) => {
                let stream = unix::UnixStream::connect(path)?;
                stream.set_read_timeout(Some(timeout))?;
                Ok(Self::Unix(stream))
            }
        }
    }

    pub(crate) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nonblocking(true),
            Self::Unix(stream) => stream.set_nonblocking(true),
        }
    }

    /// Returns the same socket for the loop.
    pub(crate) fn polled(self) -> Polled {
        match self {
            Self::Tcp(stream) => Socket::Tcp(mio::net::TcpStream::from_std(stream)),
            Self::Unix(stream) => Socket::Unix(mio::net::UnixStream::from_std(stream)),
        }
    }
}

impl<T: Read, U: Read> Read for Socket<T, U> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buf),
            Self::Unix(stream) => stream.read(buf),
        }
    }
}

impl<T: Write, U: Write> Write for Socket<T, U> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Unix(stream) => stream.flush(),
        }
    }
}

impl Source for Polled {
    fn register(&mut self, to: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.register(to, token, interest),
            Self::Unix(stream) => stream.register(to, token, interest),
        }
    }

    fn reregister(&mut self, to: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.reregister(to, token, interest),
            Self::Unix(stream) => stream.reregister(to, token, interest),
        }
    }

    fn deregister(&mut self, from: &Registry) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.deregister(from),
            Self::Unix(stream) => stream.deregister(from),
        }
    }
}
