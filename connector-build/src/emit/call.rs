//! The calls of a handler: those that may wait, the plain ones, and their keys.

use connector_schema::model::{Method, Order};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Ident;

use super::keys::key_function;
use super::{Emit, paths};
use crate::prost_output::MethodNames;

/// The parts of a handler that call methods which may wait.
pub(super) struct Waiting {
    /// The messages and the answers.
    pub(super) types: TokenStream,
    /// The body of `Handler::call`.
    pub(super) body: TokenStream,
    /// The impl that writes answers.
    pub(super) reply: TokenStream,
}

/// A method that may wait, with its place among the routes.
struct Call<'a> {
    index: Literal,
    variant: Ident,
    method: &'a Method,
    names: &'a MethodNames,
}

impl Emit<'_> {
    /// The calls of the methods that may wait. Services without such need the types too.
    pub(super) fn waiting(&self) -> Waiting {
        let calls: Vec<_> = self.calls(false).collect();
        let takes = calls.iter().map(Call::takes);
        let returns = calls.iter().map(Call::returns);
        let reads = calls.iter().map(Call::read);
        let arms = calls.iter().map(|call| self.arm(call));
        let writes = calls.iter().map(Call::write);
        Waiting {
            types: quote! {
                enum __Call { #(#takes,)* }
                enum __Answer { #(#returns,)* }
            },
            body: quote! {
                let call: ::core::result::Result<__Call, __private::HandlerError> = match index {
                    #(#reads,)*
                    _ => ::core::result::Result::Err(__private::HandlerError::failed()),
                };
                let service = &self.service;
                async move {
                    let answer: ::core::result::Result<__Answer, __private::HandlerError> =
                        match call? { #(#arms)* };
                    answer
                }
            },
            reply: quote! {
                impl __private::Reply for __Answer {
                    fn reply(
                        self,
                        body: &mut __private::BodyWriter<'_>,
                    ) -> ::core::result::Result<(), __private::HandlerError> {
                        match self { #(#writes,)* }
                    }
                }
            },
        }
    }

    /// The calls of the methods that are plain functions, if there are any.
    pub(super) fn plain_calls(&self) -> Option<TokenStream> {
        let ident = &self.names.ident;
        let arms: Vec<_> = self
            .calls(true)
            .map(|Call { index, method, names, .. }| {
                let name = &names.ident;
                let message =
                    (!method.takes_nothing()).then(|| quote!(, __private::read(cx, body)?));
                let call = quote!(<__T as #ident>::#name(&self.service, *cx #message));
                let body = (!method.returns_nothing()).then(|| quote!(.map(__private::Body)));
                quote! {
                    #index => __private::answer(respond, || ::core::result::Result::Ok(#call #body)),
                }
            })
            .collect();
        (!arms.is_empty()).then(|| {
            quote! {
                fn call_plain(
                    &self,
                    index: __private::usize,
                    cx: &__private::Cx<'_>,
                    body: __private::RawBody<'_>,
                    respond: &mut __private::Respond<'_>,
                ) {
                    match index {
                        #(#arms)*
                        _ => respond.reply(__private::HandlerError::failed()),
                    }
                }
            }
        })
    }

    /// The keys of the methods that are ordered by a field, if there are any.
    pub(super) fn keys(&self) -> Option<TokenStream> {
        let arms: Vec<_> = self
            .methods()
            .enumerate()
            .filter_map(|(index, (method, names))| {
                let Order::Keyed(path) = &method.order.as_ref()?.value else { return None };
                let index = Literal::usize_unsuffixed(index);
                let input = &names.input;
                let add = key_function(path);
                Some(quote! {
                    #index => {
                        let message: #input = __private::read(cx, body)?;
                        message.#add(key);
                    }
                })
            })
            .collect();
        (!arms.is_empty()).then(|| {
            quote! {
                fn key(
                    index: __private::usize,
                    cx: &__private::Cx<'_>,
                    body: __private::RawBody<'_>,
                    key: &mut __private::KeyHasher<'_>,
                ) -> ::core::result::Result<(), __private::HandlerError> {
                    match index {
                        #(#arms)*
                        _ => {}
                    }
                    ::core::result::Result::Ok(())
                }
            }
        })
    }

    fn calls(&self, plain: bool) -> impl Iterator<Item = Call<'_>> {
        let calls = self.methods().enumerate().map(|(index, (method, names))| Call {
            index: Literal::usize_unsuffixed(index),
            variant: paths::ident(&method.name.value),
            method,
            names,
        });
        calls.filter(move |call| self.is_plain(call.method) == plain)
    }

    /// The arm that calls a method.
    fn arm(&self, Call { variant, method, names, .. }: &Call<'_>) -> TokenStream {
        let ident = &self.names.ident;
        let name = &names.ident;
        let takes = !method.takes_nothing();
        let pattern = takes.then(|| quote!((message)));
        let message = takes.then(|| quote!(, message));
        let answer = if method.returns_nothing() {
            quote!(|()| __Answer::#variant)
        } else {
            quote!(__Answer::#variant)
        };
        quote! {
            __Call::#variant #pattern => <__T as #ident>::#name(service, cx #message)
                .await
                .map(#answer)
                .map_err(__private::RouteError::into_answer),
        }
    }
}

impl Call<'_> {
    fn takes(&self) -> TokenStream {
        let Self { variant, method, names, .. } = self;
        let input = &names.input;
        let message = (!method.takes_nothing()).then(|| quote!((#input)));
        quote!(#variant #message)
    }

    fn returns(&self) -> TokenStream {
        let Self { variant, method, names, .. } = self;
        let output = &names.output;
        let message = (!method.returns_nothing()).then(|| quote!((#output)));
        quote!(#variant #message)
    }

    fn read(&self) -> TokenStream {
        let Self { index, variant, method, .. } = self;
        if method.takes_nothing() {
            quote!(#index => ::core::result::Result::Ok(__Call::#variant))
        } else {
            quote!(#index => __private::read(&cx, body).map(__Call::#variant))
        }
    }

    fn write(&self) -> TokenStream {
        let Self { variant, method, .. } = self;
        if method.returns_nothing() {
            quote!(Self::#variant => __private::Reply::reply((), body))
        } else {
            let body = quote!(__private::Body(message));
            quote!(Self::#variant(message) => __private::Reply::reply(#body, body))
        }
    }
}
