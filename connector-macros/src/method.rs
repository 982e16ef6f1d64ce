//! The methods of an `impl` block that an attribute is on.

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::quote;
use syn::{FnArg, GenericParam, ReceiverKind, Signature, Type};

use crate::ctxt::Ctxt;
use crate::private::Private;

/// A kind of methods, and its words for error messages.
pub(crate) struct MethodSpec {
    /// Such a method: `a route`.
    pub(crate) what: &'static str,
    /// What runs: `calls`.
    pub(crate) runs: &'static str,
    /// The value that all calls share: `the handler`.
    pub(crate) shared: &'static str,
}

impl MethodSpec {
    /// Reports a receiver that is not `&self`, and parameters that are generic.
    pub(crate) fn check(&self, cx: &Ctxt, sig: &Signature) {
        self.receiver(cx, sig);
        let what = self.what;
        for param in &sig.generics.params {
            if !matches!(param, GenericParam::Lifetime(_)) {
                cx.error(
                    param,
                    format_args!(
                        "{what} cannot be generic: write a concrete type instead of `{}`",
                        param_name(param)
                    ),
                );
            }
        }
        for arg in &sig.inputs {
            let attrs = match arg {
                FnArg::Typed(arg) => &arg.attrs,
                FnArg::Receiver(receiver) => &receiver.attrs,
            };
            for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
                cx.error(
                    attr,
                    format_args!(
                        "an argument of {what} cannot be conditional: put `#[cfg(..)]` on the \
                         method, and write another one for the opposite"
                    ),
                );
            }
            if let FnArg::Typed(arg) = arg
                && let Type::ImplTrait(ty) = &*arg.ty
            {
                cx.error(
                    ty,
                    format_args!(
                        "{what} cannot be generic: write a concrete type instead of `impl ..`"
                    ),
                );
            }
        }
    }

    fn receiver(&self, cx: &Ctxt, sig: &Signature) {
        let Self { what, runs, shared } = self;
        let ident = &sig.ident;
        let keywords = if is_plain(sig) { "fn" } else { "async fn" };
        let Some(receiver) = sig.receiver() else {
            cx.error(
                ident,
                format_args!("{what} needs a receiver: write `{keywords} {ident}(&self, ..)`"),
            );
            return;
        };
        let more = match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => return,
            ReceiverKind::Reference(..) => ", and put mutable state in a `Mutex` or an atomic",
            _ => "",
        };
        cx.error(
            receiver,
            format_args!("{runs} run concurrently and share {shared}: write `&self`{more}"),
        );
    }
}

/// Whether it is a plain `fn`, which never waits.
pub(crate) fn is_plain(sig: &Signature) -> bool {
    sig.asyncness.is_none()
}

/// Returns `true` if a type has a reference or a lifetime other than `'static`.
pub(crate) fn borrows(ty: TokenStream) -> bool {
    let mut tokens = ty.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                let named = |next: &TokenTree| matches!(next, TokenTree::Punct(punct) if punct.as_char() == '\'');
                if !tokens.peek().is_some_and(named) {
                    return true;
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                let lifetime = tokens.next();
                if lifetime.is_none_or(|name| name.to_string() != "static") {
                    return true;
                }
            }
            TokenTree::Group(group) if borrows(group.stream()) => return true,
            _ => {}
        }
    }
    false
}

/// The pattern of the index `__index` that follows `earlier` methods, each with the predicate
/// of its `cfg(..)`, by which it may not exist.
pub(crate) fn place<'a>(
    private: &Private,
    earlier: impl Iterator<Item = Option<&'a TokenStream>>,
) -> TokenStream {
    let (some, none): (Vec<_>, Vec<_>) = earlier.partition(Option::is_some);
    let certain = Literal::usize_unsuffixed(none.len());
    let predicates: Vec<_> = some.into_iter().flatten().collect();
    if predicates.is_empty() {
        return quote!(#certain);
    }
    quote!(_ if __index == #certain #(+ ::core::cfg!(#predicates) as #private::usize)*)
}

fn param_name(param: &GenericParam) -> &Ident {
    match param {
        GenericParam::Type(param) => &param.ident,
        GenericParam::Const(param) => &param.ident,
        GenericParam::Lifetime(param) => &param.lifetime.ident,
    }
}
