//! The types of a method's signature, written outside of it.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Generics, Lifetime, Type};

use crate::span::generated_at;

/// The lifetime of a call in an expansion: that of `&self` and of `Cx`.
const CALL: &str = "'call";

pub(crate) fn call_lifetime() -> Lifetime {
    Lifetime::new(CALL, proc_macro2::Span::call_site())
}

/// Returns `ty` with the lifetime of the call in the place of the method's own,
/// named or elided. In paths none is elided: an `async fn` does not allow it.
pub(crate) fn in_call(ty: &Type, generics: &Generics, self_ty: &Type) -> TokenStream {
    Scope::new(CALL, generics, self_ty).rewrite(ty.to_token_stream())
}

/// The same for a place where the compiler finds out lifetimes by itself, as in an
/// expression.
pub(crate) fn inferred(ty: &Type, generics: &Generics, self_ty: &Type) -> TokenStream {
    Scope::new("'_", generics, self_ty).rewrite(ty.to_token_stream())
}

struct Scope<'a> {
    /// The lifetime in the place of the others.
    lifetime: &'static str,
    /// The method's own lifetimes.
    names: Vec<String>,
    self_ty: &'a Type,
}

impl<'a> Scope<'a> {
    fn new(lifetime: &'static str, generics: &Generics, self_ty: &'a Type) -> Self {
        let names = generics.lifetimes().map(|param| param.lifetime.ident.to_string());
        Self { lifetime, names: names.collect(), self_ty }
    }

    fn rewrite(&self, tokens: TokenStream) -> TokenStream {
        let mut rewritten = TokenStream::new();
        let mut tokens = tokens.into_iter().peekable();
        let mut after_ident = false;
        while let Some(token) = tokens.next() {
            let is_ident = matches!(token, TokenTree::Ident(_));
            match token {
                TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                    let Some(TokenTree::Ident(name)) = tokens.next() else { continue };
                    rewritten.extend(self.lifetime(quote, name));
                }
                TokenTree::Punct(and) if and.as_char() == '&' => {
                    let named = |next: &TokenTree| matches!(next, TokenTree::Punct(punct) if punct.as_char() == '\'');
                    let call = Lifetime::new(self.lifetime, generated_at(and.span()));
                    let call = (!tokens.peek().is_some_and(named)).then_some(call);
                    rewritten.extend(quote!(#and #call));
                }
                TokenTree::Ident(ident) if ident == "Self" => {
                    let self_ty = self.self_ty.to_token_stream();
                    let mut group = Group::new(Delimiter::None, self_ty);
                    group.set_span(ident.span());
                    rewritten.extend([TokenTree::Group(group)]);
                }
                // An elided lifetime in `Fn(&T)` and `fn(&T)` is any lifetime.
                TokenTree::Group(group)
                    if !(after_ident && group.delimiter() == Delimiter::Parenthesis) =>
                {
                    let mut inner = Group::new(group.delimiter(), self.rewrite(group.stream()));
                    inner.set_span(group.span());
                    rewritten.extend([TokenTree::Group(inner)]);
                }
                other => rewritten.extend([other]),
            }
            after_ident = is_ident;
        }
        rewritten
    }

    fn lifetime(&self, quote: proc_macro2::Punct, name: Ident) -> TokenStream {
        if name == "_" || self.names.iter().any(|known| name == known) {
            return Lifetime::new(self.lifetime, generated_at(name.span())).to_token_stream();
        }
        [TokenTree::Punct(quote), TokenTree::Ident(name)].into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use syn::{ImplItemFn, parse_quote};

    use super::*;

    fn check(ty: Type, expected: Type) {
        let method: ImplItemFn = parse_quote!(
            async fn send<'a, 'b>(&'a self) {}
        );
        let found = in_call(&ty, &method.sig.generics, &parse_quote!(Chat<'static>));
        assert_eq!(found.to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn lifetimes_of_the_method_are_those_of_the_call() {
        check(parse_quote!(&Session), parse_quote!(&'call Session));
        check(parse_quote!(&'a mut [&str]), parse_quote!(&'call mut [&'call str]));
        check(parse_quote!(State<'_, (&'b A, B<'a>)>), {
            parse_quote!(State<'call, (&'call A, B<'call>)>)
        });
    }

    #[test]
    fn other_lifetimes_stay() {
        check(parse_quote!(Json<&'static str>), parse_quote!(Json<&'static str>));
        check(parse_quote!(Box<dyn Fn(&A) -> B>), parse_quote!(Box<dyn Fn(&A) -> B>));
        check(parse_quote!(for<'x> fn(&'x A)), parse_quote!(for<'x> fn(&'x A)));
    }

    #[test]
    fn lifetimes_of_a_plain_method_are_inferred() {
        let method: ImplItemFn = parse_quote!(
            fn send<'a>(&self) {}
        );
        let ty: Type = parse_quote!((&str, Json<Greet<'a>>, State<'_, &'static str>));
        let expected: Type = parse_quote!((&'_ str, Json<Greet<'_>>, State<'_, &'static str>));
        let found = inferred(&ty, &method.sig.generics, &parse_quote!(Chat));
        assert_eq!(found.to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn self_is_named() {
        check(parse_quote!(Json<Self>), parse_quote!(Json<Chat<'static>>));
    }
}
