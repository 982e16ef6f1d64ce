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
                (None, quote!(&#private::Nothing {}))
            } else {
                (Some(quote!(, message: #input)), quote!(&message))
            };
            let call = |function| quote!(#private::#function(&self.client, #route, #message).await);
            let call = match (method.notify, method.returns_nothing()) {
                (true, _) => call(quote!(notify_message)),
                (false, true) => {
                    let answer = call(quote!(request_message));
                    quote!(#answer.map(|#private::Nothing {}| ()))
                }
                (false, false) => call(quote!(request_message)),
            };
            quote! {
                #docs
                ///
                /// # Errors
                /// Returns the answered error, or the reason why there is no answer.
                #deprecated
                pub async fn #name(&self #input)
                    -> ::core::result::Result<#output, #private::RequestError>
                {
                    #call
                }
            }
        });
        quote! {
            #[doc = #docs]
            #[cfg(not(target_family = "wasm"))]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            pub struct #client {
                client: #private::Client,
            }
            #[cfg(not(target_family = "wasm"))]
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
