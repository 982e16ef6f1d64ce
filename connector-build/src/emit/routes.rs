//! The routes of a service, as constants.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::{Emit, routes_module};
use crate::rust::MethodNames;

impl Emit<'_> {
    pub(super) fn routes(&self) -> TokenStream {
        let private = self.private;
        let module = routes_module(self.names);
        let docs = format!(" The routes of [`{0}`](super::{0}).", self.names.ident);
        let routes = self.methods().map(|(method, names)| {
            let docs = format!(" `{}`.", method.name.text);
            let (name, route) = (constant(names), &method.route.word.text);
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

    /// The constant of a method's route, as seen from its package's module.
    pub(super) fn route(&self, names: &MethodNames) -> TokenStream {
        let (module, constant) = (routes_module(self.names), constant(names));
        quote!(#module::#constant)
    }
}

fn constant(names: &MethodNames) -> Ident {
    let name = names.ident.to_string();
    format_ident!("{}", name.trim_start_matches("r#").to_uppercase())
}
