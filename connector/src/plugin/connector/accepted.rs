//! Plugins that connect to their engine.

use std::future::poll_fn;
use std::marker::PhantomData;

use connector_protocol::CloseReason;
use connector_protocol::remix::Profile;

use super::port::Port;
use crate::connector::{Address, StartError};
use crate::plugin::{ConnectError, PluginConnector};

/// An engine's connector of a plugin that connects to the engine, at a port for this plugin
/// alone: a connector or a listener, see [`Port`].
///
/// An activation waits for the plugin, within
/// [`Limits::handshake`](crate::Limits::handshake). When its connection is lost, the engine
/// waits for the next one. The port listens until the plugin is removed.
///
/// ```
/// use connector::HybridConnector;
/// use connector::plugin::{AcceptedPlugin, Engine};
/// use connector::protocol::remix::Profile;
/// use connector::transport::WebOptions;
///
/// # async fn example(engine: Engine) -> Result<(), Box<dyn std::error::Error>> {
/// let port = HybridConnector::bind("127.0.0.1:65521").web(WebOptions::new().text());
/// let mut plugin = AcceptedPlugin::new(Profile::new("compiler"), port);
/// plugin.start().await?;
/// engine.register(plugin)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AcceptedPlugin<P, Kind> {
    profile: Profile,
    port: P,
    started: bool,
    kind: PhantomData<fn() -> Kind>,
}

impl<P: Port<Kind>, Kind: 'static> AcceptedPlugin<P, Kind> {
    /// Creates the connector of a plugin of this profile.
    pub fn new(profile: Profile, port: P) -> Self {
        Self { profile, port, started: false, kind: PhantomData }
    }

    /// Starts to listen, and returns the address. Otherwise the first activation does.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be listened on.
    ///
    /// # Cancel safety
    /// That of [`Listen::bind`](crate::Listen::bind).
    pub async fn start(&mut self) -> Result<Option<Address>, StartError> {
        if !self.started {
            self.port.open_port().await?;
            self.started = true;
        }
        Ok(self.port.port_address())
    }
}

impl<P: Port<Kind>, Kind: 'static> PluginConnector for AcceptedPlugin<P, Kind> {
    type Link = P::Link;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<P::Link, ConnectError> {
        let started = self.start().await;
        started.map_err(|error| CloseReason::lost(&std::io::Error::other(error)))?;
        let accepted = poll_fn(|cx| self.port.poll_link(cx)).await;
        let (link, _) = accepted.map_err(|error| CloseReason::lost(&error))?;
        Ok(link)
    }
}
