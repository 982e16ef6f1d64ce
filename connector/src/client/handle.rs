//! The handle of a client's connection.

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

/// A handle of a connection to a server, for requests, notifies and pushes.
///
/// Clones are the same connection. Any number of requests may run at once, and the server
/// may answer them in any order. The connection closes when the last clone is dropped.
///
/// ```
/// use connector::client::Client;
/// use connector::prelude::*;
///
/// struct Echo;
///
/// #[handler("echo.echoHandler")]
/// impl Echo {
///     #[route]
///     fn send(&self, Json(text): Json<String>) -> Json<String> {
///         Json(text)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tcp = TcpConnector::bind("127.0.0.1:0");
/// let server = Server::builder().connector(tcp).handler(Echo).start().await?;
/// let client = Client::connect(&format!("tcp://{}", server.addresses()[0])).await?;
/// let Json(text): Json<String> = client.request("echo.echoHandler.send", Json("hi")).await?;
/// assert_eq!(text, "hi");
/// client.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    connection: Arc<Connection>,
    request_timeout: Duration,
}

/// The last handle's share of a connection, which closes when this is dropped. The task
/// does not hold it.
struct Connection(Arc<Shared>);

impl Client {
    /// Starts building a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(super) fn new(shared: Arc<Shared>, request_timeout: Duration) -> Self {
        Self { connection: Arc::new(Connection(shared)), request_timeout }
    }

    /// Sends a request, and reads the body of its answer as `A`.
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
    /// Pomelo's servers answer errors with a `code` in the body. A code other than 200 and
    /// 0 is [`RequestError::Server`], unless `A` reads the code itself: a `Json` of a type
    /// with a field `code` or of a `serde_json::Value`, or [`Raw`](crate::Raw). `()`
    /// reads an empty answer.
    ///
    /// # Errors
    /// Returns [`RequestError`] if the request cannot be sent, is not answered in time,
    /// is answered with an error, or if its answer is not an `A`.
    ///
    /// # Cancel safety
    /// If the future is dropped, the request may have been sent. Its answer is ignored.
    pub async fn request<A: FromBody>(
        &self,
        route: &str,
        body: impl ToBody,
    ) -> Result<A, RequestError> {
        let shared = self.shared();
        let call = shared.pending.begin().map_err(RequestError::Closed)?;
        let message = shared.write_request(&call, route, &body)?;
        // Dropped before the wait, so that it need not be `Send`.
        drop(body);
        let answer = self.with_timeout(shared.call(call, message)).await?;
        shared.read_answer(route, &answer)
    }

    /// Queues a message that is not answered. Waits while the send queue is full, see
    /// [`ClientBuilder::send_queue`].
    ///
    /// # Errors
    /// Returns [`RequestError`] if the message cannot be encoded, the queue stays full, or
    /// the connection is closed.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message is sent as a whole or not at all.
    pub async fn notify(&self, route: &str, body: impl ToBody) -> Result<(), RequestError> {
        let message = self.shared().write_notify(route, &body)?;
        drop(body);
        self.with_timeout(self.shared().send(message)).await
    }

    /// Subscribes to the pushes of a route. The latest pushes that arrived before any
    /// subscription to them are delivered too: at most 64, with 64 KiB together.
    ///
    /// The queue of a slow reader is bounded, see [`ClientBuilder::push_queue`].
    pub fn pushes<T: FromBody>(&self, route: impl RouteOf<T>) -> Pushes<T> {
        Pushes::new(self.shared().pushes.subscribe(Some(route.name())))
    }

    /// Subscribes to the pushes of all routes. Other subscriptions receive them too. See
    /// [`Client::pushes`].
    pub fn all_pushes(&self) -> AllPushes {
        AllPushes::new(self.shared().pushes.subscribe(None))
    }

    /// Returns the server's answer to the handshake: the application's data in `user`, and
    /// in `details` the data of the protocol, such as pomelo's
    /// [`Response`](crate::protocol::pomelo::handshake::Response). Both are empty on a
    /// connector without a handshake.
    pub fn welcome(&self) -> &Welcome {
        &self.shared().welcome
    }

    /// Returns the agreed format of bodies without a fixed one, such as messages of a
    /// `.proto` file.
    pub fn format(&self) -> Format {
        self.shared().encoder.agreement().format
    }

    /// Returns the peer: the server's transport and address.
    pub fn peer(&self) -> &Peer {
        &self.shared().peer
    }

    /// Returns a handle of the same connection with another timeout of requests.
    #[must_use]
    pub fn with_request_timeout(&self, request_timeout: Duration) -> Self {
        Self { connection: self.connection.clone(), request_timeout }
    }

    /// Returns the reason for which the connection has ended, or `None` while it is open.
    /// After a kick this is [`CloseReason::Kicked`] with the server's reason.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.shared().stage.borrow().reason().cloned()
    }

    /// Waits for the end of the connection, and returns its reason.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn closed(&self) -> CloseReason {
        self.wait_for(|stage| !matches!(stage, Stage::Open)).await
    }

    /// Sends queued messages, closes the connection, and waits until it is closed.
    /// Requests without an answer end with [`RequestError::Closed`].
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the connection closes all the same.
    pub async fn close(&self) {
        self.connection.order_close();
        self.wait_for(|stage| matches!(stage, Stage::Gone(_))).await;
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.connection.0
    }

    async fn with_timeout<T>(
        &self,
        what: impl Future<Output = Result<T, RequestError>>,
    ) -> Result<T, RequestError> {
        timeout(self.request_timeout, what).await.unwrap_or(Err(RequestError::Timeout))
    }

    async fn wait_for(&self, wanted: impl FnMut(&Stage) -> bool) -> CloseReason {
        let mut stage = self.shared().stage.subscribe();
        // The sender lives as long as `self`.
        let stage = stage.wait_for(wanted).await;
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
