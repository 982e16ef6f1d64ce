//! Which hosts may connect: pomelo's host filter.

use super::{ServerBuilder, ServerHandle};
use crate::connector::{Network, Peer};
use crate::{MaybeSend, MaybeSync};

impl ServerBuilder {
    /// Refuses connections from these addresses and networks: pomelo's blacklist. A blocked
    /// client is disconnected before anything is sent to it. The address is that of the
    /// client also behind a proxy that [`ProxyProtocol`](crate::transport::ProxyProtocol)
    /// trusts. [`ServerHandle::block`] and [`ServerHandle::unblock`] change the list later.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// let blocked = ["203.0.113.7", "198.51.100.0/24"].map(str::parse);
    /// let blocked = blocked.into_iter().collect::<Result<Vec<_>, _>>()?;
    /// let server = Server::builder().block(blocked);
    /// # drop(server);
    /// # Ok::<_, connector::NetworkError>(())
    /// ```
    pub fn block(self, networks: impl IntoIterator<Item = Network>) -> Self {
        for network in networks {
            self.hosts.block(network);
        }
        self
    }

    /// Adds a function that decides which hosts may connect, before anything is sent to
    /// them. An error refuses the host, and so does a panic; without an answer the host is
    /// refused after [`Limits::handshake`](crate::Limits::handshake). It is asked about
    /// hosts that are not [blocked](Self::block), by the address of the client.
    ///
    /// Several functions are asked in the order in which they were added, until one refuses.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// async fn look_up(_: &Peer) -> std::io::Result<bool> { Ok(true) }
    ///
    /// let server = Server::builder().host_filter(|peer| async move {
    ///     match look_up(&peer).await {
    ///         Ok(true) => Ok(()),
    ///         Ok(false) => Err("its network is banned".to_owned()),
    ///         Err(error) => Err(error.to_string()),
    ///     }
    /// });
    /// # drop(server);
    /// ```
    pub fn host_filter<F, A, E>(mut self, filter: F) -> Self
    where
        F: Fn(Peer) -> A + MaybeSend + MaybeSync + 'static,
        A: Future<Output = Result<(), E>> + MaybeSend + 'static,
        E: std::fmt::Display + 'static,
    {
        self.hosts.add_filter(filter);
        self
    }
}

impl ServerHandle {
    /// Refuses connections from an address or a network from now on. Open sessions go on:
    /// kick those that [`sessions`](Self::sessions) finds. Returns `false` if it was blocked
    /// already. See [`ServerBuilder::block`].
    pub fn block(&self, network: impl Into<Network>) -> bool {
        self.inner().hosts.block(network.into())
    }

    /// Accepts connections from an address or a network again. Returns `false` if exactly
    /// that was not blocked.
    pub fn unblock(&self, network: impl Into<Network>) -> bool {
        self.inner().hosts.unblock(network.into())
    }

    /// Returns the addresses and networks that are blocked.
    pub fn blocked(&self) -> Vec<Network> {
        self.inner().hosts.blocked()
    }
}
