//! Dialers by the schemes of their URLs.

use std::fmt;
use std::sync::Arc;

use super::{BoxSocket, Dial, DialError, Peer, Socket};
use crate::runtime::BoxFuture;
use crate::{MaybeSend, MaybeSync};

/// Several dialers as one: the scheme of a URL says which. A client and an engine connect by
/// it to connectors of different kinds, built-in ones and your own.
///
/// [`ClientBuilder::dial`](crate::client::ClientBuilder::dial) adds to the schemes that a
/// client knows anyway.
///
/// ```
/// use connector::transport::{TcpDialer, WebSocketDialer};
/// use connector::{Schemes, TcpSocket, WebSocketSocket};
///
/// let tcp = TcpDialer::new().schemes("game", "games").socket::<TcpSocket>();
/// let schemes = Schemes::new()
///     .dial("game", tcp.clone())
///     .dial("games", tcp)
///     .dial("ws", WebSocketDialer::new().socket::<WebSocketSocket>());
/// # use connector::Dial;
/// ```
#[derive(Clone, Default)]
pub struct Schemes(Vec<(String, Arc<dyn AnyDial>)>);

/// A dialer of some type.
trait AnyDial: MaybeSend + MaybeSync {
    fn connect<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(BoxSocket, Peer), DialError>>;
}

impl<D: Dial<Io: Socket>> AnyDial for D {
    fn connect<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(BoxSocket, Peer), DialError>> {
        Box::pin(async move {
            let (socket, peer) = Dial::connect(self, url).await?;
            Ok((socket.boxed(), peer))
        })
    }
}

impl Schemes {
    /// Creates a dialer that knows no scheme.
    pub fn new() -> Self {
        Self::default()
    }

    /// Connects to URLs of this scheme, such as `game` in `game://host:port` and `game:name`, by
    /// `dialer`, which gets the whole URL. `game:4000` is the port of a host. Upper and lower
    /// case are the same. The last dialer of a scheme counts.
    #[must_use]
    pub fn dial(mut self, scheme: impl Into<String>, dialer: impl Dial<Io: Socket>) -> Self {
        let scheme = scheme.into();
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&scheme));
        self.0.push((scheme, Arc::new(dialer)));
        self
    }

    /// Connects to a URL if there is a dialer of its scheme.
    pub(crate) async fn connect_known(
        &self,
        url: &str,
    ) -> Option<Result<(BoxSocket, Peer), DialError>> {
        let (scheme, rest) = url.split_once(':')?;
        // `game:4000` is a host and its port.
        if rest.parse::<u16>().is_ok() {
            return None;
        }
        let (_, dialer) = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(scheme))?;
        Some(dialer.connect(url).await)
    }

    /// Returns the error of a URL whose scheme is unknown. `others` says what may be written
    /// besides.
    pub(crate) fn unknown(&self, url: &str, others: Option<&str>) -> DialError {
        let Some((scheme, _)) = url.split_once("://") else {
            let problem = "the scheme is missing: write `scheme://..`";
            return DialError::Url { url: url.to_owned(), problem };
        };
        let own = self.0.iter().map(|(scheme, _)| format!("`{scheme}://..`"));
        let known: Vec<String> = own.chain(others.map(str::to_owned)).collect();
        DialError::Scheme {
            url: url.to_owned(),
            scheme: scheme.to_owned(),
            known: known.join(", "),
        }
    }
}

impl Dial for Schemes {
    type Io = BoxSocket;

    async fn connect(&self, url: &str) -> Result<(BoxSocket, Peer), DialError> {
        let connected = self.connect_known(url).await;
        connected.unwrap_or_else(|| Err(self.unknown(url, None)))
    }
}

impl fmt::Debug for Schemes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(scheme, _)| scheme)).finish()
    }
}
