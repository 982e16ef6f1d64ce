//! How a server is put together.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::handshake::{Answer, Request};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::Server;
use super::accept::{DynConnector, accept};
use super::core::{Core, Hooks};
use super::handle::WeakServerHandle;
use super::settings::Profile;
use super::timer::Timer;
use crate::connector::{Config, Connector, StartError};
use crate::dispatch::Dispatcher;
use crate::handler::{Filter, Filters, Handler, States};
use crate::push::{Channels, Push};
use crate::routing::{DynHandler, RouteFn, Router, RouterError, Routes};
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

    /// Says that messages of this type are pushed: the dictionary tells clients
    /// their code, and they are sent with that instead of their route. Without a
    /// code of its own (`(connector.push_code)` in the schema), nothing changes.
    pub fn pushes<P: Push>(mut self) -> Self {
        self.routes.pushes::<P>();
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

    /// Wants a heartbeat from clients this often; 0 wants none.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.config = self.config.heartbeat(interval);
        self
    }

    /// Sets what a peer may cost.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config = self.config.limits(limits);
        self
    }

    /// Asks `hook` whether a client may come in: it sees the client's handshake
    /// and the session, and may bind or set up that. It runs under
    /// [`Limits::handshake`].
    pub fn on_handshake<F, A>(mut self, hook: F) -> Self
    where
        F: Fn(Session, Request) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        self.hooks.handshake =
            Some(Box::new(move |session, request| Box::pin(hook(session, request))));
        self
    }

    /// Calls `hook` for every session that is open.
    pub fn on_open(mut self, hook: impl Fn(&Session) + Send + Sync + 'static) -> Self {
        self.hooks.open.push(Box::new(hook));
        self
    }

    /// Calls `hook` for every session that has ended.
    pub fn on_close(
        mut self,
        hook: impl Fn(&Session, &CloseReason) + Send + Sync + 'static,
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
            hooks: self.hooks,
            registry: Registry::of(Handle::current()).into(),
            channels: Channels::new(),
            admissions: Arc::default(),
            timer: Timer::new(),
            tasks: TaskTracker::new(),
            stopping: OnceLock::new(),
            stop: watch::Sender::new(false),
        });
        core.registry.set_server(WeakServerHandle::new(&core));
        let mut connectors = self.connectors;
        for connector in &mut connectors {
            connector.start().await?;
        }
        let addresses = connectors.iter().filter_map(|connector| connector.address()).collect();
        let timed = core.clone();
        tokio::spawn(async move {
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
            let profile =
                Arc::new(Profile::new(&config, connector.codec(), &core.dispatcher.table));
            core.tasks.spawn(accept(core.clone(), profile, connector));
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
