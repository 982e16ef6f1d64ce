//! The errors of a server's routes.

use connector_protocol::route::RouteError;

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
    /// Two methods have the same route.
    #[error("route `{0}` is served twice: rename one of the methods, or drop one handler")]
    DuplicateRoute(&'static str),
    /// The text is not a route.
    #[error("route `{route}`: {error}")]
    Malformed {
        /// The text.
        route: &'static str,
        /// The reason.
        error: RouteError,
    },
}
