//! Where errors about what is generated are shown.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The first and the last of some tokens. What is generated for them begins at
/// the one and ends at the other, so that errors underline all of them.
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
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
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
