//! Handlers that are made while the program runs.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::slice;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::slot::new_slot;
use super::{BoxSlot, ErasedHandler};
use crate::handler::{Cx, Filter, Filters, FromCall, HandlerError, Reply, RouteSpec};
use crate::{MaybeSend, MaybeSync};

/// A function that a route can lead to: up to eight arguments that are
/// [`FromCall`] and borrow nothing, and a future of a [`Reply`].
///
/// ```
/// use connector::prelude::*;
///
/// let server = Server::builder()
///     .route("time.timeHandler.zone", async || Json("UTC"))
///     .route("chat.chatHandler.shout", |session: Session, Json(line): Json<String>| async move {
///         let _ = session.push("onShout", Json(line.to_uppercase()));
///     });
/// # drop(server);
/// ```
#[diagnostic::on_unimplemented(
    message = "a route cannot lead to this function",
    label = "not a function that a message can call",
    note = "it is `async`, or returns `async move {{ .. }}`, of a `Reply`, and its future can be sent to other threads",
    note = "it takes up to eight owned arguments, each with its type: `Session`, `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, `RequestId`, `Peer`"
)]
pub trait RouteFn<Args>: MaybeSend + MaybeSync + 'static {
    /// What it returns.
    type Future: Future<Output: Reply> + MaybeSend + 'static;

    /// Reads its arguments and calls it.
    ///
    /// # Errors
    /// What is answered instead.
    fn call(&self, cx: &Cx<'_>, body: &[u8]) -> Result<Self::Future, HandlerError>;
}

macro_rules! route_fn {
    ($($arg:ident)*) => {
        impl<F, Fut, $($arg),*> RouteFn<($($arg,)*)> for F
        where
            F: Fn($($arg),*) -> Fut + MaybeSend + MaybeSync + 'static,
            Fut: Future<Output: Reply> + MaybeSend + 'static,
            $($arg: for<'a> FromCall<'a>,)*
        {
            type Future = Fut;

            #[allow(unused_variables)]
            fn call(&self, cx: &Cx<'_>, body: &[u8]) -> Result<Fut, HandlerError> {
                Ok(self($($arg::from_call(cx, body)?),*))
            }
        }
    };
}

route_fn!();
route_fn!(A);
route_fn!(A B);
route_fn!(A B C);
route_fn!(A B C D);
route_fn!(A B C D E);
route_fn!(A B C D E G);
route_fn!(A B C D E G H);
route_fn!(A B C D E G H I);

/// One route and the function that it leads to, made while the program runs:
/// for what is found in a directory of plugins, or read from a configuration.
///
/// Its route is checked when the server starts. Texts that are not `'static`
/// are kept until the program ends, each once.
pub struct DynHandler {
    spec: RouteSpec,
    filters: Filters,
    call: Box<dyn ErasedCall>,
}

impl DynHandler {
    /// Leads `route`, `server.handler.method`, to `function`.
    pub fn new<Args: 'static>(
        route: impl Into<Cow<'static, str>>,
        function: impl RouteFn<Args>,
    ) -> Self {
        Self {
            spec: RouteSpec::new(keep(route.into())),
            filters: Filters::default(),
            call: Box::new(Call { function, args: PhantomData }),
        }
    }

    /// What is known of its route.
    pub fn spec(&self) -> &RouteSpec {
        &self.spec
    }

    /// Answers nothing.
    #[must_use]
    pub fn notify(self) -> Self {
        self.with(RouteSpec::notify)
    }

    /// Runs beside all other calls of a session.
    #[must_use]
    pub fn concurrent(self) -> Self {
        self.with(RouteSpec::concurrent)
    }

    /// Runs in the order of a field's values, see
    /// [`Order::Keyed`](crate::handler::Order::Keyed).
    #[must_use]
    pub fn key(self, field: impl Into<Cow<'static, str>>) -> Self {
        let field = keep(field.into());
        self.with(|spec| spec.key(field))
    }

    /// Takes no longer than this.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|spec| spec.timeout(timeout))
    }

    /// Has a fixed number in the route dictionary.
    #[must_use]
    pub fn code(self, code: u16) -> Self {
        self.with(|spec| spec.code(code))
    }

    /// Is documented.
    #[must_use]
    pub fn docs(self, docs: impl Into<Cow<'static, str>>) -> Self {
        let docs = keep(docs.into());
        self.with(|spec| spec.docs(docs))
    }

    /// Asks `filter` before each call.
    #[must_use]
    pub fn filter(mut self, filter: impl Filter) -> Self {
        self.filters = self.filters.and(filter);
        self
    }

    fn with(mut self, change: impl FnOnce(RouteSpec) -> RouteSpec) -> Self {
        self.spec = change(self.spec);
        self
    }
}

impl fmt::Debug for DynHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynHandler").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl ErasedHandler for DynHandler {
    fn routes(&self) -> &[RouteSpec] {
        slice::from_ref(&self.spec)
    }

    fn filters(&self) -> Filters {
        self.filters.clone()
    }

    fn slot<'a>(&'a self) -> BoxSlot<'a> {
        self.call.slot()
    }
}

/// A function of some type.
trait ErasedCall: MaybeSend + MaybeSync {
    fn slot<'a>(&'a self) -> BoxSlot<'a>;
}

struct Call<F, Args> {
    function: F,
    args: PhantomData<fn(Args)>,
}

impl<F: RouteFn<Args>, Args: 'static> ErasedCall for Call<F, Args> {
    fn slot<'a>(&'a self) -> BoxSlot<'a> {
        new_slot(move |_, cx, body| {
            let called = self.function.call(&cx, body);
            async move {
                match called {
                    Ok(call) => Ok(call.await),
                    Err(error) => Err(error),
                }
            }
        })
    }
}

/// Specs are `Copy` and hold `'static` texts, which nearly all routes have.
fn keep(text: Cow<'static, str>) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let text = match text {
        Cow::Borrowed(text) => return text,
        Cow::Owned(text) => text,
    };
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(&*text) {
        return known;
    }
    let text = text.leak();
    kept.insert(text);
    text
}
