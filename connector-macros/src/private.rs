//! The path of the SDK in an expansion.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::span::{Ends, ends, respan};

/// The path of the module that an expansion takes everything of the SDK from.
#[derive(Clone)]
pub(crate) struct Private(TokenStream);

impl Private {
    /// The module in the crate at `path`, or else in `::connector`.
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self(match path {
            Some(path) => quote!(#path::__private),
            None => quote!(::connector::__private),
        })
    }

    /// The same path, located at `span`.
    pub(crate) fn at(&self, span: Span) -> Self {
        Self(respan(self.0.clone(), span))
    }

    /// `<ty as of>::item(args)`, all of it located at `ty`, where an error about it is shown.
    pub(crate) fn call(
        &self,
        ty: &impl ToTokens,
        of: &TokenStream,
        item: &TokenStream,
        args: &TokenStream,
    ) -> TokenStream {
        let Ends { first, last } = ends(ty);
        let private = self.at(first);
        let (of, item) = (respan(of.clone(), last), respan(item.clone(), last));
        let open = quote_spanned!(first=> <);
        let end = quote_spanned!(last=> as #private::#of>::#item(#args));
        quote!(#open #ty #end)
    }

    /// The statement that `ty` is what this function requires, located at `ty`. What the type
    /// lacks is told of it, and not once more of the code behind it.
    pub(crate) fn requires(&self, ty: &impl ToTokens, function: &str) -> TokenStream {
        let Ends { first, last } = ends(ty);
        let private = self.at(first);
        let function = Ident::new(function, last);
        quote_spanned!(last=> #private::#function::<#ty>();)
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.clone());
    }
}
