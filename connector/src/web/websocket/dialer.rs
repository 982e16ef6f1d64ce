//! Dialing of the browser's WebSockets.

use web_sys::{Url, WebSocket};

use super::WebSocketLink;
use crate::connector::{Address, Dial, DialError, Peer};

/// A dialer of the browser's WebSockets, to `ws://host[:port][/path]` and
/// `wss://host[:port][/path]`. A page that came by `https` may use the second one alone.
///
/// For a plugin's engine it makes a
/// [`PluginConnector`](crate::plugin::PluginConnector) by
/// [`DialedPlugin`](crate::plugin::DialedPlugin):
///
/// ```no_run
/// use connector::plugin::{DialedPlugin, Engine, Profile};
/// use connector::web::WebSocketDialer;
///
/// # fn example(engine: Engine) -> Result<(), connector::plugin::EngineError> {
/// let profile = Profile::new("compiler").url("ws://127.0.0.1:65520");
/// engine.register(DialedPlugin::new(profile, WebSocketDialer::new()))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WebSocketDialer {
    is_text: bool,
}

impl WebSocketDialer {
    /// Creates a dialer that sends binary messages, but for plugins, whose messages are texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends text messages instead of binary ones. The packages must be UTF-8 then, such as
    /// JSON.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.is_text = true;
        self
    }
}

impl Dial for WebSocketDialer {
    type Io = WebSocketLink;

    /// Begins to connect. What the browser refuses at once is an error here, and all else when
    /// the link is opened.
    async fn connect(&self, url: &str) -> Result<(WebSocketLink, Peer), DialError> {
        let refused = |problem| DialError::Url { url: url.to_owned(), problem };
        let host =
            Url::new(url).map_err(|_| refused("write `ws://host:port` or `wss://host:port`"))?;
        if !["ws:", "wss:"].contains(&&*host.protocol()) {
            let scheme = host.protocol().trim_end_matches(':').to_owned();
            let known = "`ws://host:port` or `wss://host:port`".to_owned();
            return Err(DialError::Scheme { url: url.to_owned(), scheme, known });
        }
        let socket = WebSocket::new(url).map_err(|_| {
            refused(
                "the browser refuses it: a page of `https` needs `wss://`, and no `#` is allowed",
            )
        })?;
        let peer = Peer::new("websocket", Address::Name(host.host()));
        Ok((WebSocketLink::new(socket, self.is_text), peer))
    }
}
