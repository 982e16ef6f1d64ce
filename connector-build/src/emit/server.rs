//! The server's half of a service: a trait for the user to implement, and the
//! handler that calls it.

use connector_schema::model::Method;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::{Emit, paths};
use crate::docs;
use crate::prost_output::{MethodNames, ServiceNames};

impl Emit<'_> {
    pub(super) fn server_trait(&self) -> TokenStream {
        let private = self.private;
        let ident = &self.names.ident;
        let docs = docs::attributes(&self.names.docs);
        let methods = self.methods().map(|(method, names)| {
            let MethodNames { ident, input, .. } = names;
            let input = (!method.takes_nothing()).then(|| quote!(, message: #input));
            let output = self.output(method, names);
            let docs = self.method_docs(method, names);
            quote! {
                #docs
                fn #ident(&self, cx: #private::Cx<'_> #input)
                    -> impl #private::Future<Output = #output> + #private::MaybeSend;
            }
        });
        let server = server(self.names);
        let serve = format!(
            " Serve it with `.handler({server}::new(..))`; methods may be written as `async fn`."
        );
        quote! {
            #docs
            #[doc = ""]
            #[doc = #serve]
            pub trait #ident: #private::MaybeSend + #private::MaybeSync + 'static {
                #(#methods)*
            }
        }
    }

    pub(super) fn server(&self) -> TokenStream {
        let private = self.private;
        let ident = &self.names.ident;
        let server = server(self.names);
        let docs = format!(" Serves a [`{ident}`] under its routes.");
        let handler = self.handler();
        quote! {
            #[doc = #docs]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            pub struct #server<T>(T);
            impl<T: #ident> #server<T> {
                /// Creates a handler for a server's builder.
                pub const fn new(service: T) -> Self {
                    Self(service)
                }
                /// Returns the service.
                pub const fn service(&self) -> &T {
                    &self.0
                }
            }
            const _: () = {
                use #private as __private;
                #handler
            };
        }
    }

    /// The handler: it reads the message before the first poll, calls the
    /// method when polled, and writes the answer on request.
    fn handler(&self) -> TokenStream {
        let ident = &self.names.ident;
        let server = server(self.names);
        let specs = self.methods().map(|(method, names)| spec(method, names, self.route(method)));
        let mut takes = Vec::new();
        let mut returns = Vec::new();
        let mut reads = Vec::new();
        let mut calls = Vec::new();
        let mut writes = Vec::new();
        for (index, (method, names)) in self.methods().enumerate() {
            let MethodNames { ident: name, input, output, .. } = names;
            let variant = paths::ident(&method.name.value);
            let index = Literal::usize_unsuffixed(index);
            let (read, message) = if method.takes_nothing() {
                takes.push(quote!(#variant));
                (quote!(::core::result::Result::Ok(__Call::#variant)), None)
            } else {
                takes.push(quote!(#variant(#input)));
                (quote!(__private::read(&cx, body).map(__Call::#variant)), Some(quote!(message)))
            };
            reads.push(quote!(#index => #read));
            let pattern = message.as_ref().map(|message| quote!((#message)));
            let message = message.map(|message| quote!(, #message));
            let call = quote!(<T as #ident>::#name(service, cx #message).await);
            calls.push(match (method.notify, method.returns_nothing()) {
                (true, _) => quote! {
                    __Call::#variant #pattern => {
                        #call;
                        ::core::result::Result::Ok(__Answer::#variant)
                    }
                },
                (false, true) => {
                    quote!(__Call::#variant #pattern => #call.map(|()| __Answer::#variant),)
                }
                (false, false) => {
                    quote!(__Call::#variant #pattern => #call.map(__Answer::#variant),)
                }
            });
            if method.notify || method.returns_nothing() {
                returns.push(quote!(#variant));
                writes.push(quote!(Self::#variant => __private::Reply::reply((), body)));
            } else {
                returns.push(quote!(#variant(#output)));
                let body = quote!(__private::Body(message));
                writes
                    .push(quote!(Self::#variant(message) => __private::Reply::reply(#body, body)));
            }
        }
        quote! {
            enum __Call { #(#takes,)* }
            enum __Answer { #(#returns,)* }
            impl<T: #ident> __private::Handler for #server<T> {
                const ROUTES: &'static [__private::RouteSpec] = &[#(#specs,)*];
                fn call<'a>(
                    &'a self,
                    index: __private::usize,
                    cx: __private::Cx<'a>,
                    body: &[__private::u8],
                ) -> impl __private::Future<Output: __private::Reply>
                    + __private::MaybeSend
                    + use<'a, T>
                {
                    // Services without methods need the types.
                    let call: ::core::result::Result<__Call, __private::HandlerError> = match index {
                        #(#reads,)*
                        _ => ::core::result::Result::Err(__private::HandlerError::failed()),
                    };
                    let service = &self.0;
                    async move {
                        let answer: ::core::result::Result<__Answer, __private::HandlerError> =
                            match call? { #(#calls)* };
                        answer
                    }
                }
            }
            impl __private::Reply for __Answer {
                fn reply(
                    self,
                    body: &mut __private::BodyWriter<'_>,
                ) -> ::core::result::Result<(), __private::HandlerError> {
                    match self { #(#writes,)* }
                }
            }
        }
    }

    fn output(&self, method: &Method, names: &MethodNames) -> TokenStream {
        let private = self.private;
        let output = &names.output;
        if method.notify {
            quote!(())
        } else {
            quote!(::core::result::Result<#output, #private::HandlerError>)
        }
    }

    /// A method's documentation, with its route.
    pub(super) fn method_docs(&self, method: &Method, names: &MethodNames) -> TokenStream {
        let docs = docs::attributes(&names.docs);
        let blank = (!names.docs.is_empty()).then(|| quote!(#[doc = ""]));
        let kind = if method.notify { ", which is not answered" } else { "" };
        let route = format!(" Route `{}`{kind}.", method.route.text.value);
        quote!(#docs #blank #[doc = #route])
    }
}

fn server(names: &ServiceNames) -> Ident {
    format_ident!("{}Server", names.stem)
}

fn spec(method: &Method, names: &MethodNames, route: TokenStream) -> TokenStream {
    let notify = method.notify.then(|| quote!(.notify()));
    let code = method.code.as_ref().map(|code| Literal::u16_unsuffixed(code.value));
    let code = code.map(|code| quote!(.code(#code)));
    let docs = docs::text(&names.docs);
    let docs = (!docs.is_empty()).then(|| quote!(.docs(#docs)));
    quote!(__private::RouteSpec::new(#route) #notify #code #docs)
}
