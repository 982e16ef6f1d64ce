//! The server's side: the connector under test and its accepted sockets.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::try_join;

use super::pair::Pair;
use super::sample::{show, small};
use super::served::Served;
use super::{Subject, Wire};
use crate::{Address, Connector};

/// The result of a check: an error is a sentence about what went wrong.
pub(super) type Checked<T = ()> = Result<T, String>;

/// The socket of a subject's connector.
pub(super) type SocketOf<S> = <<S as Subject>::Connector as Connector>::Socket;

/// A started connector and its accepted sockets.
///
/// It accepts whenever a check waits for something, as a server always does: sockets that
/// share one descriptor receive packages only then.
pub(super) struct Host<'a, S: Subject> {
    pub(super) subject: &'a S,
    state: Mutex<State<S>>,
}

struct State<S: Subject> {
    /// The connector. `None` while it starts.
    connector: Option<S::Connector>,
    /// `true` while the connector is started.
    listening: bool,
    /// Accepted sockets whose first package has not arrived.
    accepted: Vec<Served<SocketOf<S>>>,
    failed: Option<io::Error>,
    greeted: usize,
}

impl<'a, S: Subject> Host<'a, S> {
    pub(super) async fn start(subject: &'a S) -> Checked<Self> {
        let state = State {
            connector: Some(subject.connector()),
            listening: false,
            accepted: Vec::new(),
            failed: None,
            greeted: 0,
        };
        let host = Self { subject, state: Mutex::new(state) };
        host.start_again().await?;
        Ok(host)
    }

    /// Starts the stopped connector.
    pub(super) async fn start_again(&self) -> Checked {
        let taken = self.state().connector.take();
        let mut connector = taken.ok_or("it is starting already")?;
        let started = self.within("the connector to start", connector.start()).await;
        let mut state = self.state();
        state.connector = Some(connector);
        started?.map_err(|error| format!("it could not start: {error}"))?;
        state.listening = true;
        Ok(())
    }

    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.listening = false;
        if let Some(connector) = &mut state.connector {
            connector.stop();
        }
    }

    /// Returns the connector's address.
    pub(super) fn address(&self) -> Option<Address> {
        self.state().connector.as_ref().and_then(Connector::address)
    }

    /// Opens a client's connection.
    pub(super) async fn dial(&self) -> Checked<Wire> {
        let address = self.address().unwrap_or(Address::Unnamed);
        let dialed = self.within("a client to connect", self.subject.dial(&address)).await?;
        dialed.map_err(|error| format!("a client could not connect: {error}"))
    }

    /// Opens a connection and sends a first package from the client to the server, so
    /// that it is open on both sides.
    pub(super) async fn connect(&self) -> Checked<Pair<'_, S>> {
        self.connect_in(usize::MAX).await
    }

    /// Opens a connection as [`Host::connect`] does. The client writes `chunk` bytes at
    /// once.
    pub(super) async fn connect_in(&self, chunk: usize) -> Checked<Pair<'_, S>> {
        let seed = {
            let mut state = self.state();
            state.greeted += 1;
            // Checks send other seeds.
            9_000_000 + state.greeted
        };
        let greeting = small(self.subject, seed);
        let client = async {
            let mut wire = self.dial().await?;
            wire.writing.write_in(&self.subject.wrap(&greeting), chunk).await?;
            Ok(wire)
        };
        let server = async {
            let what = "a new connection to be accepted and its first package to arrive";
            self.within(what, poll_fn(|cx| self.state().poll_meet(cx, &greeting))).await?
        };
        let (wire, served) = try_join(client, server).await?;
        Ok(Pair { host: self, wire, served })
    }

    /// Removes the accepted sockets that are not part of a [`Pair`].
    pub(super) fn take_accepted(&self) -> Vec<Served<SocketOf<S>>> {
        std::mem::take(&mut self.state().accepted)
    }

    /// Waits for a future, at most for the subject's timeout.
    pub(super) async fn within<T>(
        &self,
        what: &str,
        future: impl Future<Output = T>,
    ) -> Checked<T> {
        let timeout = self.subject.timeout();
        let mut future = pin!(future);
        let happened = poll_fn(|cx| {
            self.state().accept(cx, self.subject.limit());
            future.as_mut().poll(cx)
        });
        let happened = tokio::time::timeout(timeout, happened).await;
        if let Some(error) = self.state().failed.take() {
            return Err(format!("accepting failed: {error}"));
        }
        happened.map_err(|_| format!("waited {timeout:?} for {what}"))
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        // A panic of the connector fails its check anyway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subject> State<S> {
    fn accept(&mut self, cx: &mut Context<'_>, limit: usize) {
        let Some(connector) = self.connector.as_mut().filter(|_| self.listening) else { return };
        while let Poll::Ready(accepted) = connector.poll_accept(cx) {
            match accepted {
                Ok(socket) => self.accepted.push(Served::new(socket, limit)),
                Err(error) => {
                    self.failed = Some(error);
                    return;
                }
            }
        }
    }

    /// Reads from the accepted sockets until one receives this package.
    fn poll_meet(
        &mut self,
        cx: &mut Context<'_>,
        greeting: &[u8],
    ) -> Poll<Checked<Served<SocketOf<S>>>> {
        for at in 0..self.accepted.len() {
            match self.accepted[at].poll_recv(cx) {
                Poll::Ready(Ok(package)) if package == greeting => {
                    return Poll::Ready(Ok(self.accepted.swap_remove(at)));
                }
                Poll::Ready(Ok(package)) => {
                    let got = show(&package);
                    let want = show(greeting);
                    let what = format!("the first package arrived as {got} instead of {want}");
                    return Poll::Ready(Err(what));
                }
                Poll::Ready(Err(reason)) => {
                    return Poll::Ready(Err(format!("a new connection ended at once: {reason}")));
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }
}
