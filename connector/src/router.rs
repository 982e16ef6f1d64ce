//! The table of routes.

use std::collections::HashMap;
use std::sync::Arc;

use connector_protocol::message::RouteRef;
use connector_protocol::route::RouteError;
use foldhash::fast::RandomState;

use crate::handler::{ErasedHandler, Handler, Order, RouteSpec, Slot};

/// Which method of which handler a route leads to.
#[derive(Default)]
pub(crate) struct Router {
    handlers: Vec<Arc<dyn ErasedHandler>>,
    names: HashMap<Box<str>, Target, RandomState>,
    codes: HashMap<u16, Target, RandomState>,
}

/// Where a route leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) handler: usize,
    pub(crate) index: usize,
    pub(crate) order: Order,
}

/// Why a route leads nowhere, and what pomelo does then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// A route without a dot, or an unknown code: dropped silently.
    Drop,
    /// Answered with code 500.
    Fail,
}

/// A handler that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouterError {
    /// Two methods have one number.
    #[error("routes `{first}` and `{second}` have the same code {code}: change one of them")]
    DuplicateCode {
        /// The number.
        code: u16,
        /// The route that has it.
        first: &'static str,
        /// The route that wants it.
        second: &'static str,
    },
    /// Two methods have one route.
    #[error("route `{0}` is served twice: rename one of the methods, or drop one handler")]
    DuplicateRoute(&'static str),
    /// A route that is none.
    #[error("route `{route}`: {error}")]
    Malformed {
        /// The text.
        route: &'static str,
        /// What is wrong with it.
        error: RouteError,
    },
}

impl Router {
    /// Adds all routes of a handler.
    pub(crate) fn add(&mut self, handler: impl Handler) -> Result<(), RouterError> {
        let place = self.handlers.len();
        let handler: Arc<dyn ErasedHandler> = Arc::new(handler);
        for (index, spec) in handler.routes().iter().enumerate() {
            let target = Target { handler: place, index, order: spec.order };
            self.add_route(spec, target)?;
        }
        self.handlers.push(handler);
        Ok(())
    }

    /// Where a message goes.
    pub(crate) fn find(&self, route: RouteRef<'_>) -> Result<Target, Lost> {
        match route {
            RouteRef::Name(name) => self
                .names
                .get(name)
                .copied()
                .ok_or_else(|| if name.contains('.') { Lost::Fail } else { Lost::Drop }),
            RouteRef::Code(code) => self.codes.get(&code).copied().ok_or(Lost::Drop),
        }
    }

    pub(crate) fn handlers(&self) -> usize {
        self.handlers.len()
    }

    pub(crate) fn slot(&self, handler: usize) -> Box<dyn Slot<'_> + '_> {
        self.handlers[handler].slot()
    }

    /// All routes, in the order of their registration.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &RouteSpec> {
        self.handlers.iter().flat_map(|handler| handler.routes())
    }

    fn add_route(&mut self, spec: &RouteSpec, target: Target) -> Result<(), RouterError> {
        let route = spec.route;
        spec.parse().map_err(|error| RouterError::Malformed { route, error })?;
        if self.names.insert(route.into(), target).is_some() {
            return Err(RouterError::DuplicateRoute(route));
        }
        let Some(code) = spec.code else { return Ok(()) };
        if let Some(first) = self.codes.insert(code, target) {
            let first = self
                .handlers
                .get(first.handler)
                .map_or(route, |handler| handler.routes()[first.index].route);
            return Err(RouterError::DuplicateCode { code, first, second: route });
        }
        Ok(())
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.specs().map(|spec| spec.route)).finish()
    }
}
