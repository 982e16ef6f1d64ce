//! The routes of a service, as constants.

use connector_schema::model::Method;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::{Emit, routes_module};
use crate::names;

impl Emit<'_> {
    pub(super) fn routes(&self) -> TokenStream {
        let private = self.private;
        let module = routes_module(self.names);
        let docs = format!(" The routes of [`{}`].", self.names.ident);
        let routes = self.service.methods.iter().map(|method| {
            let docs = format!(" `{}`.", method.name.value);
            let name = constant(method);
            let route = &method.route.text.value;
            quote! {
                #[doc = #docs]
                pub const #name: &#private::str = #route;
            }
        });
        quote! {
            #[doc = #docs]
            pub mod #module {
                #(#routes)*
            }
        }
    }

    /// The constant of a method's route, relative to its package's module.
    pub(super) fn route(&self, method: &Method) -> TokenStream {
        let module = routes_module(self.names);
        let constant = constant(method);
        quote!(#module::#constant)
    }
}

/// The name of a method's constant.
fn constant(method: &Method) -> Ident {
    format_ident!("{}", names::constant(&method.name.value))
}
