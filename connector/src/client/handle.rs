//! The handle of a connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Welcome;

use super::pushes::{AllPushes, Pushes};
use super::shared::{Shared, Stage};
use super::{ClientBuilder, RequestError};
use crate::Peer;
use crate::body::{Format, FromBody, ToBody};
use crate::connection::CloseOrder;
use crate::push::RouteOf;
use crate::runtime::timeout;

/// A connection to a server: requests, notifies, pushes.
///
/// A handle: clones are the same connection, and any number of requests may be
/// under way at once; they are answered in whatever order the server likes.
/// The connection closes when the last clone is dropped.
#[derive(Clone)]
pub struct Client {
    connection: Arc<Connection>,
    request_timeout: Duration,
}

/// Closes the connection when it is dropped, which its task cannot prevent.
struct Connection(Arc<Shared>);

impl Client {
    /// A connection that is still to be described.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(super) fn new(shared: Arc<Shared>, request_timeout: Duration) -> Self {
        Self { connection: Arc::new(Connection(shared)), request_timeout }
    }

    /// Sends a body and reads the answer's as `A`.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// # async fn example(client: &Client) -> Result<(), connector::client::RequestError> {
    /// let Json(length): Json<usize> =
    ///     client.request("chat.chatHandler.send", Json("hello")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Servers of this family answer failures with a `code` in the body. If it
    /// is other than 200 (or 0) and `A` does not read it, that is
    /// [`RequestError::Server`]; a `Json` of a type with a field `code`, or of a
    /// `serde_json::Value`, gets the body as it is, and [`Raw`](crate::Raw) its
    /// bytes. `()` reads an empty answer.
    ///
    /// # Errors
    /// [`RequestError`]: what was answered, or why nothing was.
    ///
    /// # Cancel safety
    /// The request may have been sent; its answer is ignored then.
    pub async fn request<A: FromBody>(
        &self,
        route: &str,
        body: impl ToBody,
    ) -> Result<A, RequestError> {
        let shared = self.shared();
        let call = shared.pending.begin().map_err(RequestError::Closed)?;
        let message = shared.write_request(&call, route, &body)?;
        // It is not kept while this waits, so it need not be `Send`.
        drop(body);
        let answer = self.in_time(shared.call(call, message)).await?;
        shared.read_answer(route, &answer)
    }

    /// Sends a body that is not answered. `Ok` means that it waits to be sent;
    /// while too much does, this waits as well.
    ///
    /// # Errors
    /// [`RequestError`], but never `Decode` or `Server`.
    ///
    /// # Cancel safety
    /// The message is sent whole or not at all.
    pub async fn notify(&self, route: &str, body: impl ToBody) -> Result<(), RequestError> {
        let message = self.shared().write_notify(route, &body)?;
        drop(body);
        self.in_time(self.shared().send(message)).await
    }

    /// Listens for the pushes of a route, from now on; of those that came
    /// before anybody listened, the latest are there, too.
    ///
    /// What waits for a slow reader is bounded, see
    /// [`ClientBuilder::push_queue`].
    pub fn pushes<T: FromBody>(&self, route: impl RouteOf<T>) -> Pushes<T> {
        Pushes::new(self.shared().pushes.subscribe(Some(route.name())))
    }

    /// Listens for the pushes of all routes, beside those who listen for one.
    /// Otherwise as [`Client::pushes`].
    pub fn all_pushes(&self) -> AllPushes {
        AllPushes::new(self.shared().pushes.subscribe(None))
    }

    /// The server's welcome: the application's words in `user`, and in `details`
    /// those of its protocol, which is pomelo's
    /// [`Response`](crate::protocol::pomelo::handshake::Response). Both are empty
    /// on a connector that has no handshake.
    pub fn welcome(&self) -> &Welcome {
        &self.shared().welcome
    }

    /// Returns the format of bodies that leave it open, as messages of a `.proto`
    /// file do.
    pub fn format(&self) -> Format {
        self.shared().encoder.agreement().format
    }

    /// Who is at the other end.
    pub fn peer(&self) -> &Peer {
        &self.shared().peer
    }

    /// The same connection with another patience: how long this handle's
    /// requests wait for their answers.
    #[must_use]
    pub fn with_request_timeout(&self, request_timeout: Duration) -> Self {
        Self { connection: self.connection.clone(), request_timeout }
    }

    /// Why the connection has ended, if it has. Who was kicked reads
    /// [`CloseReason::Kicked`] with the server's reason.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.shared().stage.borrow().reason().cloned()
    }

    /// Waits for the end of the connection.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn closed(&self) -> CloseReason {
        self.reached(|stage| !matches!(stage, Stage::Open)).await
    }

    /// Sends what waits to be sent, closes the connection, and waits until
    /// that is done. Requests that have no answer yet end with
    /// [`RequestError::Closed`].
    ///
    /// # Cancel safety
    /// The connection closes all the same.
    pub async fn close(&self) {
        self.connection.order_close();
        self.reached(|stage| matches!(stage, Stage::Gone(_))).await;
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.connection.0
    }

    async fn in_time<T>(
        &self,
        what: impl Future<Output = Result<T, RequestError>>,
    ) -> Result<T, RequestError> {
        timeout(self.request_timeout, what).await.unwrap_or(Err(RequestError::Timeout))
    }

    async fn reached(&self, reached: impl FnMut(&Stage) -> bool) -> CloseReason {
        let mut stage = self.shared().stage.subscribe();
        // The sender lives as long as `self`.
        let stage = stage.wait_for(reached).await;
        let reason = stage.ok().and_then(|stage| stage.reason().cloned());
        reason.unwrap_or(CloseReason::Requested)
    }
}

impl Connection {
    fn order_close(&self) {
        self.0.outbox.close(CloseOrder { reason: CloseReason::Requested, drain: false });
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.order_close();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("peer", self.peer())
            .field("closed", &self.close_reason())
            .finish_non_exhaustive()
    }
}
