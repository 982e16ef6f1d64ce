//! The errors of a server's routes.

use connector_protocol::route::RouteError;

use super::LockError;

/// The error of a handler whose routes cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouterError {
    /// Two methods, or a method and a push, have the same code.
    #[error("routes `{first}` and `{second}` have the same code {code}: change one of them")]
    DuplicateCode {
        /// The code.
        code: u16,
        /// The route that was added first.
        first: &'static str,
        /// The route that was added second.
        second: &'static str,
    },
    /// A push and a method of the same route, or two pushes, have different codes.
    #[error("route `{route}` has the codes {first} and {second}: leave one of them")]
    TwoCodes {
        /// The route.
        route: &'static str,
        /// The code that was given first.
        first: u16,
        /// The code that was given second.
        second: u16,
    },
    /// The code is 0, which clients read as none.
    #[error("route `{0}` has the code 0, which clients read as none: write a code from 1 to 65535")]
    ZeroCode(&'static str),
    /// A route has a code of its own, and all routes are numbered.
    #[error(
        "route `{route}` has the code {code}, and `number_routes` numbers all routes: remove `code = {code}`, or the call of `number_routes`"
    )]
    CodeOfNumbered {
        /// The route.
        route: &'static str,
        /// Its code.
        code: u16,
    },
    /// More routes are numbered than there are codes.
    #[error(
        "{0} routes are numbered, and codes go from 1 to 65535: declare the codes of some (`code = ..`) instead of numbering all"
    )]
    TooManyRoutes(usize),
    /// `routes.lock` does not allow the routes, or cannot be read.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// No route begins with the server's own type.
    #[error(
        "no route begins with the server type `{0}`: check the argument of `server_type`, which is the part of a route before its first dot"
    )]
    NoRoutesOfType(Box<str>),
    /// Two methods have the same route.
    #[error("route `{0}` is served twice: rename one of the methods, or drop one handler")]
    DuplicateRoute(&'static str),
    /// A filter is set on a route that its handler does not have.
    #[error(
        "a filter is set on the route `{0}`, which its handler does not have: write one of the \
         handler's routes, or set the filter on the handler that has it"
    )]
    FilterOfOtherRoute(&'static str),
    /// The text is not a route.
    #[error("route `{route}`: {error}")]
    Malformed {
        /// The text.
        route: &'static str,
        /// The reason.
        error: RouteError,
    },
}
