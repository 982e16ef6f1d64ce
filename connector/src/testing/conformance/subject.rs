//! What the kit is run on.

use std::io;
use std::time::Duration;

use super::{Behaviour, Wire};
use crate::{Address, Connector, MaybeSend, MaybeSync};

/// A connector under test, and how a client of it speaks.
///
/// [`Tester`](super::Tester) is one for the usual transports; a transport that
/// is neither a framed byte stream nor WebSocket implements it itself. The
/// client's bytes should be made by other code than the connector's, so that a
/// mistake does not cancel itself out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how to test a connector",
    note = "`Tester::framed::<F>(..)` and `Tester::websocket(..)` do; a type of your own implements `Subject`"
)]
pub trait Subject: MaybeSync {
    /// What is tested.
    type Connector: Connector;

    /// A new connector that is not started, at an address where nobody else
    /// listens: port 0, a name of its own.
    fn connector(&self) -> Self::Connector;

    /// Connects to a started connector and opens the connection, as far as
    /// that takes more than packages (an upgrade, TLS). The server's side runs
    /// meanwhile.
    ///
    /// # Errors
    /// Whatever kept it from connecting; the kit expects that of a connector
    /// that is stopped.
    fn dial(&self, address: &Address) -> impl Future<Output = io::Result<Wire>> + MaybeSend;

    /// Connects, goes halfway through what opens a connection, and falls
    /// silent. Where there is nothing to open, connecting is all.
    ///
    /// # Errors
    /// Whatever kept it from connecting.
    fn stall(&self, address: &Address) -> impl Future<Output = io::Result<Wire>> + MaybeSend {
        self.dial(address)
    }

    /// The package that the socket hands on for this payload. Payloads of the
    /// kit are JSON of one line in ASCII, so any format carries them.
    fn package(&self, payload: &[u8]) -> Vec<u8> {
        payload.to_vec()
    }

    /// A client's package as it stands on the wire.
    fn wrap(&self, package: &[u8]) -> Vec<u8>;

    /// The first package in what the server wrote, and how many bytes of the
    /// wire it took; `None` while it is not whole.
    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)>;

    /// What a client writes before it ends the stream in the regular way.
    fn goodbye(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Whether a regular end looks like this: `rest` is what the server wrote
    /// behind its last package.
    fn is_goodbye(&self, rest: &[u8]) -> bool {
        rest.is_empty()
    }

    /// How large packages may be, in bytes: the kit's inboxes get this limit.
    /// A format whose longest package is shorter than twice this needs a smaller
    /// one.
    fn limit(&self) -> usize {
        50_000
    }

    /// How many bytes of a package its limit does not count: a header that is
    /// handed on with it.
    fn uncounted(&self) -> usize {
        0
    }

    /// How long the kit waits for any single thing to happen.
    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// Why a behaviour cannot be had over this transport, if that is so:
    /// datagrams have no connection that could die.
    fn exempt(&self, behaviour: Behaviour) -> Option<&'static str> {
        let _ = behaviour;
        None
    }
}
