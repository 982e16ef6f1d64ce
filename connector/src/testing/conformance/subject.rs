//! The subjects of the kit.

use std::io;
use std::time::Duration;

use super::{Behaviour, Content, Effort, Wire};
use crate::{Address, Connector, MaybeSend, MaybeSync};

/// A connector under test, with the protocol of its clients.
///
/// [`Tester`](super::Tester) is the subject for byte streams with a framing and for
/// WebSocket. Implement this trait for another transport. The client's bytes should be
/// made by other code than the connector's, so that a mistake in both does not go
/// unnoticed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Subject`, so the kit cannot test a connector with it",
    note = "use `Tester::framed::<F>(..)` or `Tester::websocket(..)`, or implement `Subject`"
)]
pub trait Subject: MaybeSync {
    /// The connector under test.
    type Connector: Connector;

    /// Creates a connector that is not started, at an address where nothing else
    /// listens, such as port 0 or a new name.
    fn connector(&self) -> Self::Connector;

    /// Connects to a started connector and opens the connection, such as with TLS or an
    /// upgrade, until packages can be sent. The server's side runs meanwhile.
    ///
    /// # Errors
    /// Fails if the client cannot connect. The kit expects that of a stopped connector.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    fn dial(&self, address: &Address) -> impl Future<Output = io::Result<Wire>> + MaybeSend;

    /// Connects, and opens the connection only halfway. Default: [`Subject::dial`], for
    /// transports whose connections are open at once.
    ///
    /// # Errors
    /// Fails if the client cannot connect.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    fn stall(&self, address: &Address) -> impl Future<Output = io::Result<Wire>> + MaybeSend {
        self.dial(address)
    }

    /// Returns the package that the socket receives for this payload. The kit's payloads
    /// are JSON of one line in ASCII, which any format can carry, and for the behaviours
    /// that are about content whatever [`Subject::content`] allows. Default: the payload.
    fn package(&self, payload: &[u8]) -> Vec<u8> {
        payload.to_vec()
    }

    /// Returns the bytes of a client's package on the wire.
    fn wrap(&self, package: &[u8]) -> Vec<u8>;

    /// Reads the first package that the server wrote, and returns it with its length on
    /// the wire in bytes, or `None` while it is incomplete.
    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)>;

    /// Returns the bytes that a client writes before it ends the stream regularly, such
    /// as a close frame. Default: none.
    fn closing(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Returns whether these bytes, which the server wrote behind its last package, are a
    /// regular end of the stream. Default: whether there are none.
    fn is_closing(&self, bytes: &[u8]) -> bool {
        bytes.is_empty()
    }

    /// Returns the content that packages may have. Default: [`Content::Bytes`].
    fn content(&self) -> Content {
        Content::Bytes
    }

    /// Returns the fewest bytes of a payload: 1 for a format that skips empty packages, as
    /// SLIP does. Default: 0.
    fn smallest(&self) -> usize {
        0
    }

    /// Returns the most bytes of a package, which is the limit of the kit's inboxes. The
    /// format must be able to express packages of twice this size. Sizes above it are not
    /// tried. Default: 70,000, so that the sizes around 65,536 are.
    fn limit(&self) -> usize {
        70_000
    }

    /// Returns the number of bytes of a package that the limit does not count, such as a
    /// header that is received with it. Default: 0.
    fn uncounted(&self) -> usize {
        0
    }

    /// Returns the name of the transport that the sockets' peers have. Default: `None`, and any
    /// name is accepted that all of them have.
    fn transport(&self) -> Option<&'static str> {
        None
    }

    /// Returns the time that the kit waits for each step. Default: 5 seconds.
    fn timeout(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// Returns how many packages and connections are tried. Default: [`Effort::Everyday`].
    fn effort(&self) -> Effort {
        Effort::Everyday
    }

    /// Returns the reason for which a behaviour is impossible over this transport, such
    /// as the death of a connection over datagrams. Default: `None`.
    fn exempt(&self, behaviour: Behaviour) -> Option<&'static str> {
        let _ = behaviour;
        None
    }
}
