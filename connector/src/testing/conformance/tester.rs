//! The subject for connectors over byte streams and over WebSocket.

use std::fmt;
use std::io;
use std::time::Duration;

use connector_protocol::framing::Framing;
use connector_protocol::pomelo::package::{self, PackageType};

use super::{
    Behaviour, ClientProtocol, Content, Dial, Effort, Framed, OverWebSocket, Sockets, Subject, Wire,
};
use crate::{Address, Connector, MaybeSync};

/// A [`Subject`] of three parts: a function that makes the connector, the protocol of its
/// clients, and their dialer.
///
/// An example with pomelo's packages in memory, where clients need a [`Dialers`] to
/// connect:
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
    protocol: S,
    dial: D,
    package: fn(&[u8]) -> Vec<u8>,
    sizes: Sizes,
    content: Option<Content>,
    transport: Option<&'static str>,
    timeout: Duration,
    effort: Effort,
    exempt: Vec<(Behaviour, &'static str)>,
}

/// The sizes of packages, in bytes.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    smallest: usize,
    limit: usize,
    uncounted: usize,
}

impl<M, C> Tester<M, (), Sockets>
where
    M: Fn() -> C + MaybeSync,
    C: Connector,
{
    /// Creates a subject for a connector over a byte stream with the framing `F`.
    /// `connector` makes connectors as [`Subject::connector`] does.
    pub fn framed<F: Framing>(connector: M) -> Tester<M, Framed<F>> {
        Tester::new(connector, Framed::new())
    }

    /// Creates a subject for a connector over WebSocket, with binary messages.
    pub fn websocket(connector: M) -> Tester<M, OverWebSocket> {
        Tester::new(connector, OverWebSocket::new()).uncounted(package::HEADER)
    }
}

impl<M, C, S> Tester<M, S>
where
    M: Fn() -> C + MaybeSync,
    C: Connector,
    S: ClientProtocol,
{
    /// Creates a subject for a connector whose clients have this protocol.
    pub fn new(connector: M, protocol: S) -> Self {
        Self {
            connector,
            protocol,
            dial: Sockets,
            package: <[u8]>::to_vec,
            sizes: Sizes { smallest: 0, limit: 70_000, uncounted: 0 },
            content: None,
            transport: None,
            timeout: Duration::from_secs(5),
            effort: Effort::Everyday,
            exempt: Vec::new(),
        }
    }
}

impl<M, S, D> Tester<M, S, D> {
    /// Makes packages pomelo's data packages, whose header the limit does not count.
    #[must_use]
    pub fn pomelo(self) -> Self {
        self.uncounted(package::HEADER).package(data_package)
    }

    /// Sets the dialer of clients. Default: [`Sockets`].
    #[must_use]
    pub fn dial<Other: Dial>(self, dial: Other) -> Tester<M, S, Other> {
        let Self { connector, protocol, package, sizes, content, .. } = self;
        let Self { transport, timeout, effort, exempt, .. } = self;
        Tester {
            connector,
            protocol,
            dial,
            package,
            sizes,
            content,
            transport,
            timeout,
            effort,
            exempt,
        }
    }

    /// Sets the function that makes a package of a payload. See [`Subject::package`].
    #[must_use]
    pub fn package(mut self, package: fn(&[u8]) -> Vec<u8>) -> Self {
        self.package = package;
        self
    }

    /// Sets the content that packages may have. Default: that of the clients' protocol, which
    /// is any bytes for a [`Framed`] one.
    #[must_use]
    pub fn content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// Sets the fewest bytes of a payload. Default: 0. See [`Subject::smallest`].
    #[must_use]
    pub fn smallest(mut self, bytes: usize) -> Self {
        self.sizes.smallest = bytes;
        self
    }

    /// Sets the most bytes of a package. Default: 70,000. See [`Subject::limit`].
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.sizes.limit = bytes;
        self
    }

    /// Sets the number of bytes that the limit does not count. Default: 0, or 4 over
    /// WebSocket. See [`Subject::uncounted`].
    #[must_use]
    pub fn uncounted(mut self, bytes: usize) -> Self {
        self.sizes.uncounted = bytes;
        self
    }

    /// Sets the name of the transport that the sockets' peers have. See
    /// [`Subject::transport`].
    #[must_use]
    pub fn transport(mut self, name: &'static str) -> Self {
        self.transport = Some(name);
        self
    }

    /// Sets the time that the kit waits for each step. Default: 5 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many packages and connections are tried. Default: [`Effort::Everyday`].
    #[must_use]
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Exempts a behaviour, for this reason. See [`Subject::exempt`].
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
    S: ClientProtocol,
    D: Dial,
{
    type Connector = C;

    fn connector(&self) -> C {
        (self.connector)()
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let mut wire = self.dial.dial(address).await?;
        self.protocol.open(&mut wire).await?;
        Ok(wire)
    }

    async fn stall(&self, address: &Address) -> io::Result<Wire> {
        self.dial.stall(address, &self.protocol.half_open()).await
    }

    fn package(&self, payload: &[u8]) -> Vec<u8> {
        (self.package)(payload)
    }

    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        self.protocol.wrap(package)
    }

    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        self.protocol.unwrap(bytes)
    }

    fn closing(&self) -> Vec<u8> {
        self.protocol.closing()
    }

    fn is_closing(&self, rest: &[u8]) -> bool {
        self.protocol.is_closing(rest)
    }

    fn content(&self) -> Content {
        self.content.unwrap_or_else(|| self.protocol.content())
    }

    fn smallest(&self) -> usize {
        self.sizes.smallest
    }

    fn limit(&self) -> usize {
        self.sizes.limit
    }

    fn uncounted(&self) -> usize {
        self.sizes.uncounted
    }

    fn transport(&self) -> Option<&'static str> {
        self.transport
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }

    fn effort(&self) -> Effort {
        self.effort
    }

    fn exempt(&self, behaviour: Behaviour) -> Option<&'static str> {
        self.exempt.iter().find(|(exempt, _)| *exempt == behaviour).map(|(_, why)| *why)
    }
}

fn data_package(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // It cannot fail: the kit's payloads are shorter than the header's limit.
    let _ = package::encode(PackageType::Data, payload, &mut out);
    out
}

impl<M, S: fmt::Debug, D: fmt::Debug> fmt::Debug for Tester<M, S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tester")
            .field("protocol", &self.protocol)
            .field("dial", &self.dial)
            .field("sizes", &self.sizes)
            .finish_non_exhaustive()
    }
}
