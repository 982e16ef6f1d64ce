//! Handlers: what happens to a message.

mod context;
mod error;
mod error_body;
mod extract;
mod filter;
mod reply;
mod respond;
mod spec;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{MaybeSend, MaybeSync};

pub use crate::body::RawBody;
pub use context::{Cx, States};
pub use error::{HandlerError, RouteError};
pub use extract::{FromCall, OptionalFromCall, State};
pub(crate) use filter::{Asking, Named, SharedFilter};
pub use filter::{Filter, Filters, Outcome};
pub use reply::Reply;
pub use respond::Respond;
pub use spec::{Order, RouteKind, RouteSpec};

/// Methods that routes lead to.
///
/// `#[handler]` on an `impl` block writes it. Attribute macros, services of a
/// `.proto` and handlers registered at run time all end here, so the router
/// sees one thing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no routes",
    note = "put `#[handler(\"server.handler\")]` on its `impl` block and `#[route]` on the methods"
)]
pub trait Handler: MaybeSend + MaybeSync + 'static {
    /// Its routes; a method is called by its place in here.
    const ROUTES: &'static [RouteSpec];

    /// What is asked before each of its calls.
    fn filters() -> Filters {
        Filters::default()
    }

    /// Calls the `async` method at `index`. The body is read before this returns and
    /// is not kept, so that it can stay in the connection's read buffer.
    fn call<'a>(
        &'a self,
        index: usize,
        cx: Cx<'a>,
        body: RawBody<'_>,
    ) -> impl Future<Output: Reply> + MaybeSend + use<'a, Self>;

    /// Calls the plain method at `index`, one whose spec is
    /// [`plain`](RouteSpec::plain), and hands `respond` what it returned. The body
    /// lies in the connection's read buffer, and both the arguments and what is
    /// returned may borrow from it.
    ///
    /// By default there are no such methods.
    fn call_plain(&self, index: usize, cx: &Cx<'_>, body: RawBody<'_>, respond: &mut Respond<'_>) {
        let _ = (index, cx, body);
        respond.reply(HandlerError::failed());
    }
}

/// A handler that the rest of the program holds too.
impl<H: Handler> Handler for Arc<H> {
    const ROUTES: &'static [RouteSpec] = H::ROUTES;

    fn filters() -> Filters {
        H::filters()
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
}
