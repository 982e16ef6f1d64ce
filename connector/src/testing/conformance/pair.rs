//! Both ends of one connection.

use std::{fmt, slice};

use connector_protocol::CloseReason;
use futures_util::future::{try_join, try_join3};

use super::host::{Checked, Host, SocketOf};
use super::sample::{show, small};
use super::served::Served;
use super::transfer::{flush, read, read_end, receive, unsendable, wrap_all};
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

    /// Ends the stream regularly on the client, behind these bytes.
    pub(super) async fn end_stream(&mut self, last: &[u8]) -> Checked {
        let bytes = [last, &self.host.subject.closing()].concat();
        self.wire.writing.write_in(&bytes, usize::MAX).await?;
        let shut = self.wire.writing.shutdown().await;
        shut.map_err(|error| format!("the client could not close: {error}"))
    }

    /// Waits for the connection's end on the server. No package may arrive before it.
    pub(super) async fn end(&mut self, when: &str) -> Checked<CloseReason> {
        let what = fmt::from_fn(|f| write!(f, "the end of the connection {when}"));
        match self.host.within(what, self.served.recv()).await? {
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
        self.host.within(what, self.served.socket.disconnect(reason)).await
    }

    /// Closes the server's side, while the client reads to the end.
    pub(super) async fn close_and_read_end(&mut self, reason: CloseReason) -> Checked {
        let Self { host, wire, served } = self;
        let what = format!("the server to close after `{reason}`");
        let closed = host.within(what, served.socket.disconnect(reason));
        try_join(closed, read_end(host, &mut wire.reading)).await.map(drop)
    }
}
