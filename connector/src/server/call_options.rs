//! The options of a server about calls: their order, their end, their errors.

use super::ServerBuilder;
use crate::handler::{Cx, HandlerError};
use crate::{MaybeSend, MaybeSync};

impl ServerBuilder {
    /// Runs the calls of each session concurrently, as pomelo does, on all routes that do
    /// not declare an order of their own. Default: one after the other, as pomelo does with
    /// its filter `serial`.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// struct Game;
    ///
    /// #[handler("game.gameHandler")]
    /// impl Game {
    ///     /// Its calls do not wait for others.
    ///     #[route]
    ///     async fn find(&self) {}
    ///
    ///     /// Its calls run one after the other.
    ///     #[route(serial)]
    ///     async fn buy(&self) {}
    /// }
    ///
    /// let server = Server::builder().handler(Game).concurrent();
    /// # drop(server);
    /// ```
    pub fn concurrent(mut self) -> Self {
        self.concurrent = true;
        self
    }

    /// Drops the calls of a session that ends, running and waiting ones, before the hooks of
    /// its close run. A call is dropped where it waits, as a timeout drops it, and filters
    /// are informed of a failure. Default: running calls are finished, and if the client
    /// left by itself, so are those of messages that it had sent before.
    ///
    /// A graceful [stop](crate::ServerHandle::stop) finishes calls in any case.
    pub fn cancel_on_close(mut self) -> Self {
        self.cancel_on_close = true;
        self
    }

    /// Adds a hook that is called with every error that a call ends with, and returns the
    /// one that is answered: pomelo's global error handler. Errors of handlers come there,
    /// of filters, timeouts, bodies that do not fit and unknown routes, also those of
    /// notifies, which are not answered. Not so panics, which end the connection.
    ///
    /// Hooks run in the order in which they were added, each with the error of the one
    /// before. One that panics is answered as [`HandlerError::failed`]. The cause of an
    /// [internal](HandlerError::internal) failure is its
    /// [`source`](std::error::Error::source), and is in the log already.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// let server = Server::builder().on_error(|cx, error| {
    ///     eprintln!("{}: {error}", cx.route().unwrap_or("an unknown route"));
    ///     error.with("session", cx.session.id().get())
    /// });
    /// # drop(server);
    /// ```
    pub fn on_error<F>(mut self, hook: F) -> Self
    where
        F: Fn(&Cx<'_>, HandlerError) -> HandlerError + MaybeSend + MaybeSync + 'static,
    {
        self.hooks.error.push(Box::new(hook));
        self
    }

    /// Adds a hook of [`ServerBuilder::on_error`] before those of the user.
    #[cfg(all(feature = "testing", not(target_family = "wasm")))]
    pub(crate) fn on_error_first(
        mut self,
        hook: impl Fn(&Cx<'_>, HandlerError) -> HandlerError + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.hooks.error.insert(0, Box::new(hook));
        self
    }
}
