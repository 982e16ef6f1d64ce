//! The codes of routes that a handshake has told.

use std::collections::HashMap;
use std::sync::Arc;

use connector_protocol::message::RouteRef;
use connector_protocol::pomelo::handshake;
use connector_protocol::session::Welcome;
use foldhash::fast::RandomState;

/// The codes of routes that a handshake has told, both ways; empty where it has
/// told none. A server has one for all its clients.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    names: Option<Arc<handshake::Dictionary>>,
    codes: HashMap<String, u16, RandomState>,
}

impl Dictionary {
    /// A dictionary in which both directions are looked up.
    pub(crate) fn new(names: Arc<handshake::Dictionary>) -> Self {
        let codes = names.routes.iter().map(|(&code, route)| (route.clone(), code)).collect();
        Self { names: Some(names), codes }
    }

    /// The dictionary that a server has told. Without `send`, messages that leave
    /// have names: a codec of the user's may know no codes.
    pub(crate) fn of_server(welcome: &Welcome, send: bool) -> Self {
        match welcome.dictionary.clone() {
            Some(names) if send => Self::new(names),
            names => Self { names, codes: HashMap::default() },
        }
    }

    /// A route in the shortest form that the peer knows.
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
