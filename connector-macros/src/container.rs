//! The stages of a derive, and the type that it is on.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, DeriveInput, Generics, Path, Visibility, WherePredicate};

use crate::ctxt::Ctxt;
use crate::private::Private;

/// The type that a derive is on: a `DeriveInput` without its body.
pub(crate) struct Container {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) private: Private,
}

impl Container {
    /// The type in `input`; `krate` is the value of the key `crate`.
    pub(crate) fn new(input: &DeriveInput, krate: Option<&Path>) -> Self {
        Self {
            vis: input.vis.clone(),
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            private: Private::new(krate),
        }
    }

    /// Reports each lifetime as an error with this reason: values of the type
    /// live as long as they like.
    pub(crate) fn refuse_lifetimes(&self, cx: &Ctxt, reason: &str) {
        for param in self.generics.lifetimes() {
            let name = &param.lifetime;
            cx.error(param, format_args!("{reason} and cannot borrow: remove `{name}`"));
        }
    }

    /// Returns the generics with these predicates, if there are parameters. Without them the
    /// types are known, and errors are shown at them.
    pub(crate) fn bounded(&self, predicates: impl IntoIterator<Item = WherePredicate>) -> Generics {
        let mut generics = self.generics.clone();
        if generics.type_params().next().is_some() {
            generics.make_where_clause().predicates.extend(predicates);
        }
        generics
    }

    /// Returns `true` if the type has a lifetime.
    pub(crate) fn borrows(&self) -> bool {
        self.generics.lifetimes().next().is_some()
    }
}

/// Runs the stages of a derive: the impls for `input`, or its errors beside
/// impls that do nothing.
///
/// `expand` checks what was parsed, and writes the impls if nothing is wrong.
/// `stand_in` writes impls that keep the rest of the user's crate free of
/// errors that follow from the reported ones.
pub(crate) fn derive_with<I>(
    input: TokenStream,
    parse: impl FnOnce(&Ctxt, DeriveInput) -> (Container, Option<I>),
    expand: impl FnOnce(&Ctxt, &Container, &I) -> Option<TokenStream>,
    stand_in: impl FnOnce(&Container, Option<&I>) -> TokenStream,
) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let cx = Ctxt::new();
    let (container, input) = parse(&cx, input);
    let impls = input.as_ref().and_then(|input| expand(&cx, &container, input));
    cx.expansion(impls, |impls| impls, || stand_in(&container, input.as_ref()))
}

/// The attributes of this name.
pub(crate) fn named<'a>(
    attrs: &'a [Attribute],
    name: &'static str,
) -> impl Iterator<Item = &'a Attribute> {
    attrs.iter().filter(move |attr| attr.path().is_ident(name))
}
