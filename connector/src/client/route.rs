//! Routes of requests, with their types.

use std::fmt;
use std::marker::PhantomData;

/// The route of requests whose bodies are a `Q`, and whose answers are an `A`: the types are
/// written once, and [`Client::ask`](super::Client::ask) knows them.
///
/// ```
/// use connector::client::RequestRoute;
/// use connector::prelude::*;
///
/// const SEND: RequestRoute<Json<String>, Json<usize>> =
///     RequestRoute::new("chat.chatHandler.send");
///
/// # async fn example(client: Client) -> Result<(), connector::client::RequestError> {
/// let Json(length) = client.ask(SEND, Json("hello".into())).await?;
/// assert_eq!(length, 5);
/// # Ok(())
/// # }
/// ```
///
/// Methods of `.proto` services need no such constant: their generated clients have a function
/// each.
pub struct RequestRoute<Q, A> {
    name: &'static str,
    types: PhantomData<fn(Q) -> A>,
}

impl<Q, A> RequestRoute<Q, A> {
    /// Returns the route with this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        self.name
    }
}

impl<Q, A> Clone for RequestRoute<Q, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q, A> Copy for RequestRoute<Q, A> {}

impl<Q, A> fmt::Debug for RequestRoute<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestRoute").field(&self.name).finish()
    }
}
