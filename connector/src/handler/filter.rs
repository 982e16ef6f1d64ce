//! What is asked before a call and told after it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{Cx, HandlerError, RouteSpec};
use crate::{MaybeSend, MaybeSync};

/// Is asked before each call, and told how it went: pomelo's filters.
///
/// It stands on a handler, `#[handler("s.h", filter = PATH)]`, or before all
/// handlers, [`ServerBuilder::filter`](crate::server::ServerBuilder::filter);
/// those of the server come first. A function
/// `fn(&Cx<'_>, &RouteSpec) -> Result<(), HandlerError>` is a filter that only
/// asks.
///
/// ```
/// use connector::handler::{Cx, Filter, HandlerError, Outcome, RouteSpec};
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
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no filter",
    label = "not a filter",
    note = "a filter is a type that implements `Filter`, or a function `fn(&Cx<'_>, &RouteSpec) -> Result<(), HandlerError>`"
)]
pub trait Filter: MaybeSend + MaybeSync + 'static {
    /// Lets the call pass, or answers it with an error instead. The body was
    /// read before, but whether it fits is only told if all filters let it
    /// pass.
    fn before(
        &self,
        cx: &Cx<'_>,
        route: &RouteSpec,
    ) -> impl Future<Output = Result<(), HandlerError>> + MaybeSend {
        let _ = (cx, route);
        std::future::ready(Ok(()))
    }

    /// Is told how a call went that this filter had let pass: exactly once,
    /// the last filter first.
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

/// How a call went.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// What was answered, if that was an error: the method's, a later filter's,
    /// a timeout. A call that is broken off, by a panic or by the end of its
    /// server, counts as [`HandlerError::failed`].
    pub error: Option<&'a HandlerError>,
    /// How long it took, with all its filters.
    pub elapsed: Duration,
}

/// The filters of a handler, in the order in which they are asked.
#[derive(Clone, Default)]
pub struct Filters(Vec<SharedFilter>);

impl Filters {
    /// These and one more.
    #[must_use]
    pub fn and(mut self, filter: impl Filter) -> Self {
        self.0.push(Arc::new(filter));
        self
    }

    /// These and those.
    pub(crate) fn chain(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(crate) fn as_slice(&self) -> &[SharedFilter] {
        &self.0
    }
}

impl fmt::Debug for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filters({})", self.0.len())
    }
}

/// A filter that has a name of its own in the program.
pub(crate) struct Named<F: 'static>(pub(crate) &'static F);

impl<F: Filter> Filter for Named<F> {
    async fn before(&self, cx: &Cx<'_>, route: &RouteSpec) -> Result<(), HandlerError> {
        self.0.before(cx, route).await
    }

    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        self.0.after(cx, route, outcome);
    }
}

pub(crate) type SharedFilter = Arc<dyn ErasedFilter>;

/// A [`Filter`] of some type.
pub(crate) trait ErasedFilter: MaybeSend + MaybeSync {
    fn before<'a>(&'a self, cx: Cx<'a>, route: &'a RouteSpec) -> Asking<'a>;
    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>);
}

/// A filter's answer under way.
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

    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        Filter::after(self, cx, route, outcome);
    }
}
