//! A subject for connectors over byte streams and over WebSocket.

use std::fmt;
use std::io;
use std::time::Duration;

use connector_protocol::framing::Framing;
use connector_protocol::pomelo::package::{self, PackageType};

use super::{Behaviour, Dial, Framed, OverWebSocket, Sockets, Speech, Subject, Wire};
use crate::{Address, Connector, MaybeSync};

/// A [`Subject`] of three parts: what makes the connector, how its clients
/// speak, and how they reach it.
///
/// Pomelo's packages in memory, where clients need a [`Dialers`] to reach the
/// connector:
///
/// ```
/// use connector::MemoryConnector;
/// use connector::protocol::pomelo::package::PomeloPackages;
/// use connector::testing::{Dialers, Tester, conformance};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let dialers = Dialers::default();
/// let memory = || MemoryConnector::bind(dialers.memory());
/// let memory = Tester::framed::<PomeloPackages>(memory).dial(dialers.clone()).pomelo();
/// conformance(&memory).await.assert();
/// # }
/// ```
///
/// [`Dialers`]: super::Dialers
pub struct Tester<M, S, D = Sockets> {
    connector: M,
    speech: S,
    dial: D,
    package: fn(&[u8]) -> Vec<u8>,
    limit: usize,
    uncounted: usize,
    patience: Duration,
    exempt: Vec<(Behaviour, &'static str)>,
}

impl<M, C> Tester<M, (), Sockets>
where
    M: Fn() -> C + MaybeSync,
    C: Connector,
{
    /// For a connector over a byte stream that `F` cuts; `connector` makes one
    /// as [`Subject::connector`] does.
    pub fn framed<F: Framing>(connector: M) -> Tester<M, Framed<F>> {
        Tester::new(connector, Framed::new())
    }

    /// For a connector that speaks WebSocket, in binary messages.
    pub fn websocket(connector: M) -> Tester<M, OverWebSocket> {
        Tester::new(connector, OverWebSocket::new()).uncounted(package::HEADER)
    }
}

impl<M, C, S> Tester<M, S>
where
    M: Fn() -> C + MaybeSync,
    C: Connector,
    S: Speech,
{
    /// For a connector whose clients speak in any way.
    pub fn new(connector: M, speech: S) -> Self {
        Self {
            connector,
            speech,
            dial: Sockets,
            package: <[u8]>::to_vec,
            limit: 50_000,
            uncounted: 0,
            patience: Duration::from_secs(5),
            exempt: Vec::new(),
        }
    }
}

impl<M, S, D> Tester<M, S, D> {
    /// Packages are pomelo's data packages, whose header is not counted.
    #[must_use]
    pub fn pomelo(self) -> Self {
        self.uncounted(package::HEADER).package(data_package)
    }

    /// Clients reach the connector in this way.
    #[must_use]
    pub fn dial<Other: Dial>(self, dial: Other) -> Tester<M, S, Other> {
        let Self { connector, speech, package, limit, uncounted, patience, exempt, .. } = self;
        Tester { connector, speech, dial, package, limit, uncounted, patience, exempt }
    }

    /// See [`Subject::package`].
    #[must_use]
    pub fn package(mut self, package: fn(&[u8]) -> Vec<u8>) -> Self {
        self.package = package;
        self
    }

    /// See [`Subject::limit`].
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// See [`Subject::uncounted`].
    #[must_use]
    pub fn uncounted(mut self, bytes: usize) -> Self {
        self.uncounted = bytes;
        self
    }

    /// See [`Subject::patience`].
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// See [`Subject::exempt`].
    #[must_use]
    pub fn exempt(mut self, behaviour: Behaviour, why: &'static str) -> Self {
        self.exempt.push((behaviour, why));
        self
    }
}

impl<M, C, S, D> Subject for Tester<M, S, D>
where
    M: Fn() -> C + MaybeSync,
    C: Connector,
    S: Speech,
    D: Dial,
{
    type Connector = C;

    fn connector(&self) -> C {
        (self.connector)()
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let mut wire = self.dial.dial(address).await?;
        self.speech.open(&mut wire).await?;
        Ok(wire)
    }

    async fn stall(&self, address: &Address) -> io::Result<Wire> {
        let mut wire = self.dial.dial(address).await?;
        wire.write(&self.speech.half_open()).await?;
        Ok(wire)
    }

    fn package(&self, payload: &[u8]) -> Vec<u8> {
        (self.package)(payload)
    }

    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        self.speech.wrap(package)
    }

    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        self.speech.unwrap(bytes)
    }

    fn goodbye(&self) -> Vec<u8> {
        self.speech.goodbye()
    }

    fn is_goodbye(&self, rest: &[u8]) -> bool {
        self.speech.is_goodbye(rest)
    }

    fn limit(&self) -> usize {
        self.limit
    }

    fn uncounted(&self) -> usize {
        self.uncounted
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    fn exempt(&self, behaviour: Behaviour) -> Option<&'static str> {
        self.exempt.iter().find(|(exempt, _)| *exempt == behaviour).map(|(_, why)| *why)
    }
}

fn data_package(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // The kit's payloads are far below what the header can express.
    let _ = package::encode(PackageType::Data, payload, &mut out);
    out
}

impl<M, S: fmt::Debug, D: fmt::Debug> fmt::Debug for Tester<M, S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tester")
            .field("speech", &self.speech)
            .field("dial", &self.dial)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
