//! The parsed and the checked form of a handler.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, Path, Signature, Type};

use crate::attr::Slot;
use crate::block::Block;
use crate::fields::Fields;
use crate::private::Private;

/// The parsed `impl` block.
pub(crate) struct Input {
    pub(crate) private: Private,
    /// The first two parts of the routes.
    pub(crate) prefix: Slot<LitStr>,
    /// The filters, in their order.
    pub(crate) filters: Slot<Vec<Path>>,
    /// `false` if an argument could not be parsed.
    pub(crate) args_read: bool,
    pub(crate) block: Block,
    pub(crate) methods: Vec<Method>,
}

/// A method with `#[route]`.
pub(crate) struct Method {
    pub(crate) sig: Signature,
    pub(crate) route: Slot<LitStr>,
    pub(crate) notify: Slot<Ident>,
    pub(crate) serial: Slot<Ident>,
    pub(crate) concurrent: Slot<Ident>,
    pub(crate) key: Slot<(Ident, Fields)>,
    /// In milliseconds.
    pub(crate) timeout: Slot<u64>,
    pub(crate) code: Slot<(Ident, u16)>,
    pub(crate) filters: Slot<Vec<Path>>,
    pub(crate) docs: String,
    /// `#[cfg(..)]` attributes.
    pub(crate) cfgs: Vec<Attribute>,
}

/// The checked handler.
pub(crate) struct Model<'a> {
    pub(crate) self_ty: Type,
    pub(crate) filters: &'a [Path],
    /// In the order of their methods; not empty.
    pub(crate) routes: Vec<Route>,
}

/// The field that keys the order of the calls.
pub(crate) struct Key {
    /// The path as it was written.
    pub(crate) text: String,
    /// Its tokens, where what is wrong with the field is shown.
    pub(crate) shown: TokenStream,
    /// The type of the argument that reads the body, with inferred lifetimes.
    pub(crate) body: TokenStream,
    /// A reference to the field of the argument `__read`, where `?` may return.
    pub(crate) value: TokenStream,
}

/// The type of an argument.
pub(crate) struct Argument {
    /// With the lifetime of the call.
    pub(crate) kept: TokenStream,
    /// With inferred lifetimes, which errors show as users write them.
    pub(crate) read: TokenStream,
}

/// A route and its method.
pub(crate) struct Route {
    pub(crate) route: String,
    pub(crate) notify: bool,
    /// It is not `async`, so it never waits.
    pub(crate) plain: bool,
    pub(crate) serial: bool,
    pub(crate) concurrent: bool,
    pub(crate) key: Option<Key>,
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
    pub(crate) code: Option<u16>,
    pub(crate) filters: Vec<Path>,
    pub(crate) docs: String,
    pub(crate) method: Ident,
    pub(crate) args: Vec<Argument>,
    /// The return type, with the lifetime of the call, in a plain route with inferred ones;
    /// `None` for an `impl Trait`.
    pub(crate) reply: Option<TokenStream>,
    /// The predicate of its `cfg(..)`.
    pub(crate) cfg: Option<TokenStream>,
}
