//! An engine's connection to a plugin that is a WebSocket server (plugin-ws).

use std::future::poll_fn;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};
use connector_protocol::ws::CloseCode;
use tokio::net::TcpStream;

use super::{PluginConnector, Transit};
use crate::link::lost;
use crate::transport::WebSocketLink;

/// The engine's side of a connection to a plugin at a `ws://` url, as the real
/// engine's `WebsocketPlugin`. It comes back after each loss, except when the
/// plugin closes with code 1000.
#[derive(Debug)]
pub struct WebSocketPluginConnector {
    profile: Profile,
    link: Option<WebSocketLink<TcpStream>>,
}

impl WebSocketPluginConnector {
    /// To the plugin at the profile's `url`.
    pub fn new(profile: Profile) -> Self {
        Self { profile, link: None }
    }
}

impl PluginConnector for WebSocketPluginConnector {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str, transit: &mut Transit) -> Result<(), CloseReason> {
        self.link = None;
        let (authority, path) =
            split(url).ok_or_else(|| CloseReason::malformed(format!("{url:?} is no ws:// url")))?;
        let address = if has_port(authority) { authority } else { &format!("{authority}:80") };
        let stream = TcpStream::connect(address).await.map_err(lost)?;
        // Messages are small and answers wanted at once.
        stream.set_nodelay(true).map_err(lost)?;
        let link = WebSocketLink::client(stream, authority, &path, true);
        let mut link = link.map_err(CloseReason::malformed)?;
        poll_fn(|cx| transit.poll_open(&mut link, cx)).await?;
        self.link = Some(link);
        Ok(())
    }

    fn send(&mut self, message: Message, transit: &mut Transit) -> Result<(), CloseReason> {
        let link = self.link.as_ref().ok_or_else(unconnected)?;
        transit.send(link, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<Message, CloseReason>> {
        match &mut self.link {
            Some(link) => transit.poll_message(link, cx),
            None => Poll::Ready(Err(unconnected())),
        }
    }

    fn poll_disconnect(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        transit: &mut Transit,
    ) -> Poll<()> {
        if let Some(link) = &mut self.link {
            std::task::ready!(transit.poll_close(link, cx, reason));
        }
        self.link = None;
        Poll::Ready(())
    }

    fn reconnects_after(&self, _: &CloseReason) -> bool {
        let said = self.link.as_ref().and_then(WebSocketLink::close_code);
        said != Some(CloseCode::NORMAL)
    }
}

fn unconnected() -> CloseReason {
    CloseReason::Lost("not connected".into())
}

/// The authority of a `ws://` url, and the path with its query.
fn split(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("ws") {
        return None;
    }
    let rest = rest.split('#').next()?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let slash = if path.starts_with('/') { "" } else { "/" };
    (!authority.is_empty() && !authority.contains('@'))
        .then(|| (authority, format!("{slash}{path}")))
}

/// Whether a port follows the host, which may be an IPv6 address in brackets.
fn has_port(authority: &str) -> bool {
    let host_end = authority.rfind(']').unwrap_or(0);
    authority[host_end..].contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_urls() {
        let parts = |url| split(url).map(|(authority, path)| (authority.to_owned(), path));
        let is = |authority: &str, path: &str| Some((authority.to_owned(), path.to_owned()));
        assert_eq!(parts("ws://127.0.0.1:65520"), is("127.0.0.1:65520", "/"));
        assert_eq!(parts("WS://host/a/b?c=d#e"), is("host", "/a/b?c=d"));
        assert_eq!(parts("ws://[::1]:8080?x"), is("[::1]:8080", "/?x"));
        assert_eq!(parts("wss://host"), None);
        assert_eq!(parts("ws://"), None);
        assert_eq!(parts("host:80"), None);
    }

    #[test]
    fn finds_ports() {
        assert!(has_port("host:80") && has_port("[::1]:80"));
        assert!(!has_port("host") && !has_port("[::1]"));
    }
}
