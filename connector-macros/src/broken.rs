//! Items of a block that cannot be parsed, as while one types a signature.
//!
//! The compiler has parsed the block before an attribute on it sees it: it has told what is
//! wrong, and gone on. So such an item is taken out, the others stay known, and nothing is added
//! to the compiler's error.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::ImplItem;

use crate::bodies::emptied;

/// The items that were taken out of a block.
#[derive(Default)]
pub(crate) struct Broken(Vec<TokenStream>);

impl Broken {
    /// Returns the tokens of an `impl` block without the items that cannot be parsed, and these;
    /// nothing if all can, so that the mistake is elsewhere.
    pub(crate) fn take(block: &TokenStream) -> Option<(TokenStream, Self)> {
        let mut tokens: Vec<TokenTree> = block.clone().into_iter().collect();
        let Some(TokenTree::Group(items)) = tokens.last_mut() else { return None };
        if items.delimiter() != Delimiter::Brace {
            return None;
        }
        let (whole, broken): (Vec<_>, Vec<_>) =
            split(items.stream()).into_iter().partition(is_whole);
        let mut kept = Group::new(Delimiter::Brace, whole.into_iter().collect());
        kept.set_span(items.span());
        *items = kept;
        (!broken.is_empty()).then(|| (tokens.into_iter().collect(), Self(broken)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The functions whose mistake is among their parameters, without attributes and bodies. The
    /// compiler makes something of these, and knows them by their names; of the others it would
    /// tell the mistake once more.
    pub(crate) fn functions(&self) -> impl Iterator<Item = TokenStream> {
        self.0.iter().map(without_attributes).filter(|item| is_whole(&without_parameters(item))).map(
            |item| {
                let is_body = |token: &TokenTree| {
                    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
                };
                let mut tokens: Vec<_> = item.into_iter().collect();
                // A body without an end answers with any type, and names no parameter.
                if tokens.pop_if(|last| is_body(last)).is_some() {
                    tokens.extend(quote!({ loop {} }));
                }
                tokens.into_iter().collect()
            },
        )
    }
}

/// The items of a block. A function that is not written to its end reaches to the end of the next
/// one.
fn split(items: TokenStream) -> Vec<TokenStream> {
    let mut split = Vec::new();
    let mut item = TokenStream::new();
    let mut tokens = items.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            // Others are constants of types, values or the patterns of macros.
            TokenTree::Group(group) => {
                group.delimiter() == Delimiter::Brace
                    && !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() != '#')
            }
            _ => false,
        };
        item.extend([token]);
        if ends {
            split.push(std::mem::take(&mut item));
        }
    }
    if !item.is_empty() {
        split.push(item);
    }
    split
}

fn is_whole(item: &TokenStream) -> bool {
    syn::parse2::<ImplItem>(emptied(item.clone())).is_ok()
}

fn without_parameters(item: &TokenStream) -> TokenStream {
    let empty = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::new()))
        }
        other => other,
    };
    item.clone().into_iter().map(empty).collect()
}

fn without_attributes(item: &TokenStream) -> TokenStream {
    let mut tokens = item.clone().into_iter().peekable();
    while let Some(TokenTree::Punct(punct)) = tokens.peek()
        && punct.as_char() == '#'
    {
        tokens.next();
        tokens.next();
    }
    tokens.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(block: TokenStream, whole: TokenStream, functions: &[TokenStream]) {
        let (kept, broken) = Broken::take(&block).unwrap();
        assert_eq!(kept.to_string(), whole.to_string());
        let found: Vec<_> = broken.functions().map(|function| function.to_string()).collect();
        let wanted: Vec<_> = functions.iter().map(ToString::to_string).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_half_written_parameter_takes_one_function_out() {
        check(
            quote! {
                impl Chat {
                    const A: Row<{ 1 }> = Row { x: [0; 2] };
                    #[route]
                    async fn send(&self, text) -> Row<{ 2 }> { let x = ; }
                    #[route]
                    async fn leave(&self) -> Json<u8> { session. }
                }
            },
            quote! {
                impl Chat {
                    const A: Row<{ 1 }> = Row { x: [0; 2] };
                    #[route]
                    async fn leave(&self) -> Json<u8> { session. }
                }
            },
            &[quote!(async fn send(&self, text) -> Row<{ 2 }> { loop {} })],
        );
    }

    #[test]
    fn other_mistakes_take_their_function_out_for_good() {
        check(
            quote! {
                impl Chat {
                    async fn send(&self) -> { 1 }
                    async fn (&self) {}
                    fn note(&self) {}
                    async fn half(&self) -> Json<u8
                }
            },
            quote! {
                impl Chat {
                    fn note(&self) {}
                }
            },
            &[],
        );
    }

    #[test]
    fn a_block_without_mistakes_is_left_alone() {
        assert!(Broken::take(&quote!(impl Chat { fn a(&self) {} make! { b } })).is_none());
        assert!(
            Broken::take(&quote!(
                struct Chat;
            ))
            .is_none()
        );
    }
}
