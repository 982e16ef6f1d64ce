//! The path of the SDK in an expansion.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

use crate::span::respan;

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
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.clone());
    }
}
