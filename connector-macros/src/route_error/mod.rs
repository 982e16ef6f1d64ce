//! `#[derive(RouteError)]`

mod check;
mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::ctxt::Ctxt;

/// The impl for `input`, or its errors beside an impl that does nothing.
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
            let stand_in = expand::stand_in(&target, &private);
            quote::quote!(#errors #stand_in)
        }
    }
}
