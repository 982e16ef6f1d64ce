//! The server's side: the connector under test and its accepted sockets.

use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use futures_util::future::try_join;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::pair::Pair;
use super::run::exemption;
use super::sample::{show, small};
use super::served::Served;
use super::{Behaviour, Subject, Wire};
use crate::{Address, Connector, StartError};

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
    /// The connector. `None` while it starts or stops.
    connector: Option<S::Connector>,
    /// `true` while the connector is started.
    listening: bool,
    /// `true` while the check polls for connections itself.
    held: bool,
    /// Accepted sockets whose first package has not arrived.
    accepted: Vec<Served<SocketOf<S>>>,
    failed: Option<io::Error>,
    greeted: usize,
    /// Something else may have been at the connector's address while that was free.
    taken: bool,
}

impl<'a, S: Subject> Host<'a, S> {
    /// Creates the connector without starting it.
    pub(super) fn new(subject: &'a S) -> Self {
        let state = State {
            connector: Some(subject.connector()),
            listening: false,
            held: false,
            accepted: Vec::new(),
            failed: None,
            greeted: 0,
            taken: false,
        };
        Self { subject, state: Mutex::new(state) }
    }

    /// Starts the connector, which is new or was stopped.
    pub(super) async fn start(&self) -> Checked {
        let taken = self.state().connector.take();
        let mut connector = taken.ok_or("it is starting or stopping already")?;
        let started = self.within("the connector to start", connector.start()).await;
        let mut state = self.state();
        state.connector = Some(connector);
        if let Err(error) = started? {
            state.taken |= matches!(error, StartError::InUse(_));
            return Err(format!("it could not start: {error}"));
        }
        state.listening = true;
        Ok(())
    }

    /// Stops the connector.
    pub(super) async fn stop(&self) -> Checked {
        let taken = {
            let mut state = self.state();
            state.listening = false;
            state.connector.take()
        };
        let mut connector = taken.ok_or("it is starting or stopping already")?;
        let runtime = Handle::current();
        let (stopped, returned) = oneshot::channel();
        // A thread of its own, since a `stop` that blocks would block the check too. It then
        // outlives the check.
        let thread = thread::Builder::new().name("stop".into()).spawn(move || {
            let _entered = runtime.enter();
            connector.stop();
            // The check may have ended.
            let _ = stopped.send(connector);
        });
        thread.map_err(|error| format!("there is no thread for `stop`: {error}"))?;
        let connector = self.within("`stop` to return", returned).await?;
        self.state().connector = Some(connector.map_err(|_| "`stop` panicked")?);
        Ok(())
    }

    /// Returns `true` if the connector must have this behaviour.
    pub(super) fn requires(&self, behaviour: Behaviour) -> bool {
        exemption(self.subject, behaviour).is_none()
    }

    /// Notes that something else may be at the connector's address.
    pub(super) fn set_taken(&self) {
        self.state().taken = true;
    }

    /// Returns `true` if something else may have been at the connector's address while that
    /// was free: the clients and connectors of other tests get free ports. The check is then
    /// tried with another connector, and one with a fault fails each time.
    pub(super) fn is_taken(&self) -> bool {
        self.state().taken
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
        self.connect_after(async { Ok(()) }, chunk).await
    }

    /// Opens a connection as [`Host::connect_in`] does. The server does not look for it before
    /// `ready` has ended.
    pub(super) async fn connect_after(
        &self,
        ready: impl Future<Output = Checked>,
        chunk: usize,
    ) -> Checked<Pair<'_, S>> {
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
            ready.await?;
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

    /// Sets whether the check polls for connections itself, with [`Host::poll_accept`].
    pub(super) fn hold_accepting(&self, held: bool) {
        self.state().held = held;
    }

    /// Polls for a connection. It is then among the accepted ones.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Checked> {
        let mut state = self.state();
        let Some(connector) = &mut state.connector else { return Poll::Pending };
        let accepted = std::task::ready!(connector.poll_accept(cx));
        let socket = accepted.map_err(|error| format!("accepting failed: {error}"))?;
        state.accepted.push(Served::new(socket, self.subject.limit()));
        Poll::Ready(Ok(()))
    }

    /// Waits for a future, at most for the subject's timeout.
    pub(super) async fn within<T>(
        &self,
        what: impl Display,
        future: impl Future<Output = T>,
    ) -> Checked<T> {
        let timeout = self.subject.timeout();
        let mut future = pin!(future);
        let mut happened = pin!(poll_fn(|cx| {
            self.state().accept(cx, self.subject.limit());
            future.as_mut().poll(cx)
        }));
        // Most have happened already, and a timer takes longer than they do.
        let at_once = poll_fn(|cx| Poll::Ready(happened.as_mut().poll(cx))).await;
        let happened = match at_once {
            Poll::Ready(value) => Ok(value),
            Poll::Pending => tokio::time::timeout(timeout, happened).await,
        };
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
        let polls = self.listening && !self.held;
        let Some(connector) = self.connector.as_mut().filter(|_| polls) else { return };
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
