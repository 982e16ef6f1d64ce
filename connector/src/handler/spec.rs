//! What is known of a route before it is ever called.

use std::time::Duration;

use connector_protocol::route::{Route, RouteError};

/// What is known of a route before it is ever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteSpec {
    /// `server.handler.method`.
    pub route: &'static str,
    /// Whether an answer is expected.
    pub kind: RouteKind,
    /// How its calls stand to others of the same session.
    pub order: Order,
    /// A fixed number for the dictionary.
    pub code: Option<u16>,
    /// How long a call may take; what is not done then is dropped and answered
    /// with [`HandlerError::TIMED_OUT`](super::HandlerError::TIMED_OUT). A plain
    /// method cannot be dropped: its filters may take so long.
    pub timeout: Option<Duration>,
    /// Whether the method is a plain `fn`, called by
    /// [`Handler::call_plain`](super::Handler::call_plain), and not an `async` one.
    pub plain: bool,
    /// What the method's documentation says.
    pub docs: &'static str,
    /// Of the route, so that many of them are compared quickly.
    pub(crate) hash: u64,
}

/// Whether an answer is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteKind {
    /// Nothing is answered.
    Notify,
    /// A request is answered. A notify to such a route is served too, its
    /// answer dropped.
    #[default]
    Request,
}

/// How calls stand to others of the same session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// They run beside everything else.
    Concurrent,
    /// Those with the same value in this field of their JSON bodies one after
    /// the other, in the order of arrival, over all sessions of the process;
    /// beside everything else. Routes of one handler that name the same field
    /// share that order.
    Keyed(&'static str),
    /// One after the other, in the order of arrival.
    #[default]
    Serial,
}

impl RouteSpec {
    /// A serial request route.
    pub const fn new(route: &'static str) -> Self {
        Self {
            route,
            kind: RouteKind::Request,
            order: Order::Serial,
            code: None,
            timeout: None,
            plain: false,
            docs: "",
            hash: hash(route),
        }
    }

    /// The same, answering nothing.
    #[must_use]
    pub const fn notify(mut self) -> Self {
        self.kind = RouteKind::Notify;
        self
    }

    /// The same, outside the session's order.
    #[must_use]
    pub const fn concurrent(mut self) -> Self {
        self.order = Order::Concurrent;
        self
    }

    /// The same, outside the session's order and in that of a field's values.
    #[must_use]
    pub const fn key(mut self, field: &'static str) -> Self {
        self.order = Order::Keyed(field);
        self
    }

    /// The same, taking no longer than this.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same, of a plain `fn`.
    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// The same, with a fixed number in the dictionary.
    #[must_use]
    pub const fn code(mut self, code: u16) -> Self {
        self.code = Some(code);
        self
    }

    /// The same, documented.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// The route in its parts.
    ///
    /// # Errors
    /// What is wrong with it; a macro's route never is.
    pub const fn parse(&self) -> Result<Route<'static>, RouteError> {
        Route::parse(self.route)
    }
}

/// FNV-1a, which a constant can be made with.
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
