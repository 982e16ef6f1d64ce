//! The bodies of methods, which stay tokens: what is being typed there is the compiler's to
//! read, and no reason for an attribute to lose sight of the block.

use std::collections::VecDeque;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// The bodies that were taken out of a block, in their order.
pub(crate) struct Bodies(VecDeque<Group>);

impl Bodies {
    /// Returns the tokens of an `impl` block with empty bodies, and the bodies.
    pub(crate) fn take(item: &TokenStream) -> (TokenStream, Self) {
        let mut bodies = VecDeque::new();
        let emptied = with_bodies(item.clone(), &mut |body| {
            bodies.push_back(body.clone());
            regrouped(Delimiter::Brace, body, TokenStream::new())
        });
        (emptied, Self(bodies))
    }

    /// Puts the bodies back into the tokens of the block. They are the groups that they were, with
    /// the places of both braces: the compiler tells a mistake once that it finds there twice.
    pub(crate) fn put_back(mut self, block: TokenStream) -> TokenStream {
        with_bodies(block, &mut |empty| self.0.pop_front().unwrap_or_else(|| empty.clone()))
    }
}

fn regrouped(delimiter: Delimiter, group: &Group, inner: TokenStream) -> Group {
    let mut regrouped = Group::new(delimiter, inner);
    regrouped.set_span(group.span());
    regrouped
}

/// Returns items of a block with empty bodies.
pub(crate) fn emptied(items: TokenStream) -> TokenStream {
    with_bodies_of_items(items, &mut |body| regrouped(Delimiter::Brace, body, TokenStream::new()))
}

/// Returns a block with other bodies.
fn with_bodies(block: TokenStream, other: &mut dyn FnMut(&Group) -> Group) -> TokenStream {
    let mut tokens: Vec<TokenTree> = block.into_iter().collect();
    if let Some(TokenTree::Group(block)) = tokens.last_mut()
        && block.delimiter() == Delimiter::Brace
    {
        let items = with_bodies_of_items(block.stream(), other);
        *block = regrouped(Delimiter::Brace, block, items);
    }
    tokens.into_iter().collect()
}

/// Returns items with other braces at the end of each function.
fn with_bodies_of_items(items: TokenStream, other: &mut dyn FnMut(&Group) -> Group) -> TokenStream {
    let mut changed = TokenStream::new();
    // Between a `fn` and its body. Braces within `<..>` are constants of types there.
    let mut in_signature = false;
    let mut angles = 0_usize;
    let mut arrow = false;
    for token in items {
        let mut is_dash = false;
        match &token {
            TokenTree::Ident(ident) if ident == "fn" => (in_signature, angles) = (true, 0),
            TokenTree::Punct(punct) => match punct.as_char() {
                '<' => angles += 1,
                '>' if !arrow => angles = angles.saturating_sub(1),
                '-' => is_dash = punct.spacing() == Spacing::Joint,
                ';' => in_signature = false,
                // That of a constant, whose type is one of functions.
                '=' if angles == 0 => in_signature = false,
                _ => {}
            },
            TokenTree::Group(group) if in_signature && angles == 0 && is_body(group) => {
                in_signature = false;
                changed.extend([TokenTree::Group(other(group))]);
                arrow = false;
                continue;
            }
            _ => {}
        }
        arrow = is_dash;
        changed.extend([token]);
    }
    changed
}

/// Returns `true` for braces, also those that a macro has as a `$body:block`.
fn is_body(group: &Group) -> bool {
    let mut inner = group.stream().into_iter();
    match group.delimiter() {
        Delimiter::Brace => true,
        Delimiter::None => matches!(
            (inner.next(), inner.next()),
            (Some(TokenTree::Group(group)), None) if is_body(&group)
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};
    use syn::ItemImpl;

    use super::*;

    fn round_trip(item: TokenStream) -> (String, String) {
        let wanted = item.to_string();
        let (emptied, bodies) = Bodies::take(&item);
        let block: ItemImpl = syn::parse2(emptied).unwrap();
        (bodies.put_back(block.into_token_stream()).to_string(), wanted)
    }

    #[test]
    fn bodies_come_back_as_they_were() {
        let (found, wanted) = round_trip(quote! {
            #[doc = "a"]
            impl Chat<{ 1 }> {
                const A: [u8; { 2 }] = { [0; 2] };
                const F: fn(u8) -> u8 = { helper };
                fn a(&self, x: Row<{ 3 }>) -> Row<{ 4 }> where Self: Sized { x }
                async fn b(&self) -> Result<Vec<u8>, ()> { if 1 < 2 { Ok(vec![]) } else { Err(()) } }
                make! { fn c() { 1 } }
                fn d(&self) {}
                fn e(&self, f: fn(u8) -> u8) -> u8 { f(1) }
            }
        });
        assert_eq!(found, wanted);
    }

    #[test]
    fn the_body_of_a_macro_comes_back() {
        let body = Group::new(Delimiter::None, quote!({ 1 }));
        let (found, wanted) = round_trip(quote! {
            impl Chat {
                fn a(&self) -> u8 #body
                fn b(&self) -> u8 { 2 }
            }
        });
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_body_need_not_be_rust() {
        let (found, wanted) = round_trip(quote! {
            impl Chat {
                async fn send(&self) { let x = ; session. }
                async fn leave(&self) { Ok(()) }
            }
        });
        assert_eq!(found, wanted);
    }
}
