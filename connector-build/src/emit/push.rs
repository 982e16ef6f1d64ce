//! Messages that are pushed.

use connector_schema::model::Push;
use proc_macro2::Literal;
use quote::quote;
use syn::{Item, Path, parse_quote};

use super::json::Found;

/// The route of a message, if it has one.
pub(super) fn push(found: &Found<'_>, private: &Path) -> Vec<Item> {
    let Some(Push { route, code, .. }) = &found.message.push else { return Vec::new() };
    let route = &route.value;
    let code = code.as_ref().map(|code| {
        let code = Literal::u16_unsuffixed(code.value);
        let some = quote!(::core::option::Option::Some(#code));
        quote!(const CODE: ::core::option::Option<#private::u16> = #some;)
    });
    let ident = found.ident;
    let own = parse_quote! {
        impl #ident {
            /// The route that this message is pushed under.
            pub const ROUTE: #private::PushRoute<Self> = #private::PushRoute::new(#route);
        }
    };
    let push = parse_quote! {
        impl #private::Push for #ident {
            const ROUTE: #private::PushRoute<Self> = Self::ROUTE;
            #code
        }
    };
    vec![own, push]
}
