//! The client for tests, which fails a test with what arrived instead.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::time::Duration;

use tokio::sync::Mutex;

use super::PING;
use super::arrived::{Arrived, shown};
use super::insight::Insight;
use super::patience::Patience;
use crate::CloseReason;
use crate::body::{FromBody, Raw, ToBody};
use crate::client::{Client, RequestError};
use crate::handler::HandlerError;
use crate::push::{Push, RouteOf};

/// A client for tests. It fails the test if something does not happen as expected, with
/// a message that names the line of the test, and what arrived instead: the other pushes, the
/// route that was meant, or the cause that an
/// [internal failure](crate::handler::HandlerError::internal) of the server has.
///
/// It dereferences to a [`Client`]. [`TestClient::client`] returns that client, whose
/// methods return errors instead of failing the test. Pushes are kept until they are
/// expected, so pushes of different routes may be expected in any order.
pub struct TestClient {
    client: Client,
    /// The same connection, whose requests have no timeout of their own.
    patient: Client,
    arrived: Mutex<Arrived>,
    insight: Insight,
    patience: Patience,
}

/// Takes a client that has connected by itself, such as over UDP or to a server in another
/// process. Of the pushes it keeps those that arrive from now on.
impl From<Client> for TestClient {
    fn from(client: Client) -> Self {
        Self::new(client, Insight::default(), Patience::default())
    }
}

impl TestClient {
    pub(super) fn new(client: Client, insight: Insight, patience: Patience) -> Self {
        let patient = client.with_request_timeout(Duration::MAX);
        let arrived = Mutex::new(Arrived::new(client.all_pushes()));
        Self { client, patient, arrived, insight, patience }
    }

    /// Returns the client, whose methods return errors.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request and returns its answer, as [`Client::request`] does, but waits as long
    /// as [for pushes](super::TestClientBuilder::timeout). With `Json<Value>` as `A`, the body
    /// of an error is an answer too.
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
            let answer = self.ask(route, body).await;
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
            match self.ask::<Raw>(route, body).await {
                Ok(answer) => HandlerError::of_json(&answer).unwrap_or_else(|| {
                    let answer = shown(&answer);
                    panic!("{caller}: expected an error of `{route}`, but the answer is {answer}")
                }),
                Err(Failure::Answer(RequestError::Server(error), _)) => error,
                Err(error) => panic!("{caller}: request `{route}`: {error}"),
            }
        }
    }

    /// Sends a message that is not answered.
    ///
    /// # Panics
    /// Panics if it cannot be sent, or if the server has no such route.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message may have been sent.
    #[track_caller]
    pub fn notify(&self, route: &str, body: impl ToBody) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            if let Some(unknown) = self.insight.unknown(route) {
                panic!("{caller}: notify `{route}`: {unknown}");
            }
            match self.patience.wait(self.patient.notify(route, body)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => panic!("{caller}: notify `{route}`: {error}"),
                Err(waited) => panic!("{caller}: notify `{route}`: not sent within {waited}"),
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
            let push = match self.patience.wait(arrived.find(route)).await {
                Ok(Some(push)) => push,
                Ok(None) => {
                    let end = self.client.closed().await;
                    let arrived = &*arrived;
                    panic!(
                        "{caller}: no push `{route}`, but the connection ended: {end}; {arrived}"
                    )
                }
                Err(waited) => {
                    let arrived = &*arrived;
                    panic!("{caller}: no push `{route}` within {waited}; {arrived}")
                }
            };
            push.read().unwrap_or_else(|error| {
                let body = shown(&push.body);
                panic!("{caller}: the push `{route}` does not fit: {error}; it is {body}")
            })
        }
    }

    /// Waits for the next push of a type that has a route, such as a message of a `.proto`
    /// file, as [`TestClient::expect_push`] does.
    ///
    /// ```
    /// # use connector::FromBody;
    /// # use connector::proto::Push;
    /// # use connector::testing::TestClient;
    /// # async fn example<OnLine: Push + FromBody>(ann: TestClient) {
    /// let line: OnLine = ann.expect_push_of().await;
    /// ann.expect_no_push_of::<OnLine>().await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// Panics if none arrives, or if its body is not a `P`.
    ///
    /// # Cancel safety
    /// If the future is dropped, all pushes are kept.
    #[track_caller]
    pub fn expect_push_of<P: Push + FromBody>(&self) -> impl Future<Output = P> {
        self.expect_push(P::ROUTE)
    }

    /// Checks that the server has sent no push of this type so far, as
    /// [`TestClient::expect_no_push`] does.
    ///
    /// # Panics
    /// Panics if there is such a push, with its body, or if the server does not answer.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing was checked, and all pushes are kept.
    #[track_caller]
    pub fn expect_no_push_of<P: Push>(&self) -> impl Future<Output = ()> {
        self.expect_no_push(P::ROUTE.as_str())
    }

    /// Checks that the server has sent no push of this route so far, except those that
    /// were expected before.
    ///
    /// It waits for an answer of the server, and not for time to pass. For pushes that
    /// are sent later, let the time pass before, with paused time.
    ///
    /// # Panics
    /// Panics if there is such a push, with its body, or if the server does not answer.
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
                if let Err(Failure::Silence(text)) = self.ask::<Raw>(PING, ()).await {
                    panic!("{caller}: whether there is no push `{route}` is not known: {text}");
                }
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
    /// Panics if it stays open, with the pushes that arrived instead.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    #[track_caller]
    pub fn expect_close(&self) -> impl Future<Output = CloseReason> {
        let caller = Location::caller();
        async move {
            let closed = self.patience.wait(self.client.closed()).await;
            closed.unwrap_or_else(|waited| {
                let arrived = self.instead();
                panic!("{caller}: the connection is still open after {waited}{arrived}")
            })
        }
    }

    /// Sends a request, and waits for its answer as long as the test can.
    async fn ask<A: FromBody>(&self, route: &str, body: impl ToBody) -> Result<A, Failure> {
        match self.patience.wait(self.patient.request(route, body)).await {
            Ok(answered) => answered.map_err(|error| {
                let explained = self.insight.explain(route, &error);
                Failure::Answer(error, explained)
            }),
            Err(waited) => {
                let arrived = self.instead();
                Err(Failure::Silence(format!("no answer within {waited}{arrived}")))
            }
        }
    }

    /// Lists the pushes that arrived instead of what was expected.
    fn instead(&self) -> String {
        // Whoever expects a push has them.
        let arrived = self.arrived.try_lock().ok();
        arrived.map(|mut arrived| format!("; {}", arrived.gather())).unwrap_or_default()
    }
}

/// The failure of a request, with its text.
enum Failure {
    Answer(RequestError, String),
    Silence(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(_, text) | Self::Silence(text) => f.write_str(text),
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
