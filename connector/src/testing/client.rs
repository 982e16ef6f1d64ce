//! A client for tests, which says what came instead.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use tokio::sync::Mutex;

use super::arrived::{Arrived, shown};
use super::patience::Patience;
use crate::CloseReason;
use crate::body::{FromBody, Raw, ToBody};
use crate::client::{Client, RequestError};
use crate::handler::HandlerError;
use crate::push::RouteOf;

/// A client for tests: what does not happen as expected fails the test, in a
/// sentence that names the line of the test and what came instead.
///
/// All of a [`Client`] is there too; `ann.client()` is one whose methods give
/// errors back. Pushes are kept until they are expected, so those of different
/// routes may be expected in any order.
pub struct TestClient {
    client: Client,
    arrived: Mutex<Arrived>,
    patience: Patience,
}

impl TestClient {
    pub(super) fn new(client: Client, patience: Patience) -> Self {
        let arrived = Mutex::new(Arrived::new(client.all_pushes()));
        Self { client, arrived, patience }
    }

    /// The client itself.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request and reads its answer, as [`Client::request`] does: a
    /// `Json<Value>` takes the body of an error, too.
    ///
    /// # Panics
    /// If it is answered with an error, or not at all, or does not fit `A`.
    #[track_caller]
    pub fn request<A: FromBody>(&self, route: &str, body: impl ToBody) -> impl Future<Output = A> {
        let caller = Location::caller();
        async move {
            let answer = self.client.request(route, body).await;
            answer.unwrap_or_else(|error| panic!("{caller}: request `{route}`: {error}"))
        }
    }

    /// Sends a request that the server is to answer with an error.
    ///
    /// # Panics
    /// If it is answered with anything else, or not at all.
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
                    panic!("{caller}: `{route}` was to fail, but was answered with {answer}")
                }),
                Err(RequestError::Server(error)) => error,
                Err(error) => panic!("{caller}: request `{route}`: {error}"),
            }
        }
    }

    /// Sends a message that is not answered.
    ///
    /// # Panics
    /// If it cannot be sent.
    #[track_caller]
    pub fn notify(&self, route: &str, body: impl ToBody) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            if let Err(error) = self.client.notify(route, body).await {
                panic!("{caller}: notify `{route}`: {error}");
            }
        }
    }

    /// Waits for the next push of a route. Those of other routes are kept.
    ///
    /// # Panics
    /// If none comes, or does not fit `T`.
    #[track_caller]
    pub fn expect_push<T: FromBody>(&self, route: impl RouteOf<T>) -> impl Future<Output = T> {
        let caller = Location::caller();
        async move {
            let route = route.name();
            let mut arrived = self.arrived.lock().await;
            let push = match self.patience.wait(arrived.find(route)).await {
                Some(Some(push)) => push,
                Some(None) => {
                    let (end, arrived) = (self.client.closed().await, &*arrived);
                    panic!("{caller}: no push `{route}`, but an end: {end}; {arrived}")
                }
                None => {
                    let (Patience(patience), arrived) = (self.patience, &*arrived);
                    panic!("{caller}: no push `{route}` within {patience:?}; {arrived}")
                }
            };
            push.read().unwrap_or_else(|error| {
                let body = shown(&push.body);
                panic!("{caller}: the push `{route}` does not fit: {error}; it is {body}")
            })
        }
    }

    /// Makes sure that nothing that the server has sent until now is a push of
    /// this route, but for those that were expected before.
    ///
    /// It waits for an answer of the server, not for time to pass. Let time
    /// pass first for what is to come later: that takes a moment only while
    /// time is paused.
    ///
    /// # Panics
    /// If there is one, with its body.
    #[track_caller]
    pub fn expect_no_push(&self, route: &str) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            // No handler, so that none is disturbed. Pushes that wait go with
            // the first answer at the latest, and may go behind it.
            for _ in 0..2 {
                let _ = self.client.request::<Raw>("connector.testClient.ping", ()).await;
            }
            if let Some(push) = self.arrived.lock().await.take(route) {
                let body = shown(&push.body);
                panic!("{caller}: there was to be no push `{route}`, but one came: {body}");
            }
        }
    }

    /// Waits for the end of the connection.
    ///
    /// # Panics
    /// If it stays open.
    #[track_caller]
    pub fn expect_close(&self) -> impl Future<Output = CloseReason> {
        let caller = Location::caller();
        async move {
            let Patience(patience) = self.patience;
            let closed = self.patience.wait(self.client.closed()).await;
            closed.unwrap_or_else(|| panic!("{caller}: still open after {patience:?}"))
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
