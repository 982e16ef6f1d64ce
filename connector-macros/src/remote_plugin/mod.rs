//! `#[remote_plugin]`

mod check;
mod expand;
mod model;
mod names;
mod parse;
mod profile;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::ctxt::Ctxt;

/// The client in the place of the trait, or the trait's errors beside a client that does
/// nothing.
pub(crate) fn remote_plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    let cx = Ctxt::new();
    let Some(declaration) = parse::declaration(&cx, &item) else {
        return cx.beside(item);
    };
    let input = parse::parse(&cx, args, declaration);
    let model = check::check(&cx, &input);
    cx.expansion(model, |model| expand::expand(&input, &model), || expand::stand_in(&input))
}
