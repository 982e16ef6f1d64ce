//! Routers: several handlers as one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Codes, DynHandler, ErasedHandler, RouterError, RoutesLock, Table};
use crate::handler::{Filters, Handler};
use crate::push::Push;

/// Several handlers as one.
///
/// `#[derive(Router)]` on a struct of handlers implements it. Duplicate routes or codes are
/// compile errors.
///
/// ```
/// use connector::prelude::*;
///
/// struct Chat;
/// #[handler("chat.chatHandler")]
/// impl Chat {
///     #[route]
///     async fn send(&self, Json(line): Json<String>) -> Json<usize> {
///         Json(line.len())
///     }
/// }
///
/// struct Rooms;
/// #[handler("chat.roomHandler")]
/// impl Rooms {
///     #[route]
///     async fn list(&self) -> Json<[&str; 1]> {
///         Json(["lobby"])
///     }
/// }
///
/// #[derive(Router)]
/// struct Game {
///     chat: Chat,
///     rooms: Rooms,
/// }
///
/// let server = Server::builder().router(Game { chat: Chat, rooms: Rooms });
/// # drop(server);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Router`",
    note = "put `#[derive(Router)]` on a struct whose fields are handlers; one handler alone goes to `.handler(..)`"
)]
pub trait Router {
    /// Adds all its handlers.
    fn register(self, routes: &mut Routes);
}

/// The routes of a server that is being built.
#[derive(Debug, Default)]
pub struct Routes {
    table: Table,
    codes: Codes,
    /// The type of servers whose routes are known without it, too.
    server_type: Option<Box<str>>,
    /// The first error.
    error: Option<RouterError>,
}

impl Routes {
    /// Adds all routes of a handler. A duplicate route or code is reported when the server
    /// starts.
    pub fn handler<H: Handler>(&mut self, handler: H) {
        self.add(Box::new(Arc::new(handler)));
    }

    /// Adds a route that was made at run time.
    pub fn dynamic(&mut self, handler: DynHandler) {
        self.add(Box::new(handler));
    }

    /// Adds the route of a push to the dictionary, see
    /// [`ServerBuilder::declare_push`](crate::server::ServerBuilder::declare_push).
    pub fn declare_push<P: Push>(&mut self) {
        if let Some(code) = P::CODE {
            self.push_code(P::ROUTE.as_str().into(), code);
        }
    }

    /// Gives the route of a push a code.
    pub(crate) fn push_code(&mut self, route: Cow<'static, str>, code: u16) {
        let declared = self.codes.declare(route, code);
        self.note(declared);
    }

    /// Makes the routes of a type of servers known without it, too.
    pub(crate) fn server_type(&mut self, server_type: Box<str>) {
        self.server_type = Some(server_type);
    }

    /// Returns the codes, to number all routes or to lock them.
    pub(crate) fn codes(&mut self) -> &mut Codes {
        &mut self.codes
    }

    /// Returns the routes by their codes, or the first error.
    pub(crate) fn resolve(&self) -> Result<BTreeMap<u16, &'static str>, RouterError> {
        self.check()?;
        self.codes.resolve(self.served())
    }

    /// Returns `routes.lock` with the routes that it lacks.
    pub(crate) fn locked(&self) -> Result<RoutesLock, RouterError> {
        self.check()?;
        self.codes.locked(self.served())
    }

    /// Returns the table of all routes, with `filters` before those of every handler, and the
    /// routes by their codes; or the first error.
    pub(crate) fn into_table(
        self,
        filters: &Filters,
    ) -> Result<(Table, BTreeMap<u16, &'static str>), RouterError> {
        let codes = self.resolve()?;
        let mut table = self.table;
        table.filter_all(filters);
        table.set_codes(&codes);
        if let Some(server_type) = self.server_type
            && !table.shorten(&server_type)
        {
            return Err(RouterError::NoRoutesOfType(server_type));
        }
        Ok((table, codes))
    }

    fn served(&self) -> impl Iterator<Item = &'static str> {
        self.table.specs().map(|spec| spec.route)
    }

    fn check(&self) -> Result<(), RouterError> {
        self.error.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn add(&mut self, handler: Box<dyn ErasedHandler>) {
        let codes = handler.routes().iter().filter_map(|spec| Some((spec.route, spec.code?)));
        let codes: Vec<_> = codes.collect();
        let added = self.table.add(handler);
        self.note(added);
        for (route, code) in codes {
            let declared = self.codes.declare(route, code);
            self.note(declared);
        }
    }

    fn note(&mut self, added: Result<(), RouterError>) {
        if let Err(error) = added {
            self.error.get_or_insert(error);
        }
    }
}
