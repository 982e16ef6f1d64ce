//! The bare socket under epoll alone: cuts packages, sends each back, one write
//! a read. Shows what the runtime costs.

use std::io::{ErrorKind, Read, Write};

use bench::packages;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

struct Connection {
    stream: TcpStream,
    /// The start of a package.
    unfinished: Vec<u8>,
    /// Bytes that could not be written yet.
    unsent: Vec<u8>,
}

fn main() -> std::io::Result<()> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    bench::ready(listener.local_addr()?.port())?;

    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut scratch = vec![0; 64 * 1024];
    let mut events = Events::with_capacity(1024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let token = Token(connections.len());
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, token, both)?;
                    let (unfinished, unsent) = Default::default();
                    connections.push(Some(Connection { stream, unfinished, unsent }));
                }
            } else if let Some(place) = connections.get_mut(event.token().0)
                && let Some(connection) = place
                && echo(connection, &mut scratch).is_err()
            {
                *place = None;
            }
        }
    }
}

/// Reads and writes until neither goes on.
fn echo(connection: &mut Connection, scratch: &mut [u8]) -> std::io::Result<()> {
    let Connection { stream, unfinished, unsent } = connection;
    loop {
        if !unsent.is_empty() {
            let Some(written) = ready(stream.write(unsent))? else { return Ok(()) };
            unsent.drain(..written);
            continue;
        }
        let kept = unfinished.len();
        scratch[..kept].copy_from_slice(unfinished);
        unfinished.clear();
        let Some(read) = ready(stream.read(&mut scratch[kept..]))? else {
            unfinished.extend_from_slice(&scratch[..kept]);
            return Ok(());
        };
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let filled = kept + read;
        let (_, whole) = packages::count(&scratch[..filled]);
        unfinished.extend_from_slice(&scratch[whole..filled]);
        let written = ready(stream.write(&scratch[..whole]))?.unwrap_or_default();
        unsent.extend_from_slice(&scratch[written..whole]);
        if filled < scratch.len() && unsent.is_empty() {
            // Whatever comes next is told by another event.
            return Ok(());
        }
    }
}

/// Nothing instead of "not now".
fn ready(result: std::io::Result<usize>) -> std::io::Result<Option<usize>> {
    match result {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
