//! `#[handler]` and `#[route]`

mod body;
mod check;
mod expand;
mod key;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::ctxt::Ctxt;
use crate::symbol::{HANDLER, ROUTE};

/// The `impl` block without our attributes, with its `impl Handler` or its
/// errors.
pub(crate) fn handler(args: TokenStream, item: TokenStream) -> TokenStream {
    let cx = Ctxt::new();
    let Some(mut parsed) = parse::BLOCK.parse(&cx, &item) else {
        return cx.beside(item);
    };
    let input = parse::parse(&cx, args, &mut parsed);
    let model = check::check(&cx, &input);
    let expansion =
        cx.expansion(model, |model| expand::expand(&input, &model), || expand::stand_in(&input));
    let block = parsed.into_tokens();
    quote!(#block #expansion)
}

/// The item of a `#[route]` that is not in a `#[handler]`, with an error.
pub(crate) fn stray_route(item: TokenStream) -> TokenStream {
    let message = format!(
        "`#[{ROUTE}]` works only in a handler: put `#[{HANDLER}(\"server.handler\")]` on the \
         `impl` block around the method"
    );
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote!(#item #error)
}
