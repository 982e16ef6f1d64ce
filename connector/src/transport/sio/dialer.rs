//! Dialing of socket.io.

use connector_protocol::socketio::{Content, PATH, Version};

use super::exchange::Route;
use super::link::SioLink;
use crate::connector::{Dial, DialError, Peer};
use crate::transport::TlsSettings;
use crate::transport::url::{Target, Transport};

/// A dialer of socket.io, to `http://host:port` or `https://host:port` (`ws` and `wss` mean the
/// same), as the clients of socket.io 3 and 4 dial, over WebSocket. The path of a URL takes the
/// place of `/socket.io/`.
///
/// ```
/// use connector::codec::SioCodec;
/// use connector::prelude::*;
/// use connector::transport::SioDialer;
/// use connector::{Client, Dial, SioConnector, SioSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder().connector(SioConnector::bind("127.0.0.1:0")).start().await?;
/// let dialer = SioDialer::new().upgrade().socket::<SioSocket>();
/// let url = format!("http://{}", server.addresses()[0]);
/// let client = Client::builder().codec(SioCodec).connect_by(dialer, &url).await?;
/// assert_eq!(client.peer().transport, "socket.io");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SioDialer {
    tls: TlsSettings,
    version: Version,
    over: Transports,
    content: Content,
}

/// The transports that a session goes over.
#[derive(Clone, Copy, Debug)]
enum Transports {
    WebSocket,
    Polling,
    /// Polling at first, then WebSocket.
    Both,
}

impl SioDialer {
    /// Creates a dialer of Engine.IO 4 over WebSocket.
    pub fn new() -> Self {
        Self {
            tls: TlsSettings::default(),
            version: Version::V4,
            over: Transports::WebSocket,
            content: Content::Text,
        }
    }

    /// Speaks Engine.IO 3, for servers of socket.io 1 and 2, such as pomelo's.
    #[must_use]
    pub fn engine_io_3(mut self) -> Self {
        self.version = Version::V3;
        self
    }

    /// Polls, by requests of which one waits until there is something to receive.
    #[must_use]
    pub fn polling(mut self) -> Self {
        self.over = Transports::Polling;
        self
    }

    /// Polls at first, and moves to a WebSocket that was tried out, if there is a way for one.
    #[must_use]
    pub fn upgrade(mut self) -> Self {
        self.over = Transports::Both;
        self
    }

    /// Sends packages as the JSON that they are, and not as texts, see
    /// [`Sio::json`](super::Sio::json).
    #[must_use]
    pub fn json(mut self) -> Self {
        self.content = Content::Json;
        self
    }

    /// Sets how `https://` is spoken: the issuers that are trusted, a certificate of the
    /// client's own, versions. Default: see `ClientBuilder::tls`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: std::sync::Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tls = TlsSettings::own(config);
        self
    }

    fn route(&self, url: &str) -> Result<Route, DialError> {
        let problem = "this dialer knows socket.io only: write `http://host:port` or \
                       `https://host:port`";
        let wrong = || DialError::Url { url: url.to_owned(), problem };
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let scheme = match &*scheme.to_ascii_lowercase() {
            "http" | "ws" => "ws",
            "https" | "wss" => "wss",
            _ => return Err(wrong()),
        };
        let target = Target::parse(&format!("{scheme}://{rest}"))?;
        let Transport::WebSocket(path) = &target.transport else { return Err(wrong()) };
        let path = match &**path {
            "" | "/" => PATH.to_owned(),
            path if path.contains('?') => {
                let problem = "the query is socket.io's own: leave the part from `?` on out";
                return Err(DialError::Url { url: url.to_owned(), problem });
            }
            path => format!("{}/", path.trim_end_matches('/')),
        };
        Ok(Route { tls: self.tls.clone(), path, version: self.version, target })
    }
}

impl Default for SioDialer {
    fn default() -> Self {
        Self::new()
    }
}

impl Dial for SioDialer {
    type Io = SioLink;

    async fn connect(&self, url: &str) -> Result<(SioLink, Peer), DialError> {
        let route = self.route(url)?;
        if let Transports::WebSocket = self.over {
            let (link, peer) = route.websocket(None).await?;
            return Ok((SioLink::dialed(link, self.version, self.content), peer));
        }
        let (carrier, peer) = route.carrier().await?;
        let moves = matches!(self.over, Transports::Both);
        Ok((SioLink::asking(route, carrier, moves, self.content), peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_the_server_and_perhaps_its_path() {
        let query =
            |url: &str| SioDialer::new().route(url).map(|route| route.query("polling", None));
        assert_eq!(query("http://a:1").unwrap(), "/socket.io/?EIO=4&transport=polling");
        assert_eq!(query("WS://a:1/").unwrap(), "/socket.io/?EIO=4&transport=polling");
        assert_eq!(query("ws://a/live").unwrap(), "/live/?EIO=4&transport=polling");
        for url in ["a:1", "tcp://a:1", "http://a:1/x?y=1", "http://", "udp://a:1"] {
            assert!(query(url).is_err(), "{url}");
        }
        let route = SioDialer::new().engine_io_3().route("http://a:1").unwrap();
        assert_eq!(
            route.query("websocket", Some("s")),
            "/socket.io/?EIO=3&transport=websocket&sid=s"
        );
    }
}
