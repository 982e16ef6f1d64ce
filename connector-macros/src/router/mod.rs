//! `#[derive(Router)]`

mod check;
mod expand;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::container::derive_with;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    derive_with(
        input,
        parse::parse,
        |cx, container, fields| {
            let handlers = check::check(cx, container, fields);
            cx.is_clean().then(|| expand::expand(container, &handlers))
        },
        |container, _| expand::stand_in(container),
    )
}
