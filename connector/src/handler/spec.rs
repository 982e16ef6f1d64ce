//! The declaration of a route: its name and its options.

use std::time::Duration;

use connector_protocol::route::{Route, RouteError};

/// The declaration of a route: its name and its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteSpec {
    /// The name: `server.handler.method`.
    pub route: &'static str,
    /// The kind of messages that it takes. Default: requests.
    pub kind: RouteKind,
    /// The order of its calls. Default: that of the server, which is serial unless
    /// [`ServerBuilder::concurrent`](crate::server::ServerBuilder::concurrent) is set.
    pub order: Option<Order>,
    /// The route's number in the dictionary, from 1. Default: none.
    pub code: Option<u16>,
    /// The longest duration of a call. A longer one is dropped and answered with
    /// [`HandlerError::TIMED_OUT`](super::HandlerError::TIMED_OUT). A plain method cannot
    /// be dropped, so there it bounds the filters only. Default: no limit.
    pub timeout: Option<Duration>,
    /// `true` for a plain `fn`, called by
    /// [`Handler::call_plain`](super::Handler::call_plain); `false` for an `async fn`.
    pub plain: bool,
    /// The method's documentation.
    pub docs: &'static str,
    /// The hash of the route, for quick comparison.
    pub(crate) hash: u64,
}

/// The kind of messages that a route takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteKind {
    /// Notifies, which have no answer.
    Notify,
    /// Requests, which are answered. A notify to such a route is served too, and its
    /// answer is dropped.
    #[default]
    Request,
}

/// The order in which calls run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Concurrently with all other calls of the session.
    Concurrent,
    /// In the order of arrival among all calls, of any session of the server, that have
    /// the same value in this field of their bodies, in whatever format they come;
    /// concurrently with all others. The field is a path in the type of the body, such as
    /// `room.id`, and its value is a [`CallKey`](super::CallKey). Routes of one handler
    /// that name the same field share that order.
    Keyed(&'static str),
    /// One after the other within the session, in the order of arrival.
    #[default]
    Serial,
}

impl RouteSpec {
    /// Returns the spec of a request route in the server's order.
    pub const fn new(route: &'static str) -> Self {
        Self {
            route,
            kind: RouteKind::Request,
            order: None,
            code: None,
            timeout: None,
            plain: false,
            docs: "",
            hash: hash(route),
        }
    }

    /// Makes it a notify route, which is not answered.
    #[must_use]
    pub const fn notify(mut self) -> Self {
        self.kind = RouteKind::Notify;
        self
    }

    /// Makes its calls [serial](Order::Serial), also on a server whose others are not.
    #[must_use]
    pub const fn serial(mut self) -> Self {
        self.order = Some(Order::Serial);
        self
    }

    /// Makes its calls [concurrent](Order::Concurrent).
    #[must_use]
    pub const fn concurrent(mut self) -> Self {
        self.order = Some(Order::Concurrent);
        self
    }

    /// Makes its calls run in the order of a field's values, see [`Order::Keyed`]. The
    /// values are those of [`Handler::key`](super::Handler::key).
    #[must_use]
    pub const fn key(mut self, field: &'static str) -> Self {
        self.order = Some(Order::Keyed(field));
        self
    }

    /// Sets the longest duration of a call. Default: no limit.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Marks the method as a plain `fn`.
    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Sets the route's number in the dictionary, from 1. Default: none.
    #[must_use]
    pub const fn code(mut self, code: u16) -> Self {
        self.code = Some(code);
        self
    }

    /// Sets the documentation.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// Returns the route in its parts.
    ///
    /// # Errors
    /// Returns [`RouteError`] if the name is not a route. The macros check theirs at
    /// compile time.
    pub const fn parse(&self) -> Result<Route<'static>, RouteError> {
        Route::parse(self.route)
    }
}

/// Returns the FNV-1a hash, which is simple enough for a `const fn`.
const fn hash(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}
