//! How a client is put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::Limits;
use connector_protocol::pomelo::handshake::Request;
use connector_protocol::session::{ClientSettings, Details};
use serde_json::Value;

use super::open::open;
use super::pushes::Room;
use super::{Client, ConnectError};
use crate::Format;
use crate::codec::{Codec, PomeloCodec};
use crate::connector::{BoxSocket, Socket};
use crate::runtime::timeout;

/// Describes a connection before it is made: what is said in the handshake,
/// limits, patience.
#[must_use = "a builder does nothing until `connect`"]
#[derive(Clone)]
pub struct ClientBuilder {
    pub(super) session: ClientSettings,
    /// None is pomelo's, which knows the codes of routes.
    pub(super) codec: Option<Arc<dyn Codec>>,
    pub(super) connect_timeout: Duration,
    pub(super) request_timeout: Duration,
    pub(super) max_package: usize,
    pub(super) send_queue: usize,
    pub(super) push_queue: Room,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        let limits = Limits::default();
        let formats = vec![Format::Json, Format::Protobuf];
        Self {
            session: ClientSettings { formats, ..ClientSettings::default() },
            codec: None,
            connect_timeout: limits.handshake,
            request_timeout: Duration::from_secs(10),
            max_package: limits.package,
            send_queue: limits.queued,
            push_queue: Room { pushes: 1024, bytes: limits.queued },
        }
    }
}

impl ClientBuilder {
    /// What the application says in the handshake: a token, a version, ..
    pub fn user(mut self, user: impl Into<Value>) -> Self {
        self.session.user = Some(user.into());
        self
    }

    /// The kind of client that the server is told of, where it tells clients
    /// apart; `connector` by default.
    pub fn client_type(mut self, kind: impl Into<String>) -> Self {
        self.session.kind = kind.into();
        self
    }

    /// The version that the server is told of; this crate's by default.
    pub fn client_version(mut self, version: impl Into<String>) -> Self {
        self.session.version = version.into();
        self
    }

    /// Prefers a format for bodies that leave it open, as messages of a `.proto`
    /// file do. It goes before those that were preferred earlier; a server that
    /// has no such choice to offer keeps to its own. Default: JSON, then protobuf.
    pub fn prefer(mut self, format: Format) -> Self {
        self.session.formats.retain(|known| *known != format);
        self.session.formats.insert(0, format);
        self
    }

    /// Sets everything that is said in pomelo's handshake, in the place of user,
    /// client type, client version and formats.
    pub fn handshake(mut self, request: Request) -> Self {
        self.session.details = Details::new(request);
        self
    }

    /// Another codec than pomelo's, as [`JsonCodec`](crate::codec::JsonCodec)
    /// for a server with that one. With it, messages leave with the names of
    /// routes, never with codes.
    pub fn codec(mut self, codec: impl Codec) -> Self {
        self.codec = Some(Arc::new(codec));
        self
    }

    /// How long it may take until the connection is open, handshake included.
    /// 10 s.
    pub fn connect_timeout(mut self, patience: Duration) -> Self {
        self.connect_timeout = patience;
        self
    }

    /// How long a request waits for its answer, and any message for room to be
    /// sent. 10 s; see also [`Client::with_request_timeout`].
    pub fn request_timeout(mut self, patience: Duration) -> Self {
        self.request_timeout = patience;
        self
    }

    /// The largest package that is received, in bytes. A server that sends a
    /// larger one is closed. 1 MiB.
    pub fn max_package(mut self, bytes: usize) -> Self {
        self.max_package = bytes;
        self
    }

    /// How many bytes may wait to be sent before further messages wait, too.
    /// 4 MiB.
    pub fn send_queue(mut self, bytes: usize) -> Self {
        self.send_queue = bytes.max(1);
        self
    }

    /// How many pushes may wait for one reader, besides that they may be 4 MiB
    /// together. The oldest give way to new ones, and are counted. 1024.
    pub fn push_queue(mut self, pushes: usize) -> Self {
        self.push_queue.pushes = pushes;
        self
    }

    /// Shakes hands over a socket of any kind: in memory, TLS, a user's own.
    ///
    /// # Errors
    /// [`ConnectError::Closed`] or [`ConnectError::Timeout`].
    ///
    /// # Cancel safety
    /// Dropped, it leaves nothing behind.
    pub async fn connect_socket(self, socket: impl Socket) -> Result<Client, ConnectError> {
        self.opened(async { Ok(socket.boxed()) }).await
    }

    pub(super) async fn opened(
        self,
        socket: impl Future<Output = Result<BoxSocket, ConnectError>>,
    ) -> Result<Client, ConnectError> {
        let patience = self.connect_timeout;
        let steps = async { Ok(open(self, socket.await?).await?) };
        timeout(patience, steps).await.unwrap_or(Err(ConnectError::Timeout))
    }

    pub(super) fn codec_or_pomelo(&self) -> Arc<dyn Codec> {
        self.codec.clone().unwrap_or_else(|| Arc::new(PomeloCodec))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("session", &self.session)
            .field("codec", &self.codec.is_some())
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("max_package", &self.max_package)
            .field("send_queue", &self.send_queue)
            .field("push_queue", &self.push_queue)
            .finish()
    }
}
