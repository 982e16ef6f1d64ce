//! Handlers: what happens to a message.

mod context;
mod error;
mod error_body;
mod extract;
mod filter;
mod reply;
mod spec;

use crate::{MaybeSend, MaybeSync};

pub use context::{Cx, States};
pub use error::{HandlerError, RouteError};
pub use extract::{FromCall, OptionalFromCall, State};
pub(crate) use filter::{Asking, Named, SharedFilter};
pub use filter::{Filter, Filters, Outcome};
pub use reply::Reply;
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

    /// Calls the method at `index`. The body is read before this returns and
    /// is not kept, so that it can stay in the connection's read buffer.
    fn call<'a>(
        &'a self,
        index: usize,
        cx: Cx<'a>,
        body: &[u8],
    ) -> impl Future<Output: Reply> + MaybeSend + use<'a, Self>;
}
