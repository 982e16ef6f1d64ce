//! What is known of an error: first what was written, then what it means.

use proc_macro2::{Ident, TokenStream};
use syn::{LitStr, Member, Type};

use crate::attr::Slot;

/// What was written: the whole struct, or a variant of the enum.
pub(crate) struct Input {
    /// None for a struct.
    pub(crate) variant: Option<Ident>,
    pub(crate) code: Slot<(Ident, u16)>,
    pub(crate) message: Slot<LitStr>,
    pub(crate) fields: Vec<Field>,
}

/// A field.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// That it is metadata, and its name there if that is another.
    pub(crate) meta: Slot<(Ident, Option<LitStr>)>,
}

/// What it means: the cases of the match over the error.
pub(crate) struct Model<'a> {
    pub(crate) cases: Vec<Case<'a>>,
}

/// One form of the error, and what is answered for it.
pub(crate) struct Case<'a> {
    /// The variant, or the struct.
    pub(crate) path: TokenStream,
    pub(crate) answer: Answer<'a>,
    pub(crate) metadata: Vec<Metadata<'a>>,
}

/// What is said of a failure.
pub(crate) enum Answer<'a> {
    /// Nothing: it is nobody's business.
    Inside,
    /// This code and the error's own text, if it has one.
    Told(u16),
    /// This code and text.
    Worded(u16, &'a LitStr),
}

/// A field of the answer's metadata.
pub(crate) struct Metadata<'a> {
    pub(crate) member: &'a Member,
    pub(crate) ty: &'a Type,
    pub(crate) key: String,
}
