//! Handlers: the methods that messages are routed to.
//!
//! [`#[handler]`](macro@crate::handler) on an `impl` block implements [`Handler`], and
//! each `#[route]` method in it becomes a route, described by a [`RouteSpec`].
//!
//! | step of a call | trait or type |
//! |---|---|
//! | the filters before it | [`Filter`], [`Filters`] |
//! | its arguments | [`FromCall`]; `Option` of them: [`OptionalFromCall`] |
//! | its context | [`Cx`], with the application's [`State`] |
//! | its return value | [`Reply`], for every body and every `Result` of one; of a notify: [`NotifyReply`] |
//! | its failure | [`HandlerError`]; an error type of your own: [`RouteError`] |
//! | the filters after it | [`Outcome`] |
//!
//! ```
//! use connector::prelude::*;
//!
//! struct Counter;
//!
//! #[handler("count.countHandler")]
//! impl Counter {
//!     /// Is the route `count.countHandler.add`.
//!     #[route]
//!     async fn add(&self, Json((a, b)): Json<(u32, u32)>) -> Result<Json<u32>, HandlerError> {
//!         let sum = a.checked_add(b).ok_or_else(|| HandlerError::new(400, "too large"))?;
//!         Ok(Json(sum))
//!     }
//! }
//!
//! let server = Server::builder().handler(Counter);
//! # drop(server);
//! ```
//!
//! Handlers are given to a [`ServerBuilder`](crate::server::ServerBuilder), alone or
//! together as a [`Router`](crate::Router). A function becomes a route at run time by
//! [`DynHandler`](crate::DynHandler). Calls of one session run in the [`Order`] of their
//! routes.

mod context;
mod error;
mod error_body;
mod extract;
mod filter;
pub mod filters;
mod key;
mod reply;
mod respond;
mod spec;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{MaybeSend, MaybeSync};

pub use crate::body::RawBody;
pub use context::Cx;
pub(crate) use context::States;
pub(crate) use error::Chain;
pub use error::{HandlerError, RouteError};
pub use extract::{FromCall, OptionalFromCall, State};
pub(crate) use filter::{Asking, Named, SharedFilter};
pub use filter::{Filter, Filters, Outcome};
pub use key::{CallKey, KeyHasher};
pub use reply::{NotifyReply, Reply};
pub use respond::Respond;
pub use spec::{Order, RouteKind, RouteSpec};

/// A type whose methods are called by routes.
///
/// `#[handler]` on an `impl` block implements it, and so does the code that is generated
/// for a service of a `.proto` file.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Handler`",
    note = "put `#[handler(\"server.handler\")]` on its `impl` block and `#[route]` on the methods"
)]
pub trait Handler: MaybeSend + MaybeSync + 'static {
    /// The routes. A method is called by its index in this slice.
    const ROUTES: &'static [RouteSpec];

    /// Returns the filters of its calls, of all or of single routes. It is called once, when
    /// the handler is added to a server. Default: none.
    fn filters(&self) -> Filters {
        Filters::new()
    }

    /// Calls the `async` method at `index`. The body is read before this returns and
    /// is not kept, so that it can stay in the connection's read buffer.
    fn call<'a>(
        &'a self,
        index: usize,
        cx: Cx<'a>,
        body: RawBody<'_>,
    ) -> impl Future<Output: Reply> + MaybeSend + use<'a, Self>;

    /// Calls the plain method at `index`, whose spec is [`plain`](RouteSpec::plain), and
    /// answers with `respond`. The body is in the connection's read buffer, and both the
    /// arguments and the reply may borrow from it.
    ///
    /// The default is for handlers without such methods: it answers with an error.
    fn call_plain(&self, index: usize, cx: &Cx<'_>, body: RawBody<'_>, respond: &mut Respond<'_>) {
        let _ = (index, cx, body);
        respond.reply(HandlerError::failed());
    }

    /// Adds the key of a call of the method at `index`, whose spec is
    /// [`Order::Keyed`]. Default: adds nothing, so that all its calls have the same key.
    ///
    /// # Errors
    /// Returns the error for a body that cannot be read. The call has no key then, since
    /// it is answered with that error anyway.
    fn key(
        index: usize,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        let _ = (index, cx, body, key);
        Ok(())
    }
}

/// A handler shared with other parts of the program.
impl<H: Handler> Handler for Arc<H> {
    const ROUTES: &'static [RouteSpec] = H::ROUTES;

    fn filters(&self) -> Filters {
        H::filters(self)
    }

    fn call<'a>(
        &'a self,
        index: usize,
        cx: Cx<'a>,
        body: RawBody<'_>,
    ) -> impl Future<Output: Reply> + MaybeSend + use<'a, H> {
        H::call(self, index, cx, body)
    }

    fn call_plain(&self, index: usize, cx: &Cx<'_>, body: RawBody<'_>, respond: &mut Respond<'_>) {
        H::call_plain(self, index, cx, body, respond);
    }

    fn key(
        index: usize,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        H::key(index, cx, body, key)
    }
}
