//! The client for tests, which fails a test with what arrived instead.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use tokio::sync::Mutex;

use super::arrived::{Arrived, shown};
use super::timeout::Timeout;
use crate::CloseReason;
use crate::body::{FromBody, Raw, ToBody};
use crate::client::{Client, RequestError};
use crate::handler::HandlerError;
use crate::push::RouteOf;

/// A client for tests. It fails the test if something does not happen as expected, with
/// a message that names the line of the test and what arrived instead.
///
/// It dereferences to a [`Client`]. [`TestClient::client`] returns that client, whose
/// methods return errors instead of failing the test. Pushes are kept until they are
/// expected, so pushes of different routes may be expected in any order.
pub struct TestClient {
    client: Client,
    arrived: Mutex<Arrived>,
    timeout: Timeout,
}

/// Takes a client that has connected by itself, such as over UDP or to a server in another
/// process. Of the pushes it keeps those that arrive from now on.
impl From<Client> for TestClient {
    fn from(client: Client) -> Self {
        Self::new(client, Timeout::default())
    }
}

impl TestClient {
    pub(super) fn new(client: Client, timeout: Timeout) -> Self {
        let arrived = Mutex::new(Arrived::new(client.all_pushes()));
        Self { client, arrived, timeout }
    }

    /// Returns the client, whose methods return errors.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request and returns its answer, as [`Client::request`] does. With
    /// `Json<Value>` as `A`, the body of an error is an answer too.
    ///
    /// # Panics
    /// Panics if the answer is an error, does not arrive, or is not an `A`.
    ///
    /// # Cancel safety
    /// If the future is dropped, the request may have been sent, and its answer is
    /// dropped.
    #[track_caller]
    pub fn request<A: FromBody>(&self, route: &str, body: impl ToBody) -> impl Future<Output = A> {
        let caller = Location::caller();
        async move {
            let answer = self.client.request(route, body).await;
            answer.unwrap_or_else(|error| panic!("{caller}: request `{route}`: {error}"))
        }
    }

    /// Sends a request, and returns the error that the server answers.
    ///
    /// # Panics
    /// Panics if the answer is not an error, or does not arrive.
    ///
    /// # Cancel safety
    /// If the future is dropped, the request may have been sent, and its answer is
    /// dropped.
    #[track_caller]
    pub fn expect_error(
        &self,
        route: &str,
        body: impl ToBody,
    ) -> impl Future<Output = HandlerError> {
        let caller = Location::caller();
        async move {
            match self.client.request::<Raw>(route, body).await {
                Ok(answer) => HandlerError::of_json(&answer).unwrap_or_else(|| {
                    let answer = shown(&answer);
                    panic!("{caller}: expected an error of `{route}`, but the answer is {answer}")
                }),
                Err(RequestError::Server(error)) => error,
                Err(error) => panic!("{caller}: request `{route}`: {error}"),
            }
        }
    }

    /// Sends a message that is not answered.
    ///
    /// # Panics
    /// Panics if it cannot be sent.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message may have been sent.
    #[track_caller]
    pub fn notify(&self, route: &str, body: impl ToBody) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            if let Err(error) = self.client.notify(route, body).await {
                panic!("{caller}: notify `{route}`: {error}");
            }
        }
    }

    /// Waits for the next push of a route. Pushes of other routes are kept.
    ///
    /// # Panics
    /// Panics if none arrives, or if its body is not a `T`.
    ///
    /// # Cancel safety
    /// If the future is dropped, all pushes are kept.
    #[track_caller]
    pub fn expect_push<T: FromBody>(&self, route: impl RouteOf<T>) -> impl Future<Output = T> {
        let caller = Location::caller();
        async move {
            let route = route.name();
            let mut arrived = self.arrived.lock().await;
            let push = match self.timeout.wait(arrived.find(route)).await {
                Some(Some(push)) => push,
                Some(None) => {
                    let end = self.client.closed().await;
                    let arrived = &*arrived;
                    panic!(
                        "{caller}: no push `{route}`, but the connection ended: {end}; {arrived}"
                    )
                }
                None => {
                    let Timeout(timeout) = self.timeout;
                    let arrived = &*arrived;
                    panic!("{caller}: no push `{route}` within {timeout:?}; {arrived}")
                }
            };
            push.read().unwrap_or_else(|error| {
                let body = shown(&push.body);
                panic!("{caller}: the push `{route}` does not fit: {error}; it is {body}")
            })
        }
    }

    /// Checks that the server has sent no push of this route so far, except those that
    /// were expected before.
    ///
    /// It waits for an answer of the server, and not for time to pass. For pushes that
    /// are sent later, let the time pass before, with paused time.
    ///
    /// # Panics
    /// Panics if there is such a push, with its body.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing was checked, and all pushes are kept.
    #[track_caller]
    pub fn expect_no_push(&self, route: &str) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            // No handler has this route, so none runs. Queued pushes are sent together with
            // the first answer at the latest, and maybe behind it.
            for _ in 0..2 {
                let _ = self.client.request::<Raw>("connector.testClient.ping", ()).await;
            }
            if let Some(push) = self.arrived.lock().await.take(route) {
                let body = shown(&push.body);
                panic!("{caller}: expected no push `{route}`, but one arrived: {body}");
            }
        }
    }

    /// Waits for the end of the connection, and returns its reason.
    ///
    /// # Panics
    /// Panics if it stays open.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    #[track_caller]
    pub fn expect_close(&self) -> impl Future<Output = CloseReason> {
        let caller = Location::caller();
        async move {
            let Timeout(timeout) = self.timeout;
            let closed = self.timeout.wait(self.client.closed()).await;
            closed.unwrap_or_else(|| {
                panic!("{caller}: the connection is still open after {timeout:?}")
            })
        }
    }
}

impl Deref for TestClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("client", &self.client).finish_non_exhaustive()
    }
}
