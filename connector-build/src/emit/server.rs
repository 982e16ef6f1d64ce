//! The server's half of a service: a trait for the user to implement, and the
//! handler that calls it.

use connector_schema::model::{Method, Order};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::{Emit, call, routes_module};
use crate::docs;
use crate::prost_output::{MethodNames, ServiceNames};

impl Emit<'_> {
    pub(super) fn server_trait(&self) -> TokenStream {
        let private = self.private;
        let ident = &self.names.ident;
        let docs = docs::attributes(&self.names.docs);
        let methods = self.methods().map(|(method, names)| self.declaration(method, names));
        let server = server(self.names);
        let serve = format!(
            " Serve it with `.handler({server}::new(..))`; methods may be written as `async fn`."
        );
        let error = (!self.service.methods.is_empty()).then(|| {
            quote! {
                /// The error that the methods return: `HandlerError`, or a type of your own with
                /// `#[derive(RouteError)]`.
                type Error: #private::RouteError;
            }
        });
        quote! {
            #docs
            #[doc = ""]
            #[doc = #serve]
            pub trait #ident: #private::MaybeSend + #private::MaybeSync + 'static {
                #error
                #(#methods)*
            }
        }
    }

    fn declaration(&self, method: &Method, names: &MethodNames) -> TokenStream {
        let private = self.private;
        let MethodNames { ident, input, output, .. } = names;
        let input = (!method.takes_nothing()).then(|| quote!(, message: #input));
        let output = quote!(::core::result::Result<#output, Self::Error>);
        let docs = self.method_docs(method, names);
        let returns = if self.is_plain(method) {
            output
        } else {
            quote!(impl #private::Future<Output = #output> + #private::MaybeSend)
        };
        quote! {
            #docs
            fn #ident(&self, cx: #private::Cx<'_> #input) -> #returns;
        }
    }

    pub(super) fn server(&self) -> TokenStream {
        let private = self.private;
        let ident = &self.names.ident;
        let server = server(self.names);
        let docs = format!(" Serves a [`{ident}`] under its routes.");
        let on =
            format!(" Adds a filter of one route, of those in [`{}`].", routes_module(self.names));
        let handler = self.handler();
        quote! {
            #[doc = #docs]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            pub struct #server<T> {
                service: T,
                filters: #private::Filters,
            }
            impl<__T: #ident> #server<__T> {
                /// Creates a handler for a server's builder.
                pub const fn new(service: __T) -> Self {
                    Self { service, filters: #private::Filters::new() }
                }
                /// Adds a filter of all calls, behind those before.
                #[must_use]
                pub fn filter(self, filter: impl #private::Filter) -> Self {
                    let filters = self.filters.and(filter);
                    Self { filters, ..self }
                }
                #[doc = #on]
                #[must_use]
                pub fn filter_on(
                    self,
                    route: &'static #private::str,
                    filter: impl #private::Filter,
                ) -> Self {
                    let filters = self.filters.on(route, filter);
                    Self { filters, ..self }
                }
                /// Returns the service.
                pub const fn service(&self) -> &__T {
                    &self.service
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
        let specs = self
            .methods()
            .map(|(method, names)| spec(method, names, self.route(method), self.is_plain(method)));
        let call::Waiting { types, body, reply } = self.waiting();
        let plain = self.plain_calls();
        let key = self.keys();
        quote! {
            #types
            impl<__T: #ident> __private::Handler for #server<__T> {
                const ROUTES: &'static [__private::RouteSpec] = &[#(#specs,)*];
                fn filters(&self) -> __private::Filters {
                    ::core::clone::Clone::clone(&self.filters)
                }
                fn call<'a>(
                    &'a self,
                    index: __private::usize,
                    cx: __private::Cx<'a>,
                    body: __private::RawBody<'_>,
                ) -> impl __private::Future<Output: __private::Reply>
                    + __private::MaybeSend
                    + use<'a, __T>
                {
                    #body
                }
                #plain
                #key
            }
            #reply
        }
    }

    /// Returns `true` for a method that is a plain `fn`.
    pub(super) fn is_plain(&self, method: &Method) -> bool {
        let service = self.package.full_name(&self.service.name.value);
        self.plain.has(&service, &method.name.value)
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

fn spec(method: &Method, names: &MethodNames, route: TokenStream, plain: bool) -> TokenStream {
    let notify = method.notify.then(|| quote!(.notify()));
    let plain = plain.then(|| quote!(.plain()));
    let order = method.order.as_ref().map(|order| match &order.value {
        Order::Serial => quote!(.serial()),
        Order::Concurrent => quote!(.concurrent()),
        Order::Keyed(field) => quote!(.key(#field)),
    });
    let timeout = method.timeout.as_ref().map(|timeout| {
        let millis = Literal::u64_unsuffixed(timeout.value);
        quote!(.timeout(__private::Duration::from_millis(#millis)))
    });
    let code = method.code.as_ref().map(|code| Literal::u16_unsuffixed(code.value));
    let code = code.map(|code| quote!(.code(#code)));
    let docs = docs::text(&names.docs);
    let docs = (!docs.is_empty()).then(|| quote!(.docs(#docs)));
    quote!(__private::RouteSpec::new(#route) #notify #plain #order #timeout #code #docs)
}
