//! Routers: several handlers as one.

use std::sync::Arc;

use super::{DynHandler, RouterError, Table};
use crate::handler::Handler;
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
    /// The first error.
    error: Option<RouterError>,
}

impl Routes {
    /// Adds all routes of a handler. A duplicate route or code is reported when the server
    /// starts.
    pub fn handler<H: Handler>(&mut self, handler: H) {
        let added = self.table.add(Box::new(Arc::new(handler)));
        self.note(added);
    }

    /// Adds a route that was made at run time.
    pub fn dynamic(&mut self, handler: DynHandler) {
        let added = self.table.add(Box::new(handler));
        self.note(added);
    }

    /// Adds the route of a push to the dictionary, see
    /// [`ServerBuilder::declare_push`](crate::server::ServerBuilder::declare_push).
    pub fn declare_push<P: Push>(&mut self) {
        let route = P::ROUTE.as_str();
        let added = P::CODE.map_or(Ok(()), |code| self.table.add_push(route, code));
        self.note(added);
    }

    /// Returns the table of all routes, or the first error.
    pub(crate) fn into_table(self) -> Result<Table, RouterError> {
        self.error.map_or(Ok(self.table), Err)
    }

    fn note(&mut self, added: Result<(), RouterError>) {
        if let Err(error) = added {
            self.error.get_or_insert(error);
        }
    }
}
