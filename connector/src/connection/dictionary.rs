//! The codes of routes, as the server told them.

use std::collections::HashMap;
use std::sync::Arc;

use connector_protocol::message::RouteRef;
use connector_protocol::pomelo::handshake::{self, Response};
use foldhash::fast::RandomState;

/// The codes of routes, as the server told them in its handshake; empty where
/// it has none.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    names: Option<Arc<handshake::Dictionary>>,
    codes: HashMap<String, u16, RandomState>,
}

impl Dictionary {
    /// The one of this handshake. Without `send`, messages that leave have
    /// names: a codec of the user's may know no codes.
    pub(crate) fn new(response: &Response, send: bool) -> Self {
        let names = response.sys.as_ref().and_then(|sys| sys.dict.clone());
        let routes = names.iter().filter(|_| send).flat_map(|dict| &dict.routes);
        let codes = routes.map(|(&code, route)| (route.clone(), code)).collect();
        Self { names, codes }
    }

    /// A route in the shortest form that the server knows.
    pub(crate) fn shorten<'a>(&self, route: &'a str) -> RouteRef<'a> {
        match self.codes.get(route) {
            Some(&code) => RouteRef::Code(code),
            None => RouteRef::Name(route),
        }
    }

    /// A route's name; none for a code that the server never told.
    pub(crate) fn name<'a>(&'a self, route: RouteRef<'a>) -> Option<&'a str> {
        match route {
            RouteRef::Name(name) => Some(name),
            RouteRef::Code(code) => Some(self.names.as_ref()?.routes.get(&code)?),
        }
    }
}
