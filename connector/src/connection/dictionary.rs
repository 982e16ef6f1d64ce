//! The codes of routes that a handshake has agreed on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use connector_protocol::message::RouteRef;
use connector_protocol::pomelo::handshake;
use connector_protocol::session::Welcome;
use foldhash::fast::RandomState;

/// The codes of routes that a handshake has agreed on, in both directions. Empty if it has
/// none. A server has one for all its clients.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    names: Option<Arc<handshake::Dictionary>>,
    codes: HashMap<String, u16, RandomState>,
}

impl Dictionary {
    /// Returns the dictionary of a server with these codes, if there is any.
    pub(crate) fn of_codes(codes: BTreeMap<u16, &'static str>) -> Option<Self> {
        let routes = codes.into_iter().map(|(code, route)| (code, route.to_owned())).collect();
        let names = handshake::Dictionary::new(routes);
        (!names.routes.is_empty()).then(|| Self::new(names.into()))
    }

    /// Returns a dictionary for both directions.
    fn new(names: Arc<handshake::Dictionary>) -> Self {
        let codes = names.routes.iter().map(|(&code, route)| (route.clone(), code)).collect();
        Self { names: Some(names), codes }
    }

    /// Returns the dictionary of a server's handshake response. Without `send`, messages
    /// to the server have names, since a user's codec may not support codes.
    pub(crate) fn of_server(welcome: &Welcome, send: bool) -> Self {
        match welcome.dictionary.clone() {
            Some(names) if send => Self::new(names),
            names => Self { names, codes: HashMap::default() },
        }
    }

    /// Returns the routes by their codes.
    pub(crate) fn names(&self) -> Option<&Arc<handshake::Dictionary>> {
        self.names.as_ref()
    }

    /// Returns a route in the shortest form that the peer knows.
    pub(crate) fn shorten<'a>(&self, route: &'a str) -> RouteRef<'a> {
        match self.codes.get(route) {
            Some(&code) => RouteRef::Code(code),
            None => RouteRef::Name(route),
        }
    }

    /// Returns a route's name; `None` for a code that is not in the dictionary.
    pub(crate) fn name<'a>(&'a self, route: RouteRef<'a>) -> Option<&'a str> {
        match route {
            RouteRef::Name(name) => Some(name),
            RouteRef::Code(code) => Some(self.names.as_ref()?.routes.get(&code)?),
        }
    }
}
