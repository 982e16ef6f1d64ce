//! `#[derive(Connector)]`

mod check;
mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::ctxt::Ctxt;

/// The impls for `input`, or its errors beside impls that do nothing.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let cx = Ctxt::new();
    let (target, private, input) = parse::parse(&cx, input);
    let model = check::check(&cx, &target, input.as_ref());
    match (cx.finish(), model) {
        (Ok(()), Some(model)) => expand::expand(&target, &private, &model),
        (Ok(()), None) => TokenStream::new(),
        (Err(errors), _) => {
            let stand_in = expand::stand_in(&target, &private, input.as_ref());
            quote::quote!(#errors #stand_in)
        }
    }
}
