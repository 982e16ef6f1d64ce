//! `#[derive(RouteError)]`

mod check;
mod expand;
mod message;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::container::derive_with;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    derive_with(
        input,
        parse::parse,
        |cx, container, input| {
            let model = check::check(cx, container, input);
            cx.is_clean().then(|| expand::expand(container, &model))
        },
        |container, _| expand::stand_in(container),
    )
}
