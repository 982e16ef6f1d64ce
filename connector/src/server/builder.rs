//! How a server is put together.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::{Answer, Hello};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::Server;
use super::accept::{DynConnector, accept};
use super::core::Core;
use super::hooks::Hooks;
use super::settings::Profile;
use super::timer::Timer;
use crate::body::Format;
use crate::connector::{Config, Connector, StartError};
use crate::dispatch::Dispatcher;
use crate::handler::{Filter, Filters, Handler, States};
use crate::push::{Push, PushSchedule};
use crate::routing::{DynHandler, RouteFn, Router, RouterError, Routes};
use crate::runtime::{self, Handle};
use crate::session::{Registry, Session};
use crate::{Limits, MaybeSend, MaybeSync};

/// Puts a server together: connectors, handlers, limits, hooks.
#[must_use = "a builder does nothing until `start` or `serve_until`"]
#[derive(Default)]
pub struct ServerBuilder {
    connectors: Vec<Box<dyn DynConnector>>,
    routes: Routes,
    filters: Filters,
    states: States,
    config: Config,
    /// Besides JSON and protobuf.
    formats: Vec<Format>,
    hooks: Hooks,
}

/// A server that could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Two handlers want the same route, or a route is none.
    #[error(transparent)]
    Router(#[from] RouterError),
    /// A connector could not listen.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl ServerBuilder {
    /// Adds a connector. Options of a connector of its own, its codec among
    /// them, are set before.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connectors.push(Box::new(connector));
        self
    }

    /// Adds all routes of a handler. One that clashes is reported by
    /// [`ServerBuilder::start`].
    pub fn handler(mut self, handler: impl Handler) -> Self {
        self.routes.handler(handler);
        self
    }

    /// Adds all handlers of a router.
    pub fn router(mut self, router: impl Router) -> Self {
        router.register(&mut self.routes);
        self
    }

    /// Leads a route to a function, see [`RouteFn`] for what it may take. For
    /// one with options there is [`ServerBuilder::handlers`].
    pub fn route<Args: 'static>(
        self,
        route: impl Into<Cow<'static, str>>,
        function: impl RouteFn<Args>,
    ) -> Self {
        self.handlers([DynHandler::new(route, function)])
    }

    /// Adds routes that were made while the program runs. One that clashes is
    /// reported by [`ServerBuilder::start`].
    pub fn handlers(mut self, handlers: impl IntoIterator<Item = DynHandler>) -> Self {
        for handler in handlers {
            self.routes.dynamic(handler);
        }
        self
    }

    /// Declares that messages of this type are pushed: the dictionary tells
    /// clients their code, and they are sent with that instead of their route.
    /// Without a code of its own (`(connector.push_code)` in the schema), nothing
    /// changes.
    pub fn declare_push<P: Push>(mut self) -> Self {
        self.routes.declare_push::<P>();
        self
    }

    /// Asks `filter` before each call of every handler, in the order in which
    /// they are given and before the handlers' own.
    pub fn filter(mut self, filter: impl Filter) -> Self {
        self.filters = self.filters.and(filter);
        self
    }

    /// Gives a value to all handlers that have a `State<T>` argument.
    pub fn state<T: MaybeSend + MaybeSync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// Offers clients one more format of bodies, beside JSON and protobuf. A
    /// client of the native dialect chooses, see
    /// [`ClientBuilder::prefer`](crate::client::ClientBuilder::prefer).
    pub fn format(mut self, format: Format) -> Self {
        if !self.formats.contains(&format) {
            self.formats.push(format);
        }
        self
    }

    /// Wants a heartbeat from clients this often; 0 wants none.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.config = self.config.heartbeat(interval);
        self
    }

    /// Sets when messages leave: at once, or together after an interval. Default:
    /// [`PushSchedule::Direct`].
    pub fn push_schedule(mut self, schedule: PushSchedule) -> Self {
        self.config = self.config.push_schedule(schedule);
        self
    }

    /// Sets what a peer may cost.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config = self.config.limits(limits);
        self
    }

    /// Asks `hook` whether a client may come in: it sees the client's
    /// introduction and the session, and may bind that or set it up. It runs under
    /// [`Limits::handshake`].
    ///
    /// Hooks compose: they are asked in the order in which they were given, the
    /// first that refuses decides, and objects that they say to the client are
    /// joined, of which later members win.
    pub fn on_handshake<F, A>(mut self, hook: F) -> Self
    where
        F: Fn(Session, Hello) -> A + MaybeSend + MaybeSync + 'static,
        A: Future<Output = Answer> + MaybeSend + 'static,
    {
        self.hooks.handshake.push(Box::new(hook));
        self
    }

    /// Calls `hook` for every session that is open.
    pub fn on_open(mut self, hook: impl Fn(&Session) + MaybeSend + MaybeSync + 'static) -> Self {
        self.hooks.open.push(Box::new(hook));
        self
    }

    /// Calls `hook` for every session that has ended.
    pub fn on_close(
        mut self,
        hook: impl Fn(&Session, &CloseReason) + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.hooks.close.push(Box::new(hook));
        self
    }

    /// Binds every connector and serves in the background, on the runtime that
    /// this runs on.
    ///
    /// # Errors
    /// [`ServeError`], in a sentence; nothing listens then.
    pub async fn start(self) -> Result<Server, ServeError> {
        let mut table = self.routes.into_table()?;
        table.filter_all(&self.filters);
        let core = Arc::new(Core {
            dispatcher: Dispatcher::new(table, self.states),
            config: self.config,
            formats: [Format::Json, Format::Protobuf].into_iter().chain(self.formats).collect(),
            hooks: self.hooks,
            registry: Registry::of(Handle::current()).into(),
            admissions: Arc::default(),
            timer: Timer::new(),
            tasks: TaskTracker::new(),
            stopping: OnceLock::new(),
            stop: watch::Sender::new(false),
        });
        let mut connectors = self.connectors;
        for connector in &mut connectors {
            connector.start().await?;
        }
        let addresses = connectors.iter().filter_map(|connector| connector.address()).collect();
        let timed = core.clone();
        runtime::spawn(async move {
            tokio::select! {
                () = timed.timer.run() => {}
                () = timed.ended() => {}
            }
        });
        for connector in connectors {
            let config = match connector.config() {
                Some(config) => config.or(&core.config),
                None => core.config.clone(),
            };
            let profile = Arc::new(Profile::new(&core, &config, connector.codec()));
            core.spawn(accept(core.clone(), profile, connector));
        }
        Ok(Server::new(core, addresses))
    }

    /// Starts, serves until `shutdown` resolves, then stops gracefully.
    ///
    /// # Errors
    /// [`ServeError`] if it could not start.
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
