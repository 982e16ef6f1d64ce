//! The handle of a client's connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Welcome;

use super::live::Live;
use super::pushes::{AllPushes, PushSet, Pushes, PushesOf};
use super::shared::{Entry, Shared};
use super::{ClientBuilder, ConnectionState, RequestError, RequestRoute, States};
use crate::Peer;
use crate::body::{Format, FromBody, ToBody};
use crate::push::RouteOf;
use crate::runtime::{Instant, judge_at};

/// A handle of a connection to a server, for requests, notifies and pushes.
///
/// Clones are the same connection. Any number of requests may run at once, and the server
/// may answer them in any order. The connection closes when the last clone is dropped.
///
/// When the connection is lost, the client connects again, see [`Reconnect`](super::Reconnect).
/// Requests that were sent fail with [`RequestError::Lost`], and are not sent twice. Those that
/// are made meanwhile wait for the next connection, up to their timeout. Subscriptions to
/// pushes go on.
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
struct Connection {
    shared: Arc<Shared>,
    /// The one connection to use, for handles that do not keep the client open.
    only: Option<Arc<Live>>,
}

impl Client {
    /// Starts building a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(super) fn new(shared: Arc<Shared>, request_timeout: Duration) -> Self {
        Self { connection: Arc::new(Connection { shared, only: None }), request_timeout }
    }

    /// Creates a handle of one connection of the client, which does not keep the client open.
    pub(super) fn of_one(shared: Arc<Shared>, live: Arc<Live>, request_timeout: Duration) -> Self {
        Self { connection: Arc::new(Connection { shared, only: Some(live) }), request_timeout }
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
        let deadline = self.deadline();
        let (live, call) = {
            // Dropped before the wait for the answer.
            let body = body;
            let mut failed = None;
            loop {
                let entry = self.enter(failed, deadline).await?;
                if let Some(call) = entry.live.pending.begin() {
                    let message = entry.live.write_request(&call, route, &body)?;
                    if entry.live.send(message, deadline).await? {
                        break (entry.live, call);
                    }
                }
                failed = Some(entry);
            }
        };
        let answer = judge_at(deadline, call).await.ok_or(RequestError::Timeout)??;
        Ok(live.read_answer(route, &answer)?)
    }

    /// Sends the request of a route whose types are known, and returns its answer. See
    /// [`RequestRoute`].
    ///
    /// # Errors
    /// The same as those of [`Client::request`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the request may have been sent. Its answer is ignored.
    pub async fn ask<Q: ToBody, A: FromBody>(
        &self,
        route: RequestRoute<Q, A>,
        body: Q,
    ) -> Result<A, RequestError> {
        self.request(route.as_str(), body).await
    }

    /// Queues a message that is not answered. Waits while the send queue is full, see
    /// [`ClientBuilder::send_queue`], and while the connection is lost. A message that is
    /// queued when the connection is lost may not arrive.
    ///
    /// # Errors
    /// Returns [`RequestError`] if the message cannot be encoded, the queue stays full, there
    /// is no connection in time, or the client is closed.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message is sent as a whole or not at all.
    pub async fn notify(&self, route: &str, body: impl ToBody) -> Result<(), RequestError> {
        let deadline = self.deadline();
        let mut failed = None;
        loop {
            let entry = self.enter(failed, deadline).await?;
            let message = entry.live.write_notify(route, &body)?;
            if entry.live.send(message, deadline).await? {
                return Ok(());
            }
            failed = Some(entry);
        }
    }

    /// Subscribes to the pushes of a route. The latest pushes that arrived before any
    /// subscription to them are delivered too: at most 64, with 64 KiB together.
    ///
    /// The queue of a slow reader is bounded, see [`ClientBuilder::push_queue`].
    pub fn pushes<T: FromBody>(&self, route: impl RouteOf<T>) -> Pushes<T> {
        Pushes::new(self.shared().pushes.subscribe(&[route.name()]))
    }

    /// Subscribes to the pushes of several routes, as one enum and in the order of arrival:
    /// those of a schema by the enum `Pushes` that `connector-build` generates. See
    /// [`Client::pushes`].
    ///
    /// ```no_run
    /// # use connector::client::{Client, Push, PushSet};
    /// # use connector::{BodyError, Json};
    /// # mod chat {
    /// #     pub struct OnLine { pub from: String, pub text: String }
    /// #     pub enum Pushes { OnLine(OnLine), OnCome(String) }
    /// # }
    /// # impl PushSet for chat::Pushes {
    /// #     const ROUTES: &'static [&'static str] = &[];
    /// #     fn read(_: &Push) -> Result<Self, BodyError> { unimplemented!() }
    /// # }
    /// # async fn example(client: Client) -> Result<(), BodyError> {
    /// let mut pushes = client.pushes_of::<chat::Pushes>();
    /// while let Some(push) = pushes.next().await {
    ///     match push? {
    ///         chat::Pushes::OnLine(line) => println!("{}: {}", line.from, line.text),
    ///         chat::Pushes::OnCome(name) => println!("{name} comes"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pushes_of<P: PushSet>(&self) -> PushesOf<P> {
        PushesOf::new(self.shared().pushes.subscribe(P::ROUTES))
    }

    /// Subscribes to the pushes of all routes. Other subscriptions receive them too. See
    /// [`Client::pushes`].
    pub fn all_pushes(&self) -> AllPushes {
        AllPushes::new(self.shared().pushes.subscribe_to_all())
    }

    /// Returns the server's answer to the handshake: the application's data in `user`, and
    /// in `details` the data of the protocol, such as pomelo's
    /// [`Response`](crate::protocol::pomelo::handshake::Response). Both are empty on a
    /// connector without a handshake. While the connection is lost, it is that of the last
    /// one.
    pub fn welcome(&self) -> Arc<Welcome> {
        self.live().welcome.clone()
    }

    /// Returns the agreed format of bodies without a fixed one, such as messages of a
    /// `.proto` file. While the connection is lost, it is that of the last one.
    pub fn format(&self) -> Format {
        self.live().encoder.agreement().format
    }

    /// Returns the peer: the server's transport and address. While the connection is lost, it
    /// is that of the last one.
    pub fn peer(&self) -> Peer {
        self.live().peer.clone()
    }

    /// Returns the state of the connection.
    pub fn state(&self) -> ConnectionState {
        self.shared().status.borrow().state()
    }

    /// Returns the states of the connection: the current one, and those that follow.
    ///
    /// ```no_run
    /// use connector::client::{Client, ConnectionState};
    ///
    /// # async fn example(client: Client) {
    /// let mut states = client.states();
    /// while let Some(state) = states.next().await {
    ///     match state {
    ///         ConnectionState::Lost { reason, attempt, retry_in } => {
    ///             println!("{reason}; attempt {attempt} in {retry_in:?}");
    ///         }
    ///         state => println!("{state:?}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn states(&self) -> States {
        States::new(self.shared().status.subscribe())
    }

    /// Begins the next attempt to connect at once, if the connection is lost and the attempt
    /// is still to come. It counts like any other attempt.
    pub fn retry_now(&self) {
        self.shared().retry.notify_waiters();
    }

    /// Returns a handle of the same connection with another timeout of requests.
    #[must_use]
    pub fn with_request_timeout(&self, request_timeout: Duration) -> Self {
        Self { connection: self.connection.clone(), request_timeout }
    }

    /// Returns the reason for which the client has closed, or `None` while its connection is
    /// open, or opened again. After a kick this is [`CloseReason::Kicked`] with the server's
    /// reason.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.shared().status.borrow().end_reason().cloned()
    }

    /// Waits until the client has closed, and returns the reason. A connection that is lost
    /// and opened again does not count, see [`Client::states`].
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn closed(&self) -> CloseReason {
        self.shared().wait_for(|status| status.end_reason().cloned()).await
    }

    /// Sends queued messages, closes the connection, and waits until it is closed.
    /// Requests without an answer end with [`RequestError::Closed`].
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the connection closes all the same.
    pub async fn close(&self) {
        self.shared().order_close();
        self.shared().wait_for(|status| status.is_gone().then_some(())).await;
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.connection.shared
    }

    fn live(&self) -> Arc<Live> {
        self.connection.only.clone().unwrap_or_else(|| self.shared().live())
    }

    /// Returns the connection for a message, which waits for another one than that which did
    /// not take it.
    async fn enter<'a>(
        &'a self,
        failed: Option<Entry<'a>>,
        deadline: Option<Instant>,
    ) -> Result<Entry<'a>, RequestError> {
        match (&self.connection.only, &failed) {
            (None, _) => self.shared().enter(failed, deadline).await,
            (Some(live), None) => Ok(Entry::new(live.clone())),
            (Some(live), Some(_)) => {
                let reason = live.pending.end_reason().unwrap_or(CloseReason::Requested);
                Err(RequestError::NotConnected(reason))
            }
        }
    }

    /// Returns the end of a request that begins now.
    fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.request_timeout)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.only.is_none() {
            self.shared.order_close();
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("peer", &self.peer())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
