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
use quote::{ToTokens, quote};

use crate::ctxt::Ctxt;

/// The `impl` block without our attributes, with its impls or its errors.
pub(crate) fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    let cx = Ctxt::new();
    let Some((mut block, bodies)) = parse::BLOCK.parse(&cx, &item) else {
        return cx.beside(item);
    };
    let input = parse::parse(&cx, args, &mut block);
    let model = check::check(&cx, &input);
    let expansion =
        cx.expansion(model, |model| expand::expand(&input, &model), || expand::stand_in(&input));
    let block = bodies.put_back(block.into_token_stream());
    quote!(#block #expansion)
}
