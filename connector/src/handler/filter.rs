//! Filters: code that runs before and after the calls of a handler.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{Cx, HandlerError, RouteSpec};
use crate::{MaybeSend, MaybeSync};

/// Code that runs before and after calls, as in pomelo.
///
/// A filter is set for one handler, by `#[handler("s.h", filter = PATH)]`, for one route, by
/// `#[route(filter = PATH)]`, or for all handlers, by
/// [`ServerBuilder::filter`](crate::server::ServerBuilder::filter). The server's filters run
/// first, then the handler's, then the route's. A function
/// `fn(&Cx<'_>, &RouteSpec) -> Result<(), HandlerError>` is a filter without
/// [`after`](Filter::after).
///
/// ```
/// use connector::handler::{Filter, Outcome, RouteSpec};
/// use connector::prelude::*;
///
/// struct SignedIn;
///
/// impl Filter for SignedIn {
///     async fn before(&self, cx: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
///         match cx.session.uid() {
///             Some(_) => Ok(()),
///             None => Err(HandlerError::new(401, "sign in first")),
///         }
///     }
///
///     fn after(&self, _: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
///         println!("{} took {:?}", route.route, outcome.elapsed);
///     }
/// }
///
/// struct Bank;
///
/// #[handler("bank.bankHandler", filter = SignedIn)]
/// impl Bank {
///     #[route]
///     async fn balance(&self) -> Json<u64> {
///         Json(100)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Filter`",
    label = "not a filter",
    note = "a filter is a type that implements `Filter`, or a function `fn(&Cx<'_>, &RouteSpec) -> Result<(), HandlerError>`"
)]
pub trait Filter: MaybeSend + MaybeSync + 'static {
    /// Lets the call through, or refuses it with an error. The body's errors are answered
    /// only if all filters let the call through.
    ///
    /// # Errors
    /// Returns the error that is answered instead of the call's own answer. Later filters
    /// and the method do not run.
    ///
    /// # Cancel safety
    /// The future is dropped when the call's timeout passes, or when its connection or its
    /// server ends.
    fn before(
        &self,
        cx: &Cx<'_>,
        route: &RouteSpec,
    ) -> impl Future<Output = Result<(), HandlerError>> + MaybeSend {
        let _ = (cx, route);
        std::future::ready(Ok(()))
    }

    /// Returns the longest duration of a call of this route, if this filter limits it. The
    /// shortest one of the route and its filters counts: a longer call is dropped and
    /// answered with [`HandlerError::TIMED_OUT`]. Default: no limit.
    fn timeout(&self, route: &RouteSpec) -> Option<Duration> {
        let _ = route;
        None
    }

    /// Runs exactly once after each call that this filter let through, in reverse order
    /// of the filters.
    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        let _ = (cx, route, outcome);
    }
}

#[diagnostic::do_not_recommend]
impl<F> Filter for F
where
    F: Fn(&Cx<'_>, &RouteSpec) -> Result<(), HandlerError> + MaybeSend + MaybeSync + 'static,
{
    async fn before(&self, cx: &Cx<'_>, route: &RouteSpec) -> Result<(), HandlerError> {
        self(cx, route)
    }
}

/// The outcome of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The error that was answered: the method's, a later filter's or a timeout. A call
    /// that is interrupted, by a panic or by the end of its server, counts as
    /// [`HandlerError::failed`].
    pub error: Option<&'a HandlerError>,
    /// The duration of the call, including its filters.
    pub elapsed: Duration,
}

/// The filters of a handler, in the order in which they run before a call.
///
/// ```
/// use connector::handler::filters::{Time, TooBusy};
/// use connector::handler::Filters;
///
/// let filters = Filters::new().and(Time::new()).on("chat.chatHandler.send", TooBusy::new());
/// # drop(filters);
/// ```
#[derive(Clone, Default)]
pub struct Filters(Vec<Scoped>);

/// A filter of one route, or of all routes of the handler.
#[derive(Clone)]
struct Scoped {
    route: Option<&'static str>,
    filter: SharedFilter,
}

impl Filters {
    /// Returns no filters.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a filter after the others.
    #[must_use]
    pub fn and(mut self, filter: impl Filter) -> Self {
        self.0.push(Scoped { route: None, filter: Arc::new(filter) });
        self
    }

    /// Adds a filter of one of the handler's routes after the others. A route that the handler
    /// does not have is reported when the server starts.
    #[must_use]
    pub fn on(mut self, route: &'static str, filter: impl Filter) -> Self {
        self.0.push(Scoped { route: Some(route), filter: Arc::new(filter) });
        self
    }

    /// Returns the filters of a route, in their order.
    pub(crate) fn of(&self, route: &str) -> impl Iterator<Item = &SharedFilter> {
        let applies = move |scoped: &&Scoped| scoped.route.is_none_or(|of| of == route);
        self.0.iter().filter(applies).map(|scoped| &scoped.filter)
    }

    /// Returns the routes that filters are set on.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|scoped| scoped.route)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filters({})", self.0.len())
    }
}

/// A filter that is a constant, a static or a unit struct.
pub(crate) struct Named<F: 'static>(pub(crate) &'static F);

impl<F: Filter> Filter for Named<F> {
    async fn before(&self, cx: &Cx<'_>, route: &RouteSpec) -> Result<(), HandlerError> {
        self.0.before(cx, route).await
    }

    fn timeout(&self, route: &RouteSpec) -> Option<Duration> {
        self.0.timeout(route)
    }

    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        self.0.after(cx, route, outcome);
    }
}

pub(crate) type SharedFilter = Arc<dyn ErasedFilter>;

/// A [`Filter`] whose type is erased.
pub(crate) trait ErasedFilter: MaybeSend + MaybeSync {
    fn before<'a>(&'a self, cx: Cx<'a>, route: &'a RouteSpec) -> Asking<'a>;
    fn timeout(&self, route: &RouteSpec) -> Option<Duration>;
    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>);
}

/// The boxed future of [`Filter::before`].
pub(crate) type Asking<'a> = Pin<Box<dyn AskingFuture + 'a>>;

pub(crate) trait AskingFuture:
    Future<Output = Result<(), HandlerError>> + MaybeSend
{
}
impl<F: Future<Output = Result<(), HandlerError>> + MaybeSend> AskingFuture for F {}

impl<F: Filter> ErasedFilter for F {
    fn before<'a>(&'a self, cx: Cx<'a>, route: &'a RouteSpec) -> Asking<'a> {
        Box::pin(async move { Filter::before(self, &cx, route).await })
    }

    fn timeout(&self, route: &RouteSpec) -> Option<Duration> {
        Filter::timeout(self, route)
    }

    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        Filter::after(self, cx, route, outcome);
    }
}
