//! Where an expansion finds the SDK.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

use crate::span::respan;

/// Path of the module that everything of the SDK in an expansion comes from.
#[derive(Clone)]
pub(crate) struct Private(TokenStream);

impl Private {
    /// In the crate at `path`, else in `::connector`.
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self(match path {
            Some(path) => quote!(#path::__private),
            None => quote!(::connector::__private),
        })
    }

    /// The same path, as if it stood at `span`.
    pub(crate) fn at(&self, span: Span) -> Self {
        Self(respan(self.0.clone(), span))
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.clone());
    }
}
