//! Plugins that an engine connects to by a dialer.

use connector_protocol::remix::Profile;

use super::dial;
use crate::connector::Dial;
use crate::link::ByteStream;
use crate::plugin::{ConnectError, LineDialer, MessageLink, PluginConnector};

/// An engine's connector to a plugin that a dialer connects to, at the profile's `url`.
///
/// The dialer's connections carry messages: sockets and other links, see
/// [`Dial::socket`]. Over byte streams, such as Unix sockets, [`DialedPlugin::by_lines`]
/// makes links of them.
///
/// ```
/// # #[cfg(unix)]
/// # fn example() {
/// use connector::plugin::{DialedPlugin, Engine};
/// use connector::protocol::remix::Profile;
/// use connector::transport::UnixDialer;
///
/// # async fn example(engine: Engine) -> Result<(), connector::plugin::EngineError> {
/// let profile = Profile::new("compiler").url("unix:///run/compiler.sock");
/// engine.register(DialedPlugin::by_lines(profile, UnixDialer::new()))?;
/// engine.activate("compiler").await?;
/// # Ok(())
/// # }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DialedPlugin<D> {
    profile: Profile,
    dialer: D,
}

impl<D: Dial<Io: MessageLink>> DialedPlugin<D> {
    /// Creates the connector of a plugin of this profile.
    pub fn new(profile: Profile, dialer: D) -> Self {
        Self { profile, dialer }
    }
}

impl<D: Dial<Io: ByteStream>> DialedPlugin<LineDialer<D>> {
    /// Creates the connector of a plugin over byte streams, with a line of JSON for each
    /// message, see [`LineLink`](crate::plugin::LineLink).
    pub fn by_lines(profile: Profile, dialer: D) -> Self {
        Self { profile, dialer: LineDialer::new(dialer) }
    }
}

impl<D: Dial<Io: MessageLink>> PluginConnector for DialedPlugin<D> {
    type Link = D::Io;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<D::Io, ConnectError> {
        dial(&self.dialer, url).await
    }
}
