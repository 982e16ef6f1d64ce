//! Messages that are pushed.

use proc_macro2::Literal;
use quote::quote;
use syn::{Item, Path, parse_quote};

use super::json::Found;

/// The route of a message, if it has one.
pub(super) fn push(found: &Found<'_>, private: &Path) -> Option<Item> {
    let route = &found.message.push.as_ref()?.text;
    let code = found.message.push_code.as_ref();
    let code = code.and_then(|code| u16::try_from(code.number).ok()).map(|code| {
        let code = Literal::u16_unsuffixed(code);
        let some = quote!(::core::option::Option::Some(#code));
        quote!(const CODE: ::core::option::Option<#private::u16> = #some;)
    });
    let ident = found.ident;
    Some(parse_quote! {
        impl #private::Push for #ident {
            const ROUTE: &'static #private::str = #route;
            #code
        }
    })
}
