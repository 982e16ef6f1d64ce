//! What is known of a route before it is ever called.

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
    /// What the method's documentation says.
    pub docs: &'static str,
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
    /// One after the other, in the order of arrival.
    #[default]
    Serial,
}

impl RouteSpec {
    /// A serial request route.
    pub const fn new(route: &'static str) -> Self {
        Self { route, kind: RouteKind::Request, order: Order::Serial, code: None, docs: "" }
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
