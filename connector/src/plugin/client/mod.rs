//! The plugin's side of a connection: the handle for programs.

mod driver;
mod link;
mod state;

use std::fmt;
use std::sync::{Arc, PoisonError};

use connector_protocol::remix::{Arguments, ListenerId, Outcome, RemixError};
use connector_protocol::{CloseReason, Limits};
use serde::de::DeserializeOwned;

use link::AnyLink;
pub use state::Loaded;
use state::{Connect, Inner};

use super::calls::drop_listeners;
use super::values::reading::{read_arguments, read_result};
use super::{
    CallError, ClientConnector, ClientOptions, Events, IntoArguments, MessageIo, PluginMethods,
};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::runtime::{self, BoxFuture};
use crate::{MaybeSend, MaybeSync};

/// Connects a plugin's client to an engine, and spawns a task that serves it until the
/// connection ends: Remix's `createConnectorClient`. `None` is a client of a plugin without
/// methods.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use connector::plugin::{LocalLink, PluginClient, create_connector_client, plugin};
///
/// struct Compiler;
///
/// #[plugin(name = "compiler")]
/// impl Compiler {
///     #[method]
///     fn version(&self) -> &'static str {
///         "0.8.30"
///     }
/// }
///
/// let (engine, connector) = LocalLink::pair();
/// let client = create_connector_client(connector, Some(PluginClient::new(Compiler)));
/// # drop(engine);
/// # if false {
/// client.onload().await?;
/// client.emit("ready", ())?;
/// # }
///
/// let (engine, connector) = LocalLink::pair();
/// let client = create_connector_client(connector, None);
/// client.on("fileManager", "currentFileChanged", |file| println!("{}", file.as_payload()));
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// Panics outside of a tokio runtime, and for a client that was connected before: create
/// one for each connection.
pub fn create_connector_client(
    connector: impl ClientConnector,
    client: Option<PluginClient>,
) -> PluginClient {
    let client = client.unwrap_or_else(|| PluginClient::new(()));
    let served = client.take_connection(connector);
    runtime::spawn(async move {
        served.await;
    });
    client
}

/// Creates a client and the future that serves its connection to its end.
pub(super) fn drive<C: ClientConnector, M: PluginMethods>(
    connector: C,
    methods: Arc<M>,
    io: MessageIo,
    limits: &Limits,
) -> (PluginClient, impl Future<Output = CloseReason> + MaybeSend + use<C, M>) {
    let client = PluginClient::create(&*methods, limits, None);
    (client.clone(), driver::drive(client, connector, methods, io))
}

/// A handle of a plugin's connection to one engine. Clones are the same connection.
/// Dropping them does not end it.
///
/// It can be created before it is connected. Listeners that are added before the handshake
/// are subscribed by it; calls and events need the handshake, see [`PluginClient::onload`].
#[derive(Clone)]
pub struct PluginClient {
    inner: Arc<Inner>,
}

impl PluginClient {
    /// Creates a client of a plugin that is not connected yet, with default options.
    /// [`create_connector_client`] or [`PluginClient::serve`] connects it. `()` is a plugin
    /// without methods.
    pub fn new(plugin: impl PluginMethods) -> Self {
        Self::with_options(plugin, ClientOptions::new())
    }

    /// Creates a client like [`PluginClient::new`], with options of its own.
    pub fn with_options(plugin: impl PluginMethods, options: ClientOptions) -> Self {
        let plugin = Arc::new(plugin);
        let ClientOptions { limits, heartbeat } = options;
        let (methods, configured) = (plugin.clone(), limits.clone());
        let connect = move |client, link| -> BoxFuture<'static, CloseReason> {
            let io = MessageIo::new(&limits).heartbeat(heartbeat);
            Box::pin(driver::drive(client, link, plugin, io))
        };
        Self::create(&*methods, &configured, Some(Box::new(connect)))
    }

    fn create(plugin: &impl PluginMethods, limits: &Limits, connect: Option<Connect>) -> Self {
        let inner = Inner::new(plugin.methods(), ConnectionLimits::new(limits), connect);
        Self { inner: Arc::new(inner) }
    }

    /// Connects the client, and serves the connection to its end. Returns the reason of the
    /// end.
    ///
    /// # Panics
    /// Panics if the client was connected before: create one for each connection.
    ///
    /// # Cancel safety
    /// Dropping the future drops the connection and its running calls.
    pub async fn serve(&self, connector: impl ClientConnector) -> CloseReason {
        self.take_connection(connector).await
    }

    fn take_connection(&self, connector: impl ClientConnector) -> BoxFuture<'static, CloseReason> {
        let connect = self.inner.connect.lock().unwrap_or_else(PoisonError::into_inner).take();
        match connect {
            Some(connect) => connect(self.clone(), AnyLink(Box::new(connector))),
            None => panic!("a `PluginClient` is connected once: create one for each connection"),
        }
    }

    /// Waits for the engine's first handshake. From then on the plugin may call and
    /// emit.
    ///
    /// # Errors
    /// Returns [`RemixError::Lost`] if the connection has ended.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn onload(&self) -> Result<Loaded, RemixError> {
        let mut status = self.inner.status.subscribe();
        let known = status.wait_for(|status| status.loaded.is_some() || status.closed.is_some());
        match known.await.as_deref() {
            Ok(state::Status { loaded: Some(loaded), closed: None, .. }) => Ok(loaded.clone()),
            _ => Err(RemixError::Lost("the engine".to_owned())),
        }
    }

    /// Returns the plugin's name in the engine, after the first handshake.
    pub fn name(&self) -> Option<String> {
        self.inner.status.borrow().loaded.as_ref().map(|loaded| loaded.name.clone())
    }

    /// Calls a method of another plugin. `path` is the plugin's name, followed by the
    /// names of services, separated by dots. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError`] before the handshake, after the end of the connection, and
    /// if the engine or the other plugin answers with an error.
    ///
    /// # Cancel safety
    /// If the future is dropped, the result is dropped. The call is cancelled, which fails
    /// nobody's but this one, if two things hold; otherwise it goes on, and
    /// [`PluginClient::cancel`] ends it with all others of its method:
    ///
    /// - It is this plugin's only open call of that method of that plugin, since the protocol
    ///   cancels by these names.
    /// - The other plugin has answered a call of this connection with a result. The released
    ///   engine fails on the cancellation of calls to a plugin that is not active.
    pub async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        method: &str,
        args: impl IntoArguments,
    ) -> Result<T, CallError> {
        let payload = args.into_arguments()?;
        read_result(self.outcome(path, method, payload).await, self.limits().enforced.values)
    }

    /// Calls a method like [`PluginClient::call`], and returns the outcome as it is.
    pub(super) async fn outcome(&self, path: &str, method: &str, args: Arguments) -> Outcome {
        match self.inner.call(path, method, args)?.await {
            Err(RemixError::Remote(text)) => {
                let from = self.name().unwrap_or_default();
                Err(RemixError::answered(text, method, &from))
            }
            outcome => outcome,
        }
    }

    /// Sets that the plugin runs within its engine's program.
    pub(super) fn set_native(&self) {
        self.inner.shared.lock().session.set_native();
    }

    /// Cancels this plugin's calls of `method`, or of all methods, at `path`. They fail
    /// with the engine's error.
    pub fn cancel(&self, path: &str, method: Option<&str>) {
        self.inner.shared.update(|state| state.session.cancel(path, method, &mut state.out));
    }

    /// Emits an event of this plugin. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError`] before the handshake, after the end of the connection, and
    /// for arguments that cannot be JSON.
    pub fn emit(&self, key: &str, args: impl IntoArguments) -> Result<(), CallError> {
        let payload = args.into_arguments()?;
        let emit =
            self.inner.shared.update(|state| state.session.emit(key, payload, &mut state.out));
        Ok(emit?)
    }

    /// Adds a listener of an event of the plugin `name`. It gets a value that the engine
    /// remembers at once. The callback runs in the connection's task, so it must not
    /// block.
    pub fn on(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> ListenerId {
        self.inner.listen(name, key, Arc::new(callback), false)
    }

    /// Adds a listener of the next event of the plugin `name`. The callback must not
    /// block.
    pub fn once(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> ListenerId {
        self.inner.listen(name, key, Arc::new(callback), true)
    }

    /// Listens to an event of the plugin `name`, as a stream. `T` is a tuple, into which the
    /// values are read as [`PluginCall::args`](super::PluginCall::args) reads arguments.
    ///
    /// ```
    /// use connector::plugin::PluginClient;
    ///
    /// async fn count(client: &PluginClient) {
    ///     let mut ticks = client.events::<(u64,)>("host", "tick");
    ///     while let Some(Ok((tick,))) = ticks.next().await {
    ///         println!("{tick}");
    ///     }
    /// }
    /// ```
    pub fn events<T: DeserializeOwned>(&self, name: &str, key: &str) -> Events<T> {
        Events::new(self, name, key, read_arguments)
    }

    /// Removes all listeners of an event.
    pub fn off(&self, name: &str, key: &str) {
        let removed: Vec<_> = self.inner.shared.update(|state| {
            let ids = state.session.off(name, key, &mut state.out);
            ids.iter().filter_map(|id| state.listeners.remove(id)).collect()
        });
        drop_listeners(removed);
    }

    /// Removes one listener.
    pub fn unlisten(&self, listener: ListenerId) {
        let removed = self.inner.shared.update(|state| {
            state.session.unlisten(listener, &mut state.out);
            state.listeners.remove(&listener)
        });
        drop_listeners(removed);
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.close_for(CloseReason::Requested);
    }

    /// Stops the plugin gracefully: running calls have
    /// [`Limits::drain`](crate::Limits::drain) to end and are answered, further ones are
    /// refused, and then the connection is closed. Waits for all of that, and for the hook for
    /// the deactivation. Returns the reason of the end: [`CloseReason::Stopping`], unless the
    /// connection ends before. Of a client that is not connected, only a later connection is
    /// stopped.
    ///
    /// ```
    /// use connector::plugin::{LocalLink, PluginClient, create_connector_client};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (engine, connector) = LocalLink::pair();
    /// let client = create_connector_client(connector, None);
    /// let reason = client.stop().await;
    /// assert_eq!(reason, connector::CloseReason::Stopping);
    /// # drop(engine);
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the stop goes on.
    pub async fn stop(&self) -> CloseReason {
        self.close_for(CloseReason::Stopping);
        let is_connected = {
            let connect = self.inner.connect.lock().unwrap_or_else(PoisonError::into_inner);
            connect.is_none()
        };
        if is_connected {
            // `self` owns the sender, so the channel is open.
            let _ = self.inner.status.subscribe().wait_for(|status| status.gone).await;
        }
        self.inner.status.borrow().closed.clone().unwrap_or(CloseReason::Stopping)
    }

    #[cfg(test)]
    pub(super) fn pending_calls(&self) -> usize {
        self.inner.shared.lock().calls.len()
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.inner.limits
    }

    pub(super) fn close_for(&self, reason: CloseReason) {
        self.inner.shared.update(|state| {
            state.close.get_or_insert(reason);
        });
    }

    /// Waits for the end of the connection, and returns its reason.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn closed(&self) -> CloseReason {
        let mut status = self.inner.status.subscribe();
        let closed = status.wait_for(|status| status.closed.is_some()).await;
        let reason = closed.ok().and_then(|status| status.closed.clone());
        // `self` owns the sender, so the channel is open.
        reason.unwrap_or(CloseReason::Requested)
    }
}

impl fmt::Debug for PluginClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PluginClient").field(&*self.inner.status.borrow()).finish()
    }
}
