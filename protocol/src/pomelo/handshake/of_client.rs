//! Decisions of a server about its clients, by what they say of themselves or by a function.

use std::fmt;
use std::sync::Arc;

use super::{ClientInfo, Dialect};

/// A function that decides something about clients, instead of what they say of themselves.
///
/// ```
/// use connector_protocol::pomelo::handshake::{Dialect, OfClient};
///
/// // Robots of our own that speak pitaya's dialect under pomelo's name.
/// let dialect = OfClient::new(|client| {
///     (client.kind.as_deref() == Some("robot")).then_some(Dialect::Pitaya)
/// });
/// ```
pub struct OfClient<T>(Arc<Decide<T>>);

type Decide<T> = dyn Fn(&ClientInfo) -> Option<T> + Send + Sync;

impl<T> OfClient<T> {
    /// Wraps the function. `None` leaves the decision to what the client says of itself.
    pub fn new(decide: impl Fn(&ClientInfo) -> Option<T> + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    pub(crate) fn decide(&self, client: &ClientInfo) -> Option<T> {
        (self.0)(client)
    }
}

impl<T> Clone for OfClient<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Compares identity: clones are equal.
impl<T> PartialEq for OfClient<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> fmt::Debug for OfClient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfClient")
    }
}

impl ClientInfo {
    /// Returns the dialect of a client without capabilities. Pomelo's clients send their
    /// kind, and some a `libVersion` beside it.
    pub(super) fn dialect(&self) -> Dialect {
        let names_platform = self.kind.is_none() && self.platform.is_some();
        let pitaya = names_platform || self.is_versioned_pitaya();
        if pitaya { Dialect::Pitaya } else { Dialect::Pomelo }
    }

    /// Returns whether the client names a release of pitaya's library, all of which know zlib.
    pub(super) fn is_versioned_pitaya(&self) -> bool {
        self.kind.is_none() && (self.lib_version.is_some() || self.client_build_number.is_some())
    }
}
