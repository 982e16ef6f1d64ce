//! Routes of pushes, by name and by type.

use std::fmt;
use std::marker::PhantomData;

use crate::body::Json;

/// A message that is always pushed under the same route.
///
/// `connector-build` implements it for messages with `option (connector.push)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Push`",
    note = "write `option (connector.push) = \"onSomething\";` in the message of the `.proto` file"
)]
pub trait Push: Sized {
    /// The route.
    const ROUTE: PushRoute<Self>;
    /// The route's number in the dictionary, used by servers that are built with
    /// [`ServerBuilder::declare_push`](crate::server::ServerBuilder::declare_push).
    const CODE: Option<u16> = None;
}

/// The route of pushes whose bodies are of type `T`.
///
/// It is accepted wherever the name of a push's route is, and the compiler checks the
/// type of the body.
///
/// ```
/// use connector::prelude::*;
/// use connector::proto::PushRoute;
///
/// const ON_JOIN: PushRoute<Json<String>> = PushRoute::new("onJoin");
///
/// fn welcome(session: &Session, name: &String) {
///     let _ = session.push(ON_JOIN, Json(name));
/// }
///
/// async fn first(client: &Client) -> Option<String> {
///     let Json(name) = client.pushes(ON_JOIN).next().await?.ok()?;
///     Some(name)
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use connector::prelude::*;
/// # use connector::proto::PushRoute;
/// # const ON_JOIN: PushRoute<Json<String>> = PushRoute::new("onJoin");
/// fn welcome(session: &Session) {
///     let _ = session.push(ON_JOIN, Json(7)); // a number is not a `String`
/// }
/// ```
pub struct PushRoute<T> {
    name: &'static str,
    body: PhantomData<fn() -> T>,
}

impl<T> PushRoute<T> {
    /// Returns the route of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, body: PhantomData }
    }

    /// Returns the name of the route.
    pub const fn as_str(&self) -> &'static str {
        self.name
    }
}

impl<T> Clone for PushRoute<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PushRoute<T> {}

impl<T> fmt::Debug for PushRoute<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PushRoute").field(&self.name).finish()
    }
}

/// A route that a body of type `B` may be pushed under: the name of any, or a
/// [`PushRoute`] of that type.
#[diagnostic::on_unimplemented(
    message = "a `{B}` is not pushed under this route",
    label = "a route of another type of body, or not a route",
    note = "a route is a `&str`, or the `ROUTE` of the message that is pushed"
)]
pub trait RouteFor<B> {
    /// Returns the name of the route.
    fn name(&self) -> &str;
}

/// A route whose pushes may be read as `T`: the name of any, or a [`PushRoute`] of
/// that type.
#[diagnostic::on_unimplemented(
    message = "what is pushed under this route is not a `{T}`",
    label = "a route of another type of body, or not a route",
    note = "a route is a `&str`, or the `ROUTE` of the message that is pushed"
)]
pub trait RouteOf<T> {
    /// Returns the name of the route.
    fn name(&self) -> &str;
}

impl<B> RouteFor<B> for &str {
    fn name(&self) -> &str {
        self
    }
}

impl<B> RouteFor<B> for &String {
    fn name(&self) -> &str {
        self
    }
}

impl<B> RouteFor<B> for PushRoute<B> {
    fn name(&self) -> &str {
        self.name
    }
}

impl<B> RouteFor<&B> for PushRoute<B> {
    fn name(&self) -> &str {
        self.name
    }
}

impl<B> RouteFor<Json<&B>> for PushRoute<Json<B>> {
    fn name(&self) -> &str {
        self.name
    }
}

impl<T> RouteOf<T> for &str {
    fn name(&self) -> &str {
        self
    }
}

impl<T> RouteOf<T> for &String {
    fn name(&self) -> &str {
        self
    }
}

impl<T> RouteOf<T> for PushRoute<T> {
    fn name(&self) -> &str {
        self.name
    }
}
