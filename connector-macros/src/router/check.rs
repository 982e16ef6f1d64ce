//! From the fields to the handlers: the rules.

use quote::ToTokens;
use syn::{Field, Fields, Member, Type};

use crate::container::Container;
use crate::ctxt::Ctxt;

/// A field of a router.
pub(crate) struct Handler<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    /// The type, for error messages.
    pub(crate) name: String,
}

/// The handlers of a router.
pub(crate) fn check<'a>(cx: &Ctxt, container: &Container, fields: &'a Fields) -> Vec<Handler<'a>> {
    let Container { ident, generics, .. } = container;
    if !generics.params.is_empty() {
        cx.error(generics, "a router cannot be generic: name the types of its handlers");
    }
    if fields.is_empty() {
        cx.error(ident, "a router needs handlers: add a field, such as `chat: Chat`");
    }
    let mut handlers: Vec<Handler<'_>> = Vec::new();
    for (Field { ty, .. }, member) in fields.iter().zip(fields.members()) {
        let name = ty.to_token_stream().to_string().replace(' ', "");
        if handlers.iter().any(|earlier| earlier.name == name) {
            cx.error(
                ty,
                format_args!("`{name}` is already a handler of this router: remove this field"),
            );
        }
        handlers.push(Handler { member, ty, name });
    }
    handlers
}
