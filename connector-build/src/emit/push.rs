//! Messages that are pushed.

use connector_schema::model::Push;
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Path;

use super::json::Found;

/// The route of a message, if it has one.
pub(super) fn push(found: &Found<'_>, private: &Path) -> Option<TokenStream> {
    let Some(Push { route, code, .. }) = &found.message.push else { return None };
    let route = &route.value;
    let code = code.as_ref().map(|code| {
        let code = Literal::u16_unsuffixed(code.value);
        let some = quote!(::core::option::Option::Some(#code));
        quote!(const CODE: ::core::option::Option<#private::u16> = #some;)
    });
    let ident = found.ident;
    Some(quote! {
        impl #ident {
            /// The route that this message is pushed under.
            pub const ROUTE: #private::PushRoute<Self> = #private::PushRoute::new(#route);
        }
        impl #private::Push for #ident {
            const ROUTE: #private::PushRoute<Self> = Self::ROUTE;
            #code
        }
    })
}
