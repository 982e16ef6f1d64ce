//! The stream of a connection, with TLS or without.

use std::io::{self, Read, Write};

use tokio_rustls::rustls::{ClientConnection, StreamOwned};

/// A stream over a socket of some type.
pub(crate) enum Wire<S: Read + Write> {
    Plain(S),
    /// Boxed, since it is much larger.
    Tls(Box<StreamOwned<ClientConnection, S>>),
}

impl<S: Read + Write> Wire<S> {
    /// Begins TLS on a socket, if it is wanted.
    pub(crate) fn new(socket: S, tls: bool) -> Self {
        match tls {
            false => Self::Plain(socket),
            true => Self::Tls(Box::new(StreamOwned::new(bench::tls::client(), socket))),
        }
    }

    pub(crate) fn socket(&mut self) -> &mut S {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &mut stream.sock,
        }
    }

    /// Whether an event announces all that is not read yet: TLS may have read more.
    pub(crate) fn announces_all(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Replaces the socket by another form of it.
    pub(crate) fn map<T: Read + Write>(self, map: impl FnOnce(S) -> T) -> Wire<T> {
        match self {
            Self::Plain(socket) => Wire::Plain(map(socket)),
            Self::Tls(stream) => {
                let (connection, socket) = stream.into_parts();
                Wire::Tls(Box::new(StreamOwned::new(connection, map(socket))))
            }
        }
    }
}

impl<S: Read + Write> Read for Wire<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buf),
            Self::Tls(stream) => stream.read(buf),
        }
    }
}

impl<S: Read + Write> Write for Wire<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
