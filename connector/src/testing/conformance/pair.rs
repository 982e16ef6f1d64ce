//! Both ends of one connection.

use std::future::poll_fn;
use std::slice;

use connector_protocol::CloseReason;
use futures_util::future::{try_join, try_join3};

use super::host::{Checked, Host, SocketOf};
use super::sample::{nth, show, small};
use super::served::Served;
use super::wire::Reading;
use super::{Subject, Wire};
use crate::link::Link;

/// Both ends of one open connection.
pub(super) struct Pair<'a, S: Subject> {
    pub(super) host: &'a Host<'a, S>,
    pub(super) wire: Wire,
    pub(super) served: Served<SocketOf<S>>,
}

impl<S: Subject> Pair<'_, S> {
    /// Checks that the server receives exactly these packages when the client writes
    /// `bytes`, `chunk` at once.
    pub(super) async fn up(&mut self, bytes: &[u8], chunk: usize, packages: &[Vec<u8>]) -> Checked {
        let Self { host, wire, served } = self;
        let written = wire.writing.write_in(bytes, chunk);
        try_join(written, receive(host, served, packages)).await.map(drop)
    }

    /// Checks that the client reads exactly these packages when the server sends them.
    pub(super) async fn down(&mut self, packages: &[Vec<u8>]) -> Checked {
        let Self { host, wire, served } = self;
        served.queue(packages).map_err(unsendable)?;
        let flushed = flush(host, served);
        try_join(flushed, read(host, &mut wire.reading, packages)).await.map(drop)
    }

    /// Checks the same packages in both directions at the same time. The client writes
    /// `chunk` bytes at once.
    pub(super) async fn both_ways(&mut self, packages: &[Vec<u8>], chunk: usize) -> Checked {
        let Self { host, wire, served } = self;
        let bytes = wrap_all(host.subject, packages);
        served.queue(packages).map_err(unsendable)?;
        let server = async {
            receive(host, served, packages).await?;
            flush(host, served).await
        };
        let written = wire.writing.write_in(&bytes, chunk);
        let client = read(host, &mut wire.reading, packages);
        try_join3(server, written, client).await.map(drop)
    }

    /// Checks a package from the client, then one from the server.
    pub(super) async fn exchange(&mut self, seed: usize) -> Checked {
        let package = small(self.host.subject, seed);
        self.up(&self.host.subject.wrap(&package), usize::MAX, slice::from_ref(&package)).await?;
        self.down(slice::from_ref(&package)).await
    }

    /// Waits for the connection's end on the server. No package may arrive before it.
    pub(super) async fn end(&mut self, when: &str) -> Checked<CloseReason> {
        let what = format!("the end of the connection {when}");
        match self.host.within(&what, self.served.recv()).await? {
            Err(reason) => Ok(reason),
            Ok(package) => Err(format!("{when} arrived a package of {}", show(&package))),
        }
    }

    /// Drops the client's side without closing.
    pub(super) fn vanish(&mut self) {
        self.wire = Wire::new(tokio::io::empty());
    }

    /// Closes the server's side.
    pub(super) async fn close(&mut self, reason: CloseReason) -> Checked {
        let what = format!("the server to close after `{reason}`");
        self.host.within(&what, self.served.socket.disconnect(reason)).await
    }
}

/// Checks that the server receives exactly these packages.
pub(super) async fn receive<S: Subject>(
    host: &Host<'_, S>,
    served: &mut Served<SocketOf<S>>,
    packages: &[Vec<u8>],
) -> Checked {
    for (at, want) in packages.iter().enumerate() {
        let which = nth(at, packages.len());
        let what = format!("{which} to arrive at the server");
        match host.within(&what, served.recv()).await? {
            Ok(got) => compare(&which, &got, want)?,
            Err(reason) => {
                return Err(format!("the connection ended before {which} had arrived: {reason}"));
            }
        }
    }
    Ok(())
}

/// Checks that the client reads exactly these packages.
pub(super) async fn read<S: Subject>(
    host: &Host<'_, S>,
    reading: &mut Reading,
    packages: &[Vec<u8>],
) -> Checked {
    for (at, want) in packages.iter().enumerate() {
        let which = nth(at, packages.len());
        compare(&which, &read_one(host, reading, &which).await?, want)?;
    }
    Ok(())
}

/// Reads the next package on the client.
pub(super) async fn read_one<S: Subject>(
    host: &Host<'_, S>,
    reading: &mut Reading,
    which: &str,
) -> Checked<Vec<u8>> {
    let what = format!("{which} to arrive at the client");
    let package = async {
        loop {
            if let Some((package, consumed)) = host.subject.unwrap(reading.unread()) {
                reading.consume(consumed);
                return Ok(package);
            }
            match reading.read().await {
                Ok(0) => return Err(format!("the stream ended before {which} was read")),
                Ok(_) => {}
                Err(error) => return Err(format!("the client could not read {which}: {error}")),
            }
        }
    };
    host.within(&what, package).await?
}

/// Sends the packages that the server has queued.
pub(super) async fn flush<S: Subject>(
    host: &Host<'_, S>,
    served: &mut Served<SocketOf<S>>,
) -> Checked {
    let sent = host.within("the server to send", poll_fn(|cx| served.poll_flush(cx)));
    sent.await?.map_err(unsendable)
}

/// Returns the bytes with which a client writes these packages.
pub(super) fn wrap_all<S: Subject>(subject: &S, packages: &[Vec<u8>]) -> Vec<u8> {
    packages.iter().flat_map(|package| subject.wrap(package)).collect()
}

/// Describes packages that could not be sent.
pub(super) fn unsendable(reason: CloseReason) -> String {
    format!("the server could not send: {reason}")
}

/// Checks that a package arrived unchanged.
pub(super) fn compare(which: &str, got: &[u8], want: &[u8]) -> Checked {
    if got == want {
        return Ok(());
    }
    let same = got.iter().zip(want).take_while(|(got, want)| got == want).count();
    let got = show(got);
    let want = show(want);
    Err(format!("{which} arrived as {got} instead of {want}, different from byte {same} on"))
}
