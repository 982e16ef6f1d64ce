//! The client's half of a service.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::Emit;
use crate::prost_output::MethodNames;

impl Emit<'_> {
    pub(super) fn client(&self) -> TokenStream {
        let private = self.private;
        let ident = &self.names.ident;
        let client = format_ident!("{}Client", self.names.stem);
        let docs = format!(" Calls the methods of a [`{ident}`] at the other end of a connection.");
        let methods = self.methods().map(|(method, names)| {
            let MethodNames { input, output, .. } = names;
            let docs = self.method_docs(method, names);
            let deprecated = method.deprecated.then(|| quote!(#[deprecated]));
            let name = method_name(names);
            let route = self.route(method);
            let (input, message) = if method.takes_nothing() {
                (None, quote!(()))
            } else {
                (Some(quote!(, message: #input)), quote!(#private::Body(message)))
            };
            let send = if method.notify { quote!(notify) } else { quote!(request) };
            let unwrap = (!method.notify && !method.returns_nothing())
                .then(|| quote!(.map(|#private::Body(answer)| answer)));
            quote! {
                #docs
                ///
                /// # Errors
                /// Returns the answered error, or the reason why there is no answer.
                #deprecated
                pub async fn #name(&self #input)
                    -> ::core::result::Result<#output, #private::RequestError>
                {
                    self.client.#send(#route, #message).await #unwrap
                }
            }
        });
        quote! {
            #[doc = #docs]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            pub struct #client {
                client: #private::Client,
            }
            impl #client {
                /// Creates a client that shares this connection, and keeps it open.
                pub fn new(client: &#private::Client) -> Self {
                    Self { client: ::core::clone::Clone::clone(client) }
                }
                #(#methods)*
            }
        }
    }
}

/// A client has a function `new` already.
fn method_name(names: &MethodNames) -> Ident {
    if names.ident == "new" { format_ident!("new_") } else { names.ident.clone() }
}
