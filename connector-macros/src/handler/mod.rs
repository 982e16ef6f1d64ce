//! `#[handler]` and `#[route]`

mod check;
mod expand;
mod lifetimes;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::ctxt::Ctxt;
use crate::symbol::HANDLER;

/// The `impl` block without our attributes, and what makes it a handler or
/// says why it is none.
pub(crate) fn handler(args: TokenStream, item: TokenStream) -> TokenStream {
    let cx = Ctxt::new();
    let Some(mut block) = parse::block(&cx, &item) else {
        return match cx.finish() {
            Ok(()) => item,
            Err(errors) => quote!(#item #errors),
        };
    };
    let input = parse::parse(&cx, args, &mut block);
    let model = check::check(&cx, &input);
    let expansion = match (cx.finish(), model) {
        (Ok(()), Some(model)) => expand::expand(&input.private, &model),
        (Ok(()), None) => TokenStream::new(),
        (Err(errors), _) => {
            let stand_in = expand::stand_in(&input);
            quote!(#errors #stand_in)
        }
    };
    quote!(#block #expansion)
}

/// A `#[route]` that no `#[handler]` has taken away: its item, and what is
/// missing.
pub(crate) fn stray_route(item: TokenStream) -> TokenStream {
    let message = format!(
        "a route is a method of a handler: put `#[{HANDLER}(\"server.handler\")]` on the `impl` \
         block that it stands in"
    );
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote!(#item #error)
}
