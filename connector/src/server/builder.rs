//! The builder of a server.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::ServerExtras;
use connector_protocol::pomelo::handshake::{ClientInfo, Dialect, OfClient};
use connector_protocol::pomelo::protobuf::{SchemaError, Schemas};
use connector_protocol::session::{Answer, Hello};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::Server;
use super::accept::{DynConnector, accept};
use super::handle::ServerHandle;
use super::hooks::Hooks;
use super::inner::ServerInner;
use super::protos::{CurrentSchemas, note_gaps};
use super::settings::{ConnectorSettings, note_codec};
use super::timer::Timer;
use crate::body::Format;
use crate::connection::Dictionary;
use crate::connector::{Config, Connector, StartError};
use crate::dispatch::Dispatcher;
use crate::handler::{Filter, Filters, Handler, States};
use crate::limits::Hosts;
use crate::push::{Channels, PushSchedule, Scheduled};
use crate::routing::{DynHandler, RouteFn, Router, RouterError, Routes};
use crate::runtime::{self, Handle};
use crate::session::{Registry, Session, SingleSession};
use crate::{Limits, MaybeSend, MaybeSync};

/// A builder of a [`Server`]: connectors, handlers, filters, state, limits and hooks.
///
/// ```
/// use connector::prelude::*;
/// use std::time::Duration;
///
/// let server = Server::builder()
///     .connector(HybridConnector::bind("127.0.0.1:0"))
///     .route("time.timeHandler.zone", async || Json("UTC"))
///     .limits(Limits { messages_per_second: 50, ..Limits::default() })
///     .heartbeat(Duration::from_secs(10))
///     .on_open(|session| println!("{} from {}", session.id(), session.peer()));
/// # drop(server);
/// ```
#[must_use = "a builder does nothing until `start` or `serve_until`"]
#[derive(Default)]
pub struct ServerBuilder {
    pub(super) connectors: Vec<Box<dyn DynConnector>>,
    /// Whether it may start without a connector.
    pub(super) connectorless: bool,
    pub(super) routes: Routes,
    pub(super) filters: Filters,
    pub(super) states: States,
    pub(super) config: Config,
    /// The formats besides JSON and protobuf.
    pub(super) formats: Vec<Format>,
    pub(super) hooks: Hooks,
    pub(super) single_session: Option<SingleSession>,
    pub(super) hosts: Hosts,
    pub(super) concurrent: bool,
    pub(super) cancel_on_close: bool,
    #[cfg(feature = "crypto")]
    pub(super) signed: bool,
    pub(super) schemas: Option<Schemas>,
    /// The settings that only pomelo's protocol has.
    pub(super) extras: ServerExtras,
}

/// The error of a server that could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A route or a code is duplicate, malformed, or not as in `routes.lock`.
    #[error(transparent)]
    Router(#[from] RouterError),
    /// There is no connector, so that no client could reach the server.
    #[error(
        "the server has no connector: add one by `.connector(..)`, or write \
         `.without_connectors()` if its connections come by `ServerHandle::serve_connection`"
    )]
    NoConnectors,
    /// A connector could not listen.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A schema of pomelo-protobuf has a mistake. It is found when the schemas are parsed,
    /// and is here for programs that do so beside their builder.
    #[error(transparent)]
    Protos(#[from] SchemaError),
}

impl ServerBuilder {
    /// Adds a connector. Its own options, such as its codec, are set on it before.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connectors.push(Box::new(connector));
        self
    }

    /// Lets the server start without a connector, since its connections come by
    /// [`ServerHandle::serve_connection`](super::ServerHandle::serve_connection). Default: that
    /// is [`ServeError::NoConnectors`].
    pub fn without_connectors(mut self) -> Self {
        self.connectorless = true;
        self
    }

    /// Adds all routes of a handler. A duplicate route or code is reported by
    /// [`ServerBuilder::start`].
    pub fn handler(mut self, handler: impl Handler) -> Self {
        self.routes.handler(handler);
        self
    }

    /// Sets the server's own type, which clients may leave out: `room.join` is then the route
    /// `chat.room.join` of a server of the type `chat`, as pitaya's clients call their
    /// frontend. Default: routes are complete.
    pub fn server_type(mut self, server_type: impl Into<Box<str>>) -> Self {
        self.routes.server_type(server_type.into());
        self
    }

    /// Adds all handlers of a router.
    pub fn router(mut self, router: impl Router) -> Self {
        router.register(&mut self.routes);
        self
    }

    /// Adds a route that calls a function, whose arguments [`RouteFn`] describes. For a
    /// route with options, use [`ServerBuilder::handlers`].
    pub fn route<Args: 'static>(
        self,
        route: impl Into<Cow<'static, str>>,
        function: impl RouteFn<Args>,
    ) -> Self {
        self.handlers([DynHandler::new(route, function)])
    }

    /// Adds routes that were made at run time. A duplicate route or code is reported by
    /// [`ServerBuilder::start`].
    pub fn handlers(mut self, handlers: impl IntoIterator<Item = DynHandler>) -> Self {
        for handler in handlers {
            self.routes.dynamic(handler);
        }
        self
    }

    /// Adds a filter for the calls of all handlers. Filters run in the order in which they
    /// are added, before those of the handlers.
    pub fn filter(mut self, filter: impl Filter) -> Self {
        self.filters = self.filters.and(filter);
        self
    }

    /// Sets the value of `State<T>` arguments, and of [`Cx::state`](crate::handler::Cx::state).
    /// A later value of the same type replaces it.
    pub fn state<T: MaybeSend + MaybeSync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// Adds a format of bodies to JSON and protobuf. A client of the native dialect chooses
    /// one of them, see
    /// [`ClientBuilder::prefer`](crate::client::ClientBuilder::prefer).
    pub fn format(mut self, format: Format) -> Self {
        if !self.formats.contains(&format) {
            self.formats.push(format);
        }
        self
    }

    /// Decides the [`Dialect`] of clients of pomelo's protocol instead of what they say of
    /// themselves; `None` leaves it to that. The later of two functions decides. Default: a
    /// client with capabilities of ours speaks [`Dialect::Native`], one with a `libVersion`, a
    /// `clientBuildNumber` or a `platform` and without a `type` speaks [`Dialect::Pitaya`],
    /// others speak [`Dialect::Pomelo`].
    ///
    /// Of the clients that speak [`Dialect::Pitaya`], only those with a `libVersion` or a
    /// `clientBuildNumber` and without a `type` get compressed bodies.
    ///
    /// ```
    /// use connector::prelude::*;
    /// use connector::protocol::pomelo::handshake::Dialect;
    ///
    /// // This game has none but pitaya's clients.
    /// let server = Server::builder().dialect(|_| Some(Dialect::Pitaya));
    /// # drop(server);
    /// ```
    pub fn dialect(
        mut self,
        decide: impl Fn(&ClientInfo) -> Option<Dialect> + Send + Sync + 'static,
    ) -> Self {
        self.extras.dialect = Some(OfClient::new(decide));
        self
    }

    /// Sets how often clients must send a heartbeat, in whole seconds. A client that is
    /// silent for twice that time, or for [`Config::heartbeat_timeout`], is disconnected.
    /// Zero turns heartbeats off. Default: 30 seconds.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.config = self.config.heartbeat(interval);
        self
    }

    /// Sets the format of bodies for clients of pitaya's dialect, see [`Config::serializer`].
    /// Default: JSON.
    pub fn serializer(mut self, format: Format) -> Self {
        self.config = self.config.serializer(format);
        self
    }

    /// Compresses bodies of at least this many bytes, for peers that read zlib streams, see
    /// [`Config::compress_from`]. Default: no body is compressed.
    #[cfg(feature = "zlib")]
    pub fn compress_from(mut self, bytes: usize) -> Self {
        self.config = self.config.compress_from(bytes);
        self
    }

    /// Sets when messages leave: at once, or in batches. Default:
    /// [`PushSchedule::Direct`].
    pub fn push_schedule(mut self, schedule: PushSchedule) -> Self {
        self.config = self.config.push_schedule(schedule);
        self
    }

    /// Sets when messages leave by a function of each message: pomelo's push scheduler with
    /// a selector. It is called for every message and should be quick.
    ///
    /// A message waits for others as long as its own schedule says, and no message overtakes
    /// another: what leaves takes with it, in the same batch, all that has waited before it.
    ///
    /// ```
    /// use connector::PushSchedule;
    /// use connector::prelude::*;
    ///
    /// let server = Server::builder().push_schedule_by(|message| match message.route {
    ///     "onMove" => PushSchedule::buffered(),
    ///     _ => PushSchedule::Direct,
    /// });
    /// # drop(server);
    /// ```
    pub fn push_schedule_by(
        mut self,
        select: impl Fn(Scheduled<'_>) -> PushSchedule + Send + Sync + 'static,
    ) -> Self {
        self.config = self.config.push_schedule_by(select);
        self
    }

    /// Decides which clients of pomelo's protocol read several packages of one WebSocket
    /// message, so that a batch is one frame; `None` leaves it to what a client says of
    /// itself. Others get a frame for each package, in one write. Default: clients of ours
    /// do. Pomelo's client for Node does not; its browser client does, but when it fails at
    /// one package, such as one with an emoji, it loses those behind it in the frame.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// let server = Server::builder()
    ///     .join_packages(|client| (client.kind.as_deref() == Some("cocos")).then_some(true));
    /// # drop(server);
    /// ```
    pub fn join_packages(
        mut self,
        decide: impl Fn(&ClientInfo) -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        self.extras.joins_packages = Some(OfClient::new(decide));
        self
    }

    /// Sets the limits on what a peer may cost. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config = self.config.limits(limits);
        self
    }

    /// Adds a hook that accepts or refuses a client. It is called with the session, which
    /// it may bind, and the client's handshake. Its time counts towards
    /// [`Limits::handshake`].
    ///
    /// Hooks run in the order in which they are added, and the first refusal decides. The
    /// objects that they send to the client are merged; later members win.
    pub fn on_handshake<F, A>(mut self, hook: F) -> Self
    where
        F: Fn(Session, Hello) -> A + MaybeSend + MaybeSync + 'static,
        A: Future<Output = Answer> + MaybeSend + 'static,
    {
        self.hooks.handshake.push(Box::new(hook));
        self
    }

    /// Adds a hook that is called for every session after its handshake.
    pub fn on_open(mut self, hook: impl Fn(&Session) + MaybeSend + MaybeSync + 'static) -> Self {
        self.hooks.open.push(Box::new(hook));
        self
    }

    /// Adds a hook that is called for every session that was open and has ended.
    pub fn on_close(
        mut self,
        hook: impl Fn(&Session, &CloseReason) + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.hooks.close.push(Box::new(hook));
        self
    }

    /// Starts every connector, and serves in the background on the current tokio runtime.
    ///
    /// # Errors
    /// Returns [`ServeError`] if a route or a code is duplicate or malformed, if
    /// [`routes.lock`](Self::routes_lock) does not allow the routes, if there is no connector,
    /// or if one cannot listen. No listener is left open.
    ///
    /// # Cancel safety
    /// Dropping the future closes the listeners that it has opened.
    pub async fn start(self) -> Result<Server, ServeError> {
        let (mut table, codes) = self.routes.into_table(&self.filters)?;
        if self.connectors.is_empty() && !self.connectorless {
            return Err(ServeError::NoConnectors);
        }
        if self.concurrent {
            table.run_concurrently();
        }
        if let Some(schemas) = &self.schemas {
            note_gaps(schemas, &table);
        }
        let dispatcher = Dispatcher::new(table, self.states);
        #[cfg(feature = "crypto")]
        let dispatcher = dispatcher.verifying(self.signed);
        let server = Arc::new(ServerInner {
            dictionary: Dictionary::of_codes(codes).map(Arc::new),
            schemas: CurrentSchemas::new(self.schemas),
            extras: self.extras,
            dispatcher,
            config: self.config,
            formats: [Format::Json, Format::Protobuf].into_iter().chain(self.formats).collect(),
            hooks: self.hooks,
            hosts: self.hosts,
            cancel_on_close: self.cancel_on_close,
            registry: Registry::of(Handle::current(), self.single_session).into(),
            channels: Channels::new(),
            admissions: Arc::default(),
            long_handshakes: Default::default(),
            timer: Timer::new(),
            tasks: TaskTracker::new(),
            stopping: OnceLock::new(),
            stop: watch::Sender::new(false),
        });
        server.registry.set_server(ServerHandle::new(server.clone()).downgrade());
        let mut connectors = self.connectors;
        for connector in &mut connectors {
            connector.start().await?;
        }
        let addresses = connectors.iter().filter_map(|connector| connector.address()).collect();
        let timed = server.clone();
        runtime::spawn(async move {
            tokio::select! {
                () = timed.timer.run() => {}
                () = timed.ended() => {}
            }
        });
        for connector in connectors {
            let codec = connector.codec();
            note_codec(&server, connector.address().as_ref(), &*codec);
            let settings = ConnectorSettings::new(&server, connector.config(), codec);
            server.spawn(accept(server.clone(), Arc::new(settings), connector));
        }
        Ok(Server::new(server, addresses))
    }

    /// Starts the server, serves until `shutdown` resolves, then stops gracefully.
    ///
    /// # Errors
    /// Returns [`ServeError`] if the server cannot start.
    ///
    /// # Cancel safety
    /// Dropping the future before the server has started closes its listeners. Dropping it
    /// later does not stop the server, which serves in the background.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        self.start().await?.serve_until(shutdown).await;
        Ok(())
    }
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("connectors", &self.connectors.len())
            .field("routes", &self.routes)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
