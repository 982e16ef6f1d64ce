//! The builder of clients.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::Limits;
use connector_protocol::pomelo::handshake::Request;
use connector_protocol::pomelo::package::MAX_BODY;
use connector_protocol::session::{ClientSettings, Details};
use serde_json::Value;

use super::cache::SharedCache;
use super::on_open::OnOpen;
use super::shared::WhileLost;
use super::user::User;
use super::{Client, HandshakeCache, Reconnect};
#[cfg(feature = "crypto")]
use crate::codec::SigningKey;
use crate::codec::{Codec, PomeloCodec};
use crate::limits::NewestLimits;
use crate::runtime::Instant;
use crate::{Format, MaybeSend, MaybeSync};

/// A builder of a [`Client`](super::Client): the contents of the handshake, limits and timeouts.
#[must_use = "a builder does nothing until `connect`"]
#[derive(Clone)]
pub struct ClientBuilder {
    pub(super) session: ClientSettings,
    /// `None` is pomelo's codec, which has codes for routes.
    pub(super) codec: Option<Arc<dyn Codec>>,
    pub(super) connect_timeout: Duration,
    pub(super) request_timeout: Duration,
    pub(super) max_package: usize,
    pub(super) package_rate: usize,
    pub(super) send_queue: usize,
    pub(super) push_queue: NewestLimits,
    pub(super) user: User,
    pub(super) on_open: OnOpen,
    pub(super) reconnect: Reconnect,
    pub(super) while_lost: WhileLost,
    pub(super) cache: SharedCache,
    #[cfg(not(target_family = "wasm"))]
    pub(super) tls: crate::transport::TlsSettings,
    pub(super) schemes: crate::Schemes,
    #[cfg(feature = "crypto")]
    pub(super) signing: Option<SigningKey>,
    pub(super) compress_from: Option<usize>,
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
            max_package: MAX_BODY,
            package_rate: limits.package_rate,
            send_queue: limits.queued,
            push_queue: NewestLimits { number: 1024, bytes: limits.queued },
            user: User::default(),
            on_open: OnOpen::default(),
            reconnect: Reconnect::default(),
            while_lost: WhileLost::Wait,
            cache: SharedCache::default(),
            #[cfg(not(target_family = "wasm"))]
            tls: Default::default(),
            schemes: crate::Schemes::new(),
            #[cfg(feature = "crypto")]
            signing: None,
            compress_from: None,
        }
    }
}

impl ClientBuilder {
    /// Sets the application's data in the handshake, such as a token. Default: none.
    pub fn user(mut self, user: impl Into<Value>) -> Self {
        self.session.user = Some(user.into());
        self.user = User::default();
        self
    }

    /// Sets a function that makes the application's data of each handshake, the first and
    /// those of later connections, such as a token that expires. It is one of the steps of
    /// an attempt to connect, whose time is limited by [`ClientBuilder::connect_timeout`]. An
    /// error of it fails the attempt with [`ConnectError::User`](super::ConnectError::User).
    ///
    /// ```
    /// # async fn fresh_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// use connector::Client;
    /// use serde_json::json;
    ///
    /// let builder = Client::builder().user_with(|| async {
    ///     let token = fresh_token().await?;
    ///     Ok::<_, std::io::Error>(json!({ "token": token }))
    /// });
    /// # let _ = builder;
    /// ```
    pub fn user_with<F, U, T, E>(mut self, make: F) -> Self
    where
        F: Fn() -> U + MaybeSend + MaybeSync + 'static,
        U: Future<Output = Result<T, E>> + MaybeSend + 'static,
        T: Into<Value>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.user = User::by(make);
        self
    }

    /// Sets a hook that runs on each connection, the first and later ones, as soon as its
    /// handshake is done: the place to join again what the server has forgotten with the last
    /// connection. Messages that have waited for a connection leave when it has returned, and
    /// only then [`Client::state`] is `Open` and `connect` returns.
    ///
    /// The handle that it gets is of this connection alone. Its messages do not wait when the
    /// connection is lost, they fail; and it does not keep the client open. Pushes are
    /// delivered while the hook runs. Its time is part of
    /// [`ClientBuilder::connect_timeout`]. An error of it fails the attempt to connect with
    /// [`ConnectError::Hook`](super::ConnectError::Hook), and a client that had lost its
    /// connection tries again.
    ///
    /// ```
    /// use connector::prelude::*;
    /// use serde_json::json;
    ///
    /// let builder = Client::builder().on_open(|client| async move {
    ///     client.request::<()>("chat.roomHandler.join", Json(json!({ "room": 7 }))).await
    /// });
    /// # let _ = builder;
    /// ```
    pub fn on_open<F, U, E>(mut self, hook: F) -> Self
    where
        F: Fn(Client) -> U + MaybeSend + MaybeSync + 'static,
        U: Future<Output = Result<(), E>> + MaybeSend + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.on_open = OnOpen::by(hook);
        self
    }

    /// Sets the client type in the handshake, by which a server may distinguish clients.
    /// Default: `connector`.
    pub fn client_type(mut self, kind: impl Into<String>) -> Self {
        self.session.kind = kind.into();
        self
    }

    /// Sets the client version in the handshake. Default: the version of this crate.
    pub fn client_version(mut self, version: impl Into<String>) -> Self {
        self.session.version = version.into();
        self
    }

    /// Prefers a format for bodies without a fixed one, such as messages of a `.proto`
    /// file. It precedes formats that were preferred earlier. A server without a choice
    /// of formats ignores it. Default: JSON, then protobuf.
    pub fn prefer(mut self, format: Format) -> Self {
        self.session.formats.retain(|known| *known != format);
        self.session.formats.insert(0, format);
        self
    }

    /// Sets the whole request of pomelo's handshake, instead of user, client type, client
    /// version and formats.
    pub fn handshake(mut self, request: Request) -> Self {
        self.session.details = Details::new(request);
        self
    }

    /// Sets where the server's dictionary and schemas are kept for later handshakes. Default:
    /// in memory, for the connections of this builder and its clones.
    pub fn handshake_cache(mut self, cache: impl HandshakeCache) -> Self {
        self.cache = SharedCache::new(cache);
        self
    }

    /// Sets the codec, which must be that of the server, such as
    /// [`JsonCodec`](crate::codec::JsonCodec). Messages then carry the names of routes,
    /// never codes. Default: [`PomeloCodec`].
    pub fn codec(mut self, codec: impl Codec) -> Self {
        self.codec = Some(Arc::new(codec));
        self
    }

    /// Sets the time until the connection must be open, handshake included. Default: 10
    /// seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time that a request waits for its answer, and a message for space in the
    /// send queue. Default: 10 seconds. See also [`Client::with_request_timeout`](super::Client::with_request_timeout).
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Compresses bodies of at least this many bytes, for servers that read zlib streams:
    /// pitaya's, and ours with the feature `zlib`. A body that does not become shorter is sent
    /// as it is. Default: no body is compressed. Compressed ones are read all the same.
    #[cfg(feature = "zlib")]
    pub fn compress_from(mut self, bytes: usize) -> Self {
        self.compress_from = Some(bytes);
        self
    }

    /// Sets the most bytes of a received package, and of a compressed body once it is inflated.
    /// A larger package ends the connection, and a larger body fails its request.
    /// Default: 16 MiB less one byte, the most that a server of pomelo's protocol can send.
    pub fn max_package(mut self, bytes: usize) -> Self {
        self.max_package = bytes;
        self
    }

    /// Sets the fewest bytes a second, averaged over 10 seconds, at which a package has to
    /// arrive once its start has. A slower one ends the connection. Default: 1,024 bytes.
    /// Zero turns the limit off.
    pub fn package_rate(mut self, bytes: usize) -> Self {
        self.package_rate = bytes;
        self
    }

    /// Sets the bytes that are queued to be sent before further messages wait. Default: 4
    /// MiB.
    pub fn send_queue(mut self, bytes: usize) -> Self {
        self.send_queue = bytes.max(1);
        self
    }

    /// Sets how many pushes are queued for each subscription. Together they have at most
    /// 4 MiB. When the queue is full, the oldest push is dropped and counted. Default:
    /// 1,024 pushes.
    pub fn push_queue(mut self, pushes: usize) -> Self {
        self.push_queue.number = pushes;
        self
    }

    /// Sets the policy of connecting again when the connection is lost. Default:
    /// [`Reconnect::new`]. [`Reconnect::never`] turns it off.
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.reconnect = policy;
        self
    }

    /// Signs requests and notifies with this key, whose public half is sent in pomelo's
    /// handshake, for servers that require it: pomelo's option `encrypt`. Bodies must be JSON
    /// objects, or empty; one that travels as pomelo-protobuf needs a field
    /// `optional string __crypto__` in its schema. Needs the feature `crypto`. Default: messages
    /// are not signed.
    #[cfg(feature = "crypto")]
    pub fn sign(mut self, key: SigningKey) -> Self {
        self.signing = Some(key);
        self
    }

    /// Sets how `tls://` and `wss://` are spoken: the issuers that are trusted, a certificate
    /// of the client's own, versions. Default: the issuers of the features `tls-webpki-roots`
    /// (those of Mozilla) and `tls-native-roots` (those of the operating system), no
    /// certificate, TLS 1.2 and 1.3, the process's default cryptography or that of the feature
    /// `tls-ring`. For issuers in a PEM file see
    /// [`ClientPem`](crate::transport::ClientPem).
    #[cfg(all(feature = "tls", not(target_family = "wasm")))]
    pub fn tls(mut self, config: Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tls = crate::transport::TlsSettings::own(config);
        self
    }

    /// Makes [`ClientBuilder::connect`] dial the URLs of a scheme by this dialer: those of a
    /// connector of your own, or a built-in scheme in another way. The dialer has TLS settings
    /// of its own. See [`Dial`](crate::Dial) and [`Schemes`](crate::Schemes).
    ///
    /// ```
    /// use connector::prelude::*;
    /// use connector::transport::TcpDialer;
    /// use connector::{Dial, TcpSocket};
    ///
    /// let game = TcpDialer::new().schemes("game", "games").socket::<TcpSocket>();
    /// let builder = Client::builder().dial("game", game.clone()).dial("games", game);
    /// # async fn connects(builder: connector::client::ClientBuilder) {
    /// let client = builder.connect("game://127.0.0.1:4000").await;
    /// # }
    /// # let _ = builder;
    /// ```
    pub fn dial(
        mut self,
        scheme: impl Into<String>,
        dialer: impl crate::Dial<Io: crate::Socket>,
    ) -> Self {
        self.schemes = self.schemes.dial(scheme, dialer);
        self
    }

    /// Makes requests and notifies fail at once with
    /// [`RequestError::NotConnected`](super::RequestError::NotConnected) while the connection
    /// is lost. Default: they wait for the next connection up to their timeout, and leave in
    /// the order in which they were made.
    pub fn fail_while_lost(mut self) -> Self {
        self.while_lost = WhileLost::Fail;
        self
    }

    /// Returns the end of an attempt to connect that begins now.
    pub(super) fn connect_deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.connect_timeout)
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
            .field("package_rate", &self.package_rate)
            .field("send_queue", &self.send_queue)
            .field("push_queue", &self.push_queue)
            .field("user", &self.user)
            .field("on_open", &self.on_open)
            .field("reconnect", &self.reconnect)
            .field("while_lost", &self.while_lost)
            .finish()
    }
}
