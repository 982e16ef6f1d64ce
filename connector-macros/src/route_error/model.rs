//! The parsed and the checked form of an error.

use proc_macro2::{Ident, TokenStream};
use syn::{LitStr, Member, Type};

use crate::attr::Slot;

/// The parsed struct, or a parsed variant of an enum.
pub(crate) struct Input {
    /// `None` for a struct.
    pub(crate) variant: Option<Ident>,
    pub(crate) code: Slot<(Ident, u16)>,
    pub(crate) message: Slot<LitStr>,
    pub(crate) fields: Vec<Field>,
}

/// A field.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// Set for metadata, with another name if one is given.
    pub(crate) meta: Slot<(Ident, Option<LitStr>)>,
}

/// The checked error: the cases of the match over it.
pub(crate) struct Model<'a> {
    pub(crate) cases: Vec<Case<'a>>,
}

/// One form of the error, and its answer.
pub(crate) struct Case<'a> {
    /// The variant, or the struct.
    pub(crate) path: TokenStream,
    pub(crate) text: ErrorText<'a>,
    pub(crate) metadata: Vec<Metadata<'a>>,
}

/// The code and the text of the answer.
pub(crate) enum ErrorText<'a> {
    /// An internal failure: code 500 without a text.
    Internal,
    /// This code and the error's `Display`, if it has one.
    Display(u16),
    /// This code and text.
    Literal(u16, Message<'a>),
}

/// A text, and the fields in it.
pub(crate) struct Message<'a> {
    /// A format string, if there are fields; they are named by their places in `args`.
    pub(crate) text: LitStr,
    pub(crate) args: Vec<&'a Member>,
}

/// A field of the answer's metadata.
pub(crate) struct Metadata<'a> {
    pub(crate) member: &'a Member,
    pub(crate) ty: &'a Type,
    pub(crate) key: String,
}
