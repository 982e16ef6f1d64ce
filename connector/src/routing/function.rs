//! Handlers that are made at run time, from functions.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::slice;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::slot::new_slot;
use super::{BoxPlain, BoxSlot, ErasedHandler, ErasedPlain};
use crate::handler::{
    CallKey, Cx, Filter, Filters, FromCall, HandlerError, KeyHasher, RawBody, Reply, Respond,
    RouteSpec,
};
use crate::{MaybeSend, MaybeSync};

/// An async function of up to eight [`FromCall`] arguments that returns a [`Reply`]. The
/// arguments borrow nothing.
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
    /// The future that the function returns.
    type Future: Future<Output: Reply> + MaybeSend + 'static;

    /// Reads the arguments and calls the function.
    ///
    /// # Errors
    /// Returns the error that is answered if an argument cannot be read; the function is
    /// not called.
    fn call(&self, cx: &Cx<'_>, body: RawBody<'_>) -> Result<Self::Future, HandlerError>;
}

macro_rules! route_fn {
    ($($arg:ident)*) => {
        impl<F, Fut, $($arg),*> RouteFn<($($arg,)*)> for F
        where
            F: Fn($($arg),*) -> Fut + MaybeSend + MaybeSync + 'static,
            Fut: Future<Output: Reply> + MaybeSend + 'static,
            $($arg: for<'a, 'b> FromCall<'a, 'b>,)*
        {
            type Future = Fut;

            #[allow(unused_variables)]
            fn call(&self, cx: &Cx<'_>, body: RawBody<'_>) -> Result<Fut, HandlerError> {
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

/// A route and its function, made at run time: for routes that are found in a directory
/// of plugins or read from a configuration.
///
/// The route is checked when the server starts. Texts that are not `'static` are leaked,
/// each once.
///
/// ```
/// use connector::DynHandler;
/// use connector::prelude::*;
///
/// let names = ["utc".to_owned(), "cet".to_owned()];
/// let handlers = names.map(|name| {
///     DynHandler::new(format!("time.{name}.now"), async || Json("12:00")).concurrent()
/// });
/// let server = Server::builder().handlers(handlers);
/// # drop(server);
/// ```
pub struct DynHandler {
    spec: RouteSpec,
    filters: Filters,
    call: Box<dyn ErasedCall>,
    key: Option<Box<dyn ErasedKey>>,
}

impl DynHandler {
    /// Returns the handler that calls `function` for `route`, a `server.handler.method`.
    pub fn new<Args: 'static>(
        route: impl Into<Cow<'static, str>>,
        function: impl RouteFn<Args>,
    ) -> Self {
        Self {
            spec: RouteSpec::new(leak(route.into())),
            filters: Filters::default(),
            call: Box::new(Call { function, args: PhantomData }),
            key: None,
        }
    }

    /// Returns the declaration of its route.
    pub fn spec(&self) -> &RouteSpec {
        &self.spec
    }

    /// Makes it a notify route, which is not answered.
    #[must_use]
    pub fn notify(self) -> Self {
        self.with(RouteSpec::notify)
    }

    /// Makes its calls run one after the other within a session, also on a server whose
    /// others are concurrent.
    #[must_use]
    pub fn serial(self) -> Self {
        self.with(RouteSpec::serial)
    }

    /// Makes its calls run concurrently with all others of a session.
    #[must_use]
    pub fn concurrent(self) -> Self {
        self.with(RouteSpec::concurrent)
    }

    /// Makes its calls run in the order of a value in their body, which `key` returns, see
    /// [`Order::Keyed`](crate::handler::Order::Keyed). `name` is that of the value in the
    /// spec.
    ///
    /// ```
    /// use connector::DynHandler;
    /// use connector::prelude::*;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Move {
    ///     room: String,
    /// }
    ///
    /// let handler = DynHandler::new("game.main.play", |Json(_): Json<Move>| async {})
    ///     .key("room", |Json(play): &Json<Move>| play.room.clone());
    /// ```
    #[must_use]
    pub fn key<B, K>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        key: impl Fn(&B) -> K + MaybeSend + MaybeSync + 'static,
    ) -> Self
    where
        B: for<'a, 'b> FromCall<'a, 'b> + 'static,
        K: CallKey + 'static,
    {
        let name = leak(name.into());
        self.key =
            Some(Box::new(move |cx: &Cx<'_>, body: RawBody<'_>, hasher: &mut KeyHasher<'_>| {
                hasher.add(&key(&B::from_call(cx, body)?));
                Ok(())
            }));
        self.with(|spec| spec.key(name))
    }

    /// Sets the longest duration of a call. Default: no limit.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|spec| spec.timeout(timeout))
    }

    /// Sets the route's number in the dictionary, from 1. Default: none.
    #[must_use]
    pub fn code(self, code: u16) -> Self {
        self.with(|spec| spec.code(code))
    }

    /// Sets the documentation.
    #[must_use]
    pub fn docs(self, docs: impl Into<Cow<'static, str>>) -> Self {
        let docs = leak(docs.into());
        self.with(|spec| spec.docs(docs))
    }

    /// Adds a filter, which runs before and after each call.
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

    fn key(
        &self,
        _: usize,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        self.key.as_ref().map_or(Ok(()), |of| of.add(cx, body, key))
    }

    fn slot<'a>(&'a self) -> BoxSlot<'a> {
        self.call.slot()
    }

    fn direct(&self) -> Option<BoxPlain> {
        None
    }
}

/// A function is `async`, so none of its calls is plain.
impl ErasedPlain for DynHandler {
    fn call_plain(&self, _: usize, _: &Cx<'_>, _: RawBody<'_>, respond: &mut Respond<'_>) {
        respond.reply(HandlerError::failed());
    }
}

/// A function whose type is erased.
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

/// A function that adds the key of a body, whose type is erased.
trait ErasedKey: MaybeSend + MaybeSync {
    fn add(
        &self,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError>;
}

impl<F> ErasedKey for F
where
    F: Fn(&Cx<'_>, RawBody<'_>, &mut KeyHasher<'_>) -> Result<(), HandlerError>
        + MaybeSend
        + MaybeSync,
{
    fn add(
        &self,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        self(cx, body, key)
    }
}

/// Leaks a text, each once: specs are `Copy` and hold `'static` texts, as nearly all routes
/// have.
pub(super) fn leak(text: Cow<'static, str>) -> &'static str {
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
