//! Several handlers as one, and how they are put together.

use std::sync::Arc;

use connector_protocol::route::RouteError;

use crate::handler::{DynHandler, Handler};
use crate::proto::Push;
use crate::table::Table;

/// Several handlers as one.
///
/// `#[derive(Router)]` on a struct of handlers writes it, and finds out when it
/// compiles whether two of them want the same route or code.
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
    message = "`{Self}` is no router",
    note = "put `#[derive(Router)]` on a struct whose fields are handlers; one handler alone goes to `.handler(..)`"
)]
pub trait Router {
    /// Adds each of its handlers.
    fn register(self, routes: &mut Routes);
}

/// The routes of a server that is put together.
#[derive(Debug, Default)]
pub struct Routes {
    table: Table,
    /// The first thing that was wrong.
    error: Option<RouterError>,
}

/// A handler that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouterError {
    /// Two methods, or a method and a push, have one number.
    #[error("routes `{first}` and `{second}` have the same code {code}: change one of them")]
    DuplicateCode {
        /// The number.
        code: u16,
        /// The route that has it.
        first: &'static str,
        /// The route that wants it.
        second: &'static str,
    },
    /// A push and a method of the same route, or two pushes, have two numbers.
    #[error("route `{route}` has the codes {first} and {second}: leave one of them")]
    TwoCodes {
        /// The text.
        route: &'static str,
        /// The number that it has.
        first: u16,
        /// The number that it is to have besides.
        second: u16,
    },
    /// A number that says that there is none.
    #[error("route `{0}` has the code 0, which clients take for none: write one from 1 on")]
    ZeroCode(&'static str),
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

impl Routes {
    /// Adds all routes of a handler. One that clashes is told when the server
    /// starts.
    pub fn handler<H: Handler>(&mut self, handler: H) {
        let added = self.table.add(Arc::new(handler));
        self.note(added);
    }

    /// Adds a route that was made while the program runs.
    pub fn dynamic(&mut self, handler: DynHandler) {
        let added = self.table.add(Arc::new(handler));
        self.note(added);
    }

    /// Puts the route of a message that is pushed into the dictionary, see
    /// [`ServerBuilder::pushes`](crate::server::ServerBuilder::pushes).
    pub fn pushes<P: Push>(&mut self) {
        let added = P::CODE.map_or(Ok(()), |code| self.table.add_push(P::ROUTE, code));
        self.note(added);
    }

    /// All of them, unless something was wrong.
    pub(crate) fn into_table(self) -> Result<Table, RouterError> {
        self.error.map_or(Ok(self.table), Err)
    }

    fn note(&mut self, added: Result<(), RouterError>) {
        if let Err(error) = added {
            self.error.get_or_insert(error);
        }
    }
}
