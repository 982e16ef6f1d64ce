//! `#[plugin]` and the attributes in it

mod arguments;
mod check;
mod expand;
mod model;
mod names;
mod parse;
mod profile;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;

/// The `impl` block without our attributes, with its impls or its errors.
pub(crate) fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
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
