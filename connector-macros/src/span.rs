//! The spans of generated tokens, and their names.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};

/// The spans of the first and the last of some tokens. Tokens generated for
/// them begin at the one and end at the other, so that errors underline all.
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

/// The span of a token that the macro writes: errors are shown at `span`, lints
/// are silent, and names are resolved as the macro's.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The tokens located at `span`; their names are resolved as before.
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

/// The macro's own identifier for the `index`-th of several.
pub(crate) fn nth(name: &str, index: usize) -> Ident {
    format_ident!("{name}{index}")
}
