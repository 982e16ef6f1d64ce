//! What is known of a handler: first what was written, then what it means.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Generics, LitStr, Path, Signature, Type};

use crate::attr::Slot;
use crate::private::Private;

/// What was written.
pub(crate) struct Input {
    pub(crate) private: Private,
    /// The first two parts of the routes.
    pub(crate) prefix: Slot<LitStr>,
    /// What is asked before each call.
    pub(crate) filters: Slot<Vec<Path>>,
    /// Nothing in the arguments was beyond understanding.
    pub(crate) args_read: bool,
    pub(crate) self_ty: Type,
    pub(crate) generics: Generics,
    /// The `impl` block is one of a trait.
    pub(crate) of_trait: bool,
    pub(crate) methods: Vec<Method>,
}

/// A method with `#[route]`.
pub(crate) struct Method {
    pub(crate) sig: Signature,
    pub(crate) route: Slot<LitStr>,
    pub(crate) notify: Slot<Ident>,
    pub(crate) concurrent: Slot<Ident>,
    pub(crate) key: Slot<(Ident, LitStr)>,
    /// In milliseconds.
    pub(crate) timeout: Slot<u64>,
    pub(crate) code: Slot<(Ident, u16)>,
    pub(crate) docs: String,
    /// `#[cfg(..)]` attributes.
    pub(crate) cfgs: Vec<Attribute>,
}

/// What it means.
pub(crate) struct Model<'a> {
    pub(crate) self_ty: Type,
    pub(crate) filters: &'a [Path],
    /// In the order in which they were written; not empty.
    pub(crate) routes: Vec<Route>,
}

/// A route and the method behind it.
pub(crate) struct Route {
    pub(crate) route: String,
    pub(crate) notify: bool,
    /// It is not `async`, so it never waits.
    pub(crate) plain: bool,
    pub(crate) concurrent: bool,
    pub(crate) key: Option<String>,
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
    pub(crate) code: Option<u16>,
    pub(crate) docs: String,
    pub(crate) method: Ident,
    /// The types that it takes: with the lifetime of the call, or in a plain one
    /// with whatever lifetime is inferred.
    pub(crate) args: Vec<TokenStream>,
    /// The type that it returns, in the same way; none if it has no name.
    pub(crate) reply: Option<TokenStream>,
    /// When it exists: a predicate as in `cfg(..)`.
    pub(crate) cfg: Option<TokenStream>,
}
