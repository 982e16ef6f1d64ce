//! Plugins at the other end of a port.

use std::fmt;

use connector_protocol::remix::Profile;
use web_sys::MessagePort;

use super::post_link::PostLink;
use crate::plugin::{ConnectError, PluginConnector};
use crate::web::error::WebError;

/// An engine's connector to a plugin at the other end of a `MessagePort`: in a shared worker, in
/// a thread of Node's `worker_threads`, or wherever a port was sent to.
pub struct PortPlugin {
    profile: Profile,
    open: Box<dyn FnMut(&str) -> Result<MessagePort, WebError>>,
}

impl PortPlugin {
    /// Creates the connector of a plugin whose ports `open` returns, one for each connection. It
    /// gets the plugin's URL, which is empty if its profile has none.
    pub fn new(
        profile: Profile,
        open: impl FnMut(&str) -> Result<MessagePort, WebError> + 'static,
    ) -> Self {
        Self { profile, open: Box::new(open) }
    }
}

impl PluginConnector for PortPlugin {
    type Link = PostLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<PostLink, ConnectError> {
        let port = (self.open)(url).map_err(|error| ConnectError::Lost(error.into()))?;
        Ok(PostLink::port(port))
    }
}

impl fmt::Debug for PortPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortPlugin").field("profile", &self.profile).finish_non_exhaustive()
    }
}
