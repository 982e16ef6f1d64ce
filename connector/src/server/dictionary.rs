//! The dictionary of a server that is being built: which code each route has.

use std::borrow::Cow;

use super::ServerBuilder;
use crate::push::Push;
use crate::routing::RouterError;

impl ServerBuilder {
    /// Declares that messages of this type are pushed. Their code becomes a part of the
    /// dictionary, and they are sent with it instead of their route. Has no effect on
    /// messages without a code (`(connector.push_code)` in the schema).
    pub fn declare_push<P: Push>(mut self) -> Self {
        self.routes.declare_push::<P>();
        self
    }

    /// Gives the route of a push a code in the dictionary, from 1 to 65,535, as
    /// `#[route(code = 7)]` gives one to a method. Clients that have the dictionary get the
    /// code instead of the route, whatever the type of the body is.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// let server = Server::builder().push_code("onChat", 7);
    /// # drop(server);
    /// ```
    pub fn push_code(mut self, route: impl Into<Cow<'static, str>>, code: u16) -> Self {
        self.routes.push_code(route.into(), code);
        self
    }

    /// Gives every route a code, as pomelo's `useDict` does: the routes of all handlers,
    /// sorted, from 1, then `dictionary` in its order. That is
    /// pomelo's `config/dictionary.json`: the routes of pushes, mostly. So a client gets the
    /// same dictionary, with the same version, as from a pomelo server with these routes.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// # const FILE: &str = r#"["onChat", "onLeave"]"#;
    /// // let FILE = include_str!("../config/dictionary.json");
    /// let dictionary: Vec<String> = serde_json::from_str(FILE)?;
    /// let server = Server::builder().number_routes(dictionary);
    /// # drop(server);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// The numbers move whenever a route is added, which is safe for clients that read the
    /// dictionary of each handshake, and for no others: [`Self::routes_lock`] keeps them.
    /// Routes with codes of their own are an error.
    pub fn number_routes<R: Into<Cow<'static, str>>>(
        mut self,
        dictionary: impl IntoIterator<Item = R>,
    ) -> Self {
        self.routes.codes().number(dictionary.into_iter().map(Into::into));
        self
    }

    /// Keeps the codes of routes stable across releases, by the text of a file that is
    /// checked in: `routes.lock`, a line for each code that a route has ever had. Begin with
    /// an empty file.
    ///
    /// The codes of all routes, whether of attributes, of schemas or made at run time, must
    /// be those of the file. With [`Self::number_routes`] they are taken from it, and new
    /// routes get the numbers behind the largest. [`Self::start`] and [`Self::check_routes`]
    /// refuse a route whose code has changed, a code that another route has had, also one
    /// that is gone, and a route that is not in the file. [`Self::locked_routes`] returns the
    /// file's next text; nothing writes it unasked.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// # const LOCK: &str = "1 time.timeHandler.zone\n2 onTick\n";
    /// fn game() -> ServerBuilder {
    ///     Server::builder()
    ///         .route("time.timeHandler.zone", async || Json("UTC"))
    ///         .number_routes(["onTick"])
    ///         .routes_lock(LOCK) // include_str!("../routes.lock")
    /// }
    ///
    /// // In main: `my-game lock-routes` writes the file.
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// if std::env::args().nth(1).as_deref() == Some("lock-routes") {
    ///     std::fs::write("routes.lock", game().locked_routes()?)?;
    /// }
    /// // In a test: nobody has forgotten to.
    /// game().check_routes()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn routes_lock(mut self, text: &str) -> Self {
        self.routes.codes().lock(text);
        self
    }

    /// Returns the next text of `routes.lock`: the lines of [`Self::routes_lock`], also those
    /// of routes that are gone, and the routes that they lack.
    ///
    /// # Errors
    /// Returns [`RouterError`] if a route or a code is duplicate or malformed, or if a code
    /// has changed or is that of another route ([`RouterError::Lock`]): the file is then
    /// right, and the code wrong.
    pub fn locked_routes(&self) -> Result<String, RouterError> {
        Ok(self.routes.locked()?.to_string())
    }

    /// Checks all routes and their codes as [`Self::start`] does, without starting, for a
    /// test.
    ///
    /// # Errors
    /// Returns [`RouterError`] if a route or a code is duplicate or malformed, or not as in
    /// [`routes.lock`](Self::routes_lock).
    pub fn check_routes(&self) -> Result<(), RouterError> {
        self.routes.resolve().map(drop)
    }
}
