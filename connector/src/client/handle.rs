//! The handle of a connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::message::Head;
use connector_protocol::session::Welcome;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::pushes::{AllPushes, Pushes, ReadPush};
use super::shared::{Shared, Stage};
use super::{ClientBuilder, RequestError, answer};
use crate::Peer;
use crate::body::{Format, write_json};
use crate::connection::CloseOrder;
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

    /// Sends a JSON body and reads the answer's as `T`.
    ///
    /// Servers of this family answer failures with a `code` in the body. If it
    /// is other than 200 (or 0) and `T` does not read it, that is
    /// [`RequestError::Server`]; a `T` with a field `code`, or a
    /// `serde_json::Value`, gets the body as it is. `()` reads an empty answer.
    ///
    /// # Errors
    /// [`RequestError`]: what was answered, or why nothing was.
    ///
    /// # Cancel safety
    /// The request may have been sent; its answer is ignored then.
    pub async fn request<T: DeserializeOwned>(
        &self,
        route: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, RequestError> {
        let call = self.shared().call(route, |out| write_json(body, out));
        answer::read(&self.in_time(call).await?)
    }

    /// Sends a body as it is and gives back the answer's; in pomelo's own
    /// dialect that may be an error, which is nothing but a body there.
    ///
    /// # Errors
    /// [`RequestError`], but never `Decode`.
    ///
    /// # Cancel safety
    /// As [`Client::request`].
    pub async fn request_raw(
        &self,
        route: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<Bytes, RequestError> {
        let body = body.as_ref();
        self.in_time(self.shared().call(route, |out| {
            out.extend_from_slice(body);
            Ok(())
        }))
        .await
    }

    /// Sends a JSON body that is not answered. `Ok` means that it waits to be
    /// sent; while too much does, this waits as well.
    ///
    /// # Errors
    /// [`RequestError`], but never `Decode` or `Server`.
    ///
    /// # Cancel safety
    /// The message is sent whole or not at all.
    pub async fn notify(
        &self,
        route: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<(), RequestError> {
        let head = Head::Notify(self.shared().dictionary.shorten(route));
        self.in_time(self.shared().send(&head, |out| write_json(body, out))).await
    }

    /// [`Client::notify`] with a body as it is.
    ///
    /// # Errors
    /// As [`Client::notify`].
    ///
    /// # Cancel safety
    /// As [`Client::notify`].
    pub async fn notify_raw(
        &self,
        route: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<(), RequestError> {
        let body = body.as_ref();
        let head = Head::Notify(self.shared().dictionary.shorten(route));
        self.in_time(self.shared().send(&head, |out| {
            out.extend_from_slice(body);
            Ok(())
        }))
        .await
    }

    /// Listens for the pushes of a route, from now on; of those that came
    /// before anybody listened, the latest are there, too.
    ///
    /// What waits for a slow reader is bounded, see
    /// [`ClientBuilder::push_queue`].
    pub fn pushes<T: DeserializeOwned>(&self, route: &str) -> Pushes<T> {
        self.pushes_read(route, answer::read_body)
    }

    pub(crate) fn pushes_read<T>(&self, route: &str, read: ReadPush<T>) -> Pushes<T> {
        Pushes::new(self.shared().pushes.subscribe(Some(route)), read)
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

    /// How bodies are written where that is left open, as it is for messages
    /// of a `.proto` file.
    pub fn format(&self) -> Format {
        self.shared().wire.format()
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
