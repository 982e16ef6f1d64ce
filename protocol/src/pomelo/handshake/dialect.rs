//! The dialect of a client, from what it says of itself.

use std::fmt;
use std::sync::Arc;

use super::{ClientInfo, Dialect};

/// A function that decides the dialect of clients, instead of what they say of themselves.
///
/// ```
/// use connector_protocol::pomelo::handshake::{Dialect, DialectOf};
///
/// // Robots of our own that speak pitaya's dialect under pomelo's name.
/// let dialect = DialectOf::new(|client| {
///     (client.kind.as_deref() == Some("robot")).then_some(Dialect::Pitaya)
/// });
/// ```
#[derive(Clone)]
pub struct DialectOf(Arc<Decide>);

type Decide = dyn Fn(&ClientInfo) -> Option<Dialect> + Send + Sync;

impl DialectOf {
    /// Wraps the function. `None` leaves the decision to what the client says of itself.
    pub fn new(decide: impl Fn(&ClientInfo) -> Option<Dialect> + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    pub(crate) fn decide(&self, client: &ClientInfo) -> Option<Dialect> {
        (self.0)(client)
    }
}

/// Compares identity: clones are equal.
impl PartialEq for DialectOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for DialectOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DialectOf")
    }
}

impl ClientInfo {
    /// Returns the dialect of a client without capabilities. Pomelo's clients send their
    /// kind, and some a `libVersion` beside it.
    pub(super) fn dialect(&self) -> Dialect {
        let pitaya = self.kind.is_none()
            && (self.lib_version.is_some() || self.client_build_number.is_some());
        if pitaya { Dialect::Pitaya } else { Dialect::Pomelo }
    }

    /// Returns whether it is pomelo-jsclient-websocket or a relative: it reads all packages of
    /// a WebSocket message, where pomelo-nodejsclient-websocket, of the same kind and version,
    /// reads the first or fails. It alone sends the version of its schemas.
    pub(super) fn joins_packages(&self) -> bool {
        self.kind.as_deref() == Some("js-websocket") && self.proto_version.is_some()
    }
}
