//! Pushes, each handed to what is to be done with it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;

use super::pushes::Push;
use super::shared::Shared;
use super::{AllPushes, Client};
use crate::MaybeSend;
use crate::body::{BodyError, FromBody};
use crate::push::RouteOf;

/// What is done with the pushes of each route; from [`Client::listen`].
#[must_use = "nothing is called before `run`"]
pub struct Listener {
    pushes: AllPushes,
    shared: Arc<Shared>,
    hooks: HashMap<String, Box<dyn Hook>>,
}

/// Reads the body of a push and calls the user's function.
trait Hook: MaybeSend {
    fn call(&mut self, push: &Push) -> Result<(), BodyError>;
}

impl<F: FnMut(&Push) -> Result<(), BodyError> + MaybeSend> Hook for F {
    fn call(&mut self, push: &Push) -> Result<(), BodyError> {
        self(push)
    }
}

impl Client {
    /// Listens for the pushes of several routes, which are handed on in the
    /// order in which they come. Otherwise as [`Client::pushes`].
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
    /// Calls `hook` with every push of a route; a later one takes its place.
    pub fn on<T: FromBody + 'static>(
        mut self,
        route: impl RouteOf<T>,
        mut hook: impl FnMut(T) + MaybeSend + 'static,
    ) -> Self {
        let hook = Box::new(move |push: &Push| push.read().map(&mut hook));
        self.hooks.insert(route.name().to_owned(), hook);
        self
    }

    /// Calls the hooks until the connection has ended, and says why it has. A
    /// push that does not fit its hook is left out, with a warning in the log.
    ///
    /// # Cancel safety
    /// Nothing is called any more; what had come is lost.
    pub async fn run(mut self) -> CloseReason {
        while let Some(push) = self.pushes.next().await {
            let read = self.hooks.get_mut(&*push.route).map(|hook| hook.call(&push));
            if let Some(Err(error)) = read {
                tracing::warn!("a push `{}` does not fit: {error}", push.route);
            }
        }
        // The end of the pushes is that of the connection.
        self.shared.end_reason()
    }

    /// Calls the hooks while something else is done.
    ///
    /// # Errors
    /// Why the connection has ended, if it did first.
    ///
    /// # Cancel safety
    /// As [`Listener::run`], and as `work`.
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
