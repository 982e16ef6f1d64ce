//! Where an expansion finds the SDK.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

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

/// Where errors about `tokens` are to be shown: the first and the last of
/// them. What is generated for them begins at the one and ends at the other,
/// so that all of them are underlined.
pub(crate) struct Ends {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

pub(crate) fn ends(tokens: impl ToTokens) -> Ends {
    let mut tokens = tokens.into_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::call_site, |token| token.span());
    let last = tokens.last().map_or(first, |token| token.span());
    Ends { first: generated_at(first), last: generated_at(last) }
}

/// A span that is shown at `span`, but known to be the macro's, so that lints
/// leave it alone and names are the macro's.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The tokens with their places replaced and the meaning of their names kept.
fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let respan_tree = |mut token: TokenTree| {
        if let TokenTree::Group(group) = &token {
            let mut inner = Group::new(group.delimiter(), respan(group.stream(), span));
            inner.set_span(group.span().located_at(span));
            return TokenTree::Group(inner);
        }
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(respan_tree).collect()
}
