//! The table of routes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::BuildHasher;

use connector_protocol::pomelo::handshake::Dictionary;
use foldhash::fast::FixedState;
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
    /// The routes of pushes, by code.
    pushes: BTreeMap<u16, &'static str>,
}

/// A handler and its filters.
struct Entry {
    handler: Box<dyn ErasedHandler>,
    filters: Filters,
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
        let filters = handler.filters();
        for (index, spec) in handler.routes().iter().enumerate() {
            let guarded = spec.timeout.is_some()
                || matches!(spec.order, Order::Keyed(_))
                || !filters.as_slice().is_empty();
            let serial = spec.order == Order::Serial;
            self.add_route(spec, || Target {
                route: spec.route,
                handler: place,
                index,
                serial,
                guarded,
                plain: spec.plain,
                direct: if spec.plain && !guarded { handler.direct() } else { None },
            })?;
        }
        self.handlers.push(Entry { handler, filters });
        Ok(())
    }

    /// Adds the code of a push.
    pub(crate) fn add_push(&mut self, route: &'static str, code: u16) -> Result<(), RouterError> {
        self.check_code(route, code)?;
        self.pushes.insert(code, route);
        Ok(())
    }

    /// Adds `filters` before those of every handler.
    pub(crate) fn filter_all(&mut self, filters: &Filters) {
        if filters.as_slice().is_empty() {
            return;
        }
        for entry in &mut self.handlers {
            entry.filters = filters.clone().chain(std::mem::take(&mut entry.filters));
        }
        let coded = self.codes.iter_mut().flatten().map(|target| &mut **target);
        for target in self.names.values_mut().chain(coded) {
            target.guarded = true;
            target.direct = None;
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
        self.handlers[target.handler].filters.as_slice()
    }

    pub(crate) fn spec(&self, target: &Target) -> &RouteSpec {
        &self.handlers[target.handler].handler.routes()[target.index]
    }

    /// Returns the dictionary, if any route has a code.
    pub(crate) fn dictionary(&self) -> Option<Dictionary> {
        let routes: BTreeMap<_, _> =
            self.coded().map(|(code, route)| (code, route.to_owned())).collect();
        // The version is a hash of the content, so that they change together.
        let version = format!("{:016x}", FixedState::with_seed(0).hash_one(&routes));
        (!routes.is_empty()).then_some(Dictionary { version: Some(version), routes })
    }

    /// Returns all routes, in the order of their registration.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &RouteSpec> {
        self.handlers.iter().flat_map(|entry| entry.handler.routes())
    }

    fn add_route(
        &mut self,
        spec: &RouteSpec,
        target: impl Fn() -> Target,
    ) -> Result<(), RouterError> {
        let route = spec.route;
        spec.parse().map_err(|error| RouterError::Malformed { route, error })?;
        if self.names.insert(route, target()).is_some() {
            return Err(RouterError::DuplicateRoute(route));
        }
        let Some(code) = spec.code else { return Ok(()) };
        self.check_code(route, code)?;
        let place = usize::from(code);
        if self.codes.len() <= place {
            self.codes.resize_with(place + 1, || None);
        }
        self.codes[place] = Some(Box::new(target()));
        Ok(())
    }

    /// Checks that a route has one code, and a code one route: the dictionary is read in
    /// both directions.
    fn check_code(&self, route: &'static str, code: u16) -> Result<(), RouterError> {
        if code == 0 {
            return Err(RouterError::ZeroCode(route));
        }
        for (other, of) in self.coded() {
            if other == code && of != route {
                return Err(RouterError::DuplicateCode { code, first: of, second: route });
            }
            if other != code && of == route {
                return Err(RouterError::TwoCodes { route, first: other, second: code });
            }
        }
        Ok(())
    }

    /// Returns each code and its route.
    fn coded(&self) -> impl Iterator<Item = (u16, &'static str)> {
        let targets = (0..=u16::MAX).zip(&self.codes);
        let routes = targets.filter_map(|(code, target)| Some((code, target.as_ref()?.route)));
        routes.chain(self.pushes.iter().map(|(&code, &route)| (code, route)))
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.specs().map(|spec| spec.route)).finish()
    }
}
