//! Messages that are pushed.

use quote::quote;
use syn::{Item, Path, parse_quote};

use super::json::{Messages, for_each_message};

/// Adds the route to each message that is pushed.
pub(super) fn add(items: &mut Vec<Item>, messages: &Messages<'_>, private: &Path) {
    for_each_message(items, messages, &mut |found, more| {
        let Some(push) = &found.message.push else { return };
        let (ident, route) = (found.ident, &push.text);
        let code = found.message.push_code.as_ref();
        let code = code.and_then(|code| u16::try_from(code.number).ok()).map(|code| {
            let code = proc_macro2::Literal::u16_unsuffixed(code);
            quote! {
                const CODE: ::core::option::Option<#private::u16> = ::core::option::Option::Some(#code);
            }
        });
        more.push(parse_quote! {
            impl #private::Push for #ident {
                const ROUTE: &'static #private::str = #route;
                #code
            }
        });
    });
}
