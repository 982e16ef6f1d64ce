//! The table of routes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use rustc_hash::FxBuildHasher;

use super::{BoxPlain, BoxSlot, ErasedHandler, RouterError};
use crate::handler::{
    Cx, Filters, HandlerError, KeyHasher, Order, RawBody, Respond, RouteSpec, SharedFilter,
};

/// All handlers, and the method of each route.
#[derive(Default)]
pub(crate) struct Table {
    handlers: Vec<Entry>,
    names: HashMap<&'static str, Target, FxBuildHasher>,
    /// The targets by code, up to the largest, so that a look-up is an index.
    codes: Vec<Option<Box<Target>>>,
}

/// A handler and the filters of its routes, in the order of its routes.
struct Entry {
    handler: Box<dyn ErasedHandler>,
    filters: Vec<Box<[SharedFilter]>>,
}

/// A route and its method.
pub(crate) struct Target {
    pub(crate) route: &'static str,
    pub(crate) handler: usize,
    pub(crate) index: usize,
    /// Calls run in the order of their session.
    pub(crate) serial: bool,
    /// The route has filters, a timeout or a key.
    pub(crate) guarded: bool,
    /// The method is a plain `fn`.
    pub(crate) plain: bool,
    /// The handler of a plain method that is not guarded.
    pub(crate) direct: Option<BoxPlain>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.route).finish()
    }
}

/// The treatment of a message whose route is unknown, as in pomelo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unroutable {
    /// It is dropped silently: its route has no dot, or is an unknown code.
    Drop,
    /// It is answered with code 500.
    Fail,
}

impl Table {
    /// Adds all routes of a handler.
    pub(crate) fn add(&mut self, handler: Box<dyn ErasedHandler>) -> Result<(), RouterError> {
        let place = self.handlers.len();
        let of_handler = handler.filters();
        let has = |route: &str| handler.routes().iter().any(|spec| spec.route == route);
        if let Some(other) = of_handler.routes().find(|route| !has(route)) {
            return Err(RouterError::FilterOfOtherRoute(other));
        }
        let mut filters = Vec::with_capacity(handler.routes().len());
        for (index, spec) in handler.routes().iter().enumerate() {
            let of_route: Box<[_]> = of_handler.of(spec.route).cloned().collect();
            let guarded = spec.timeout.is_some()
                || matches!(spec.order, Some(Order::Keyed(_)))
                || !of_route.is_empty();
            filters.push(of_route);
            let serial = matches!(spec.order, None | Some(Order::Serial));
            let direct = if spec.plain && !guarded { handler.direct() } else { None };
            let plain = spec.plain;
            let route = spec.route;
            spec.parse().map_err(|error| RouterError::Malformed { route, error })?;
            let target = Target { route, handler: place, index, serial, guarded, plain, direct };
            if self.names.insert(route, target).is_some() {
                return Err(RouterError::DuplicateRoute(route));
            }
        }
        self.handlers.push(Entry { handler, filters });
        Ok(())
    }

    /// Makes routes known by their codes. Called after everything else is added.
    pub(crate) fn set_codes(&mut self, codes: &BTreeMap<u16, &'static str>) {
        let largest = codes.last_key_value().map_or(0, |(&code, _)| usize::from(code));
        self.codes.resize_with(largest + 1, || None);
        for (&code, route) in codes {
            let target = self.names.get(route).map(|target| Box::new(self.copy(target)));
            self.codes[usize::from(code)] = target;
        }
    }

    /// Adds `filters` before those of every handler.
    pub(crate) fn filter_all(&mut self, filters: &Filters) {
        if filters.is_empty() {
            return;
        }
        for entry in &mut self.handlers {
            for (of_route, spec) in entry.filters.iter_mut().zip(entry.handler.routes()) {
                *of_route = filters.of(spec.route).chain(&*of_route).cloned().collect();
            }
        }
        for target in self.names.values_mut() {
            target.guarded = true;
            target.direct = None;
        }
    }

    /// Makes the routes of a type of servers known without it, too. Returns `false` if there
    /// are none.
    pub(crate) fn shorten(&mut self, server_type: &str) -> bool {
        let short = |route: &'static str| route.strip_prefix(server_type)?.strip_prefix('.');
        let routes = self.names.iter();
        let added: Vec<_> =
            routes.filter_map(|(route, target)| Some((short(route)?, self.copy(target)))).collect();
        let is_some = !added.is_empty();
        self.names.extend(added);
        is_some
    }

    /// Makes calls of all routes without an order of their own concurrent.
    pub(crate) fn run_concurrently(&mut self) {
        let handlers = &self.handlers;
        let coded = self.codes.iter_mut().flatten().map(|target| &mut **target);
        for target in self.names.values_mut().chain(coded) {
            let spec = &handlers[target.handler].handler.routes()[target.index];
            target.serial &= spec.order.is_some();
        }
    }

    /// Returns the target of a route by name.
    pub(crate) fn find_name(&self, name: &str) -> Result<&Target, Unroutable> {
        self.names
            .get(name)
            .ok_or_else(|| if name.contains('.') { Unroutable::Fail } else { Unroutable::Drop })
    }

    /// Returns the target of a route by code.
    pub(crate) fn find_code(&self, code: u16) -> Result<&Target, Unroutable> {
        self.codes.get(usize::from(code)).and_then(Option::as_deref).ok_or(Unroutable::Drop)
    }

    /// Calls a plain method, and answers.
    pub(crate) fn call_plain(
        &self,
        target: &Target,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        respond: &mut Respond<'_>,
    ) {
        self.handlers[target.handler].handler.call_plain(target.index, cx, body, respond);
    }

    /// Adds the key of a call.
    pub(crate) fn key(
        &self,
        target: &Target,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        self.handlers[target.handler].handler.key(target.index, cx, body, key)
    }

    pub(crate) fn handlers(&self) -> usize {
        self.handlers.len()
    }

    pub(crate) fn slot(&self, handler: usize) -> BoxSlot<'_> {
        self.handlers[handler].handler.slot()
    }

    pub(crate) fn filters(&self, target: &Target) -> &[SharedFilter] {
        &self.handlers[target.handler].filters[target.index]
    }

    pub(crate) fn spec(&self, target: &Target) -> &RouteSpec {
        &self.handlers[target.handler].handler.routes()[target.index]
    }

    /// Returns all routes, in the order of their registration.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &RouteSpec> {
        self.handlers.iter().flat_map(|entry| entry.handler.routes())
    }

    /// Returns the whole route of a name under which it is known.
    #[cfg(feature = "testing")]
    pub(crate) fn whole(&self, name: &str) -> Option<&'static str> {
        self.names.get(name).map(|target| target.route)
    }

    fn copy(&self, target: &Target) -> Target {
        let &Target { route, handler, index, serial, guarded, plain, ref direct } = target;
        let direct = direct.as_ref().and_then(|_| self.handlers[handler].handler.direct());
        Target { route, handler, index, serial, guarded, plain, direct }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.specs().map(|spec| spec.route)).finish()
    }
}
