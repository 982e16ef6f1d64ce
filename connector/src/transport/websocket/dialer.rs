//! Dialing of WebSockets.

use connector_protocol::CloseReason;

#[cfg(feature = "deflate")]
use super::Deflate;
use super::WebSocketLink;
use crate::connector::{Dial, DialError, Peer};
use crate::transport::TlsSettings;
use crate::transport::tcp_dialer::connect;
use crate::transport::url::{Target, Transport};

/// A dialer of WebSockets, to `ws://host[:port][/path]`, and with the feature `tls` to
/// `wss://host[:port][/path]`. The upgrade begins when the link is opened.
#[derive(Clone, Debug, Default)]
pub struct WebSocketDialer {
    tls: TlsSettings,
    text: bool,
    #[cfg(feature = "deflate")]
    deflate: Option<Deflate>,
}

impl WebSocketDialer {
    /// Creates a dialer that sends binary messages, with the default TLS, see
    /// `ClientBuilder::tls`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends text messages instead of binary ones. The packages must be UTF-8 then, such as
    /// JSON.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.text = true;
        self
    }

    /// Offers to compress messages. A server that does not compress declines, and the
    /// connection opens all the same. Default: no offer.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.deflate = Some(deflate);
        self
    }

    pub(in crate::transport) fn with(tls: TlsSettings) -> Self {
        Self { tls, ..Self::default() }
    }

    /// Sets how `wss://` is spoken: the issuers that are trusted, a certificate of the
    /// client's own, versions. Default: see `ClientBuilder::tls`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: std::sync::Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tls = TlsSettings::own(config);
        self
    }
}

impl Dial for WebSocketDialer {
    type Io = WebSocketLink;

    async fn connect(&self, url: &str) -> Result<(WebSocketLink, Peer), DialError> {
        let target = Target::parse(url)?;
        let Transport::WebSocket(path) = &target.transport else {
            let problem = "this dialer knows WebSockets only: write `ws://host:port` or \
                           `wss://host:port`";
            return Err(DialError::Url { url: url.to_owned(), problem });
        };
        let (stream, peer) = connect(&target, &self.tls).await?;
        let link = WebSocketLink::client(stream, &target.http_host(), path, self.text);
        let link = link.map_err(CloseReason::malformed)?;
        #[cfg(feature = "deflate")]
        let link = match self.deflate {
            Some(deflate) => link.deflate(deflate),
            None => link,
        };
        Ok((link, peer))
    }
}
