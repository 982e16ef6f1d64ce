//! The listener: a callback for the pushes of each route.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;

use super::pushes::Push;
use super::shared::Shared;
use super::{AllPushes, Client};
use crate::MaybeSend;
use crate::body::{BodyError, FromBody};
use crate::push::RouteOf;
use crate::runtime::{BoxFuture, isolate, isolate_future};

/// The name of what panics, in the log.
const HOOK: &str = "a hook of a push";

/// Callbacks for the pushes of several routes, made by [`Client::listen`].
#[must_use = "nothing is called before `run`"]
pub struct Listener {
    pushes: AllPushes,
    shared: Arc<Shared>,
    hooks: HashMap<String, Box<dyn Hook>>,
}

/// A callback with the type of its pushes erased. It returns what is to be waited for.
trait Hook: MaybeSend {
    fn call(&mut self, push: &Push) -> Result<Option<BoxFuture<'static, ()>>, BodyError>;
}

impl<F> Hook for F
where
    F: FnMut(&Push) -> Result<Option<BoxFuture<'static, ()>>, BodyError> + MaybeSend,
{
    fn call(&mut self, push: &Push) -> Result<Option<BoxFuture<'static, ()>>, BodyError> {
        self(push)
    }
}

impl Client {
    /// Subscribes to the pushes of several routes, whose callbacks run in the order of
    /// arrival. See [`Client::pushes`].
    ///
    /// ```no_run
    /// use connector::Json;
    ///
    /// # async fn example(client: connector::Client) {
    /// let listener = client
    ///     .listen()
    ///     .on("onLine", |Json(line): Json<String>| println!("{line}"))
    ///     .on("onLeave", |Json(name): Json<String>| println!("{name} leaves"));
    /// tokio::spawn(listener.run());
    /// # }
    /// ```
    pub fn listen(&self) -> Listener {
        let pushes = self.all_pushes();
        Listener { pushes, shared: self.shared().clone(), hooks: HashMap::new() }
    }
}

impl Listener {
    /// Calls `hook` with every push of a route. A later hook of the route replaces it.
    pub fn on<T: FromBody + 'static>(
        mut self,
        route: impl RouteOf<T>,
        mut hook: impl FnMut(T) + MaybeSend + 'static,
    ) -> Self {
        let hook = Box::new(move |push: &Push| {
            hook(push.read()?);
            Ok(None)
        });
        self.hooks.insert(route.name().to_owned(), hook);
        self
    }

    /// Calls `hook` with every push of a route, and waits for its future before the next push
    /// of any route. Meanwhile pushes queue, see
    /// [`ClientBuilder::push_queue`](super::ClientBuilder::push_queue). A later hook of the
    /// route replaces it.
    ///
    /// ```no_run
    /// use connector::Json;
    ///
    /// # async fn example(client: connector::Client) {
    /// let asking = client.clone();
    /// let listener = client.listen().on_async("onRound", move |Json(round): Json<u32>| {
    ///     let client = asking.clone();
    ///     async move {
    ///         let _ = client.notify("game.roundHandler.ready", Json(round)).await;
    ///     }
    /// });
    /// tokio::spawn(listener.run());
    /// # }
    /// ```
    pub fn on_async<T, F>(
        mut self,
        route: impl RouteOf<T>,
        mut hook: impl FnMut(T) -> F + MaybeSend + 'static,
    ) -> Self
    where
        T: FromBody + 'static,
        F: Future<Output = ()> + MaybeSend + 'static,
    {
        let hook = Box::new(move |push: &Push| -> Result<Option<BoxFuture<'static, ()>>, _> {
            Ok(Some(Box::pin(hook(push.read()?))))
        });
        self.hooks.insert(route.name().to_owned(), hook);
        self
    }

    /// Calls the hooks until the connection has ended, and returns its reason. A push that
    /// does not fit its hook is skipped, with a warning in the log, and so is one whose hook
    /// panics.
    ///
    /// # Cancel safety
    /// If the future is dropped, queued pushes are dropped too.
    pub async fn run(mut self) -> CloseReason {
        while let Some(push) = self.pushes.next().await {
            let Some(hook) = self.hooks.get_mut(&*push.route) else { continue };
            match isolate(HOOK, || hook.call(&push)) {
                Some(Ok(Some(waits))) => _ = isolate_future(HOOK, waits).await,
                Some(Ok(None)) | None => {}
                Some(Err(error)) => {
                    let route = &*push.route;
                    tracing::warn!(route, error = %escaped(error), "a push does not fit");
                }
            }
        }
        // Pushes end with the connection.
        self.shared.end_reason()
    }

    /// Calls the hooks until `work` is done.
    ///
    /// # Errors
    /// Returns the reason for which the connection has ended, if it ends first.
    ///
    /// # Cancel safety
    /// If the future is dropped, `work` and queued pushes are dropped too.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> Result<T, CloseReason> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            reason = self.run() => Err(reason),
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("pushes", &self.pushes)
            .field("routes", &self.hooks.keys())
            .finish()
    }
}
