//! Routes that cannot be served.

use connector_protocol::route::RouteError;

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
