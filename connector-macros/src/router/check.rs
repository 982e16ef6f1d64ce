//! From what was written to what it means: the rules.

use quote::ToTokens;
use syn::{Field, Fields, Member, Type};

use crate::ctxt::Ctxt;
use crate::target::Target;

/// A field of a router.
pub(crate) struct Handler<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    /// The type as a message names it.
    pub(crate) name: String,
}

/// The handlers that were meant; if there are none, `cx` knows why.
pub(crate) fn check<'a>(
    cx: &Ctxt,
    target: &Target,
    fields: Option<&'a Fields>,
) -> Option<Vec<Handler<'a>>> {
    let Target { ident, generics, .. } = target;
    if !generics.params.is_empty() {
        cx.error(
            generics,
            "the routes of a type that is still open cannot be compared: name the handlers' types",
        );
    }
    let fields = fields?;
    if fields.is_empty() {
        cx.error(ident, "a router without handlers: give it fields, such as `chat: Chat`");
    }
    let mut handlers: Vec<Handler<'_>> = Vec::new();
    for (Field { ty, .. }, member) in fields.iter().zip(fields.members()) {
        let name = ty.to_token_stream().to_string().replace(' ', "");
        if handlers.iter().any(|earlier| earlier.name == name) {
            cx.error(
                ty,
                format_args!("`{name}` is here already, and a route leads to one: remove this"),
            );
        }
        handlers.push(Handler { member, ty, name });
    }
    Some(handlers)
}
