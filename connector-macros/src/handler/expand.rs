//! From what is meant to the impl.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Type, parse_quote};

use super::model::{Input, Model, Route};
use crate::private::Private;
use crate::span::{ends, generated_at};
use crate::target::nth;

pub(crate) fn expand(private: &Private, model: &Model) -> TokenStream {
    let routes = &*model.routes;
    let specs = routes.iter().map(|route| spec(private, route));
    let handler =
        handler_impl(private, &model.self_ty, &quote!(#(#specs,)*), &body(private, routes));
    let (types, variants) = ((0..routes.len()).map(generic), (0..routes.len()).map(variant));
    let variant_types = types.clone();
    // A variant a route, first for what its method takes, then for what that
    // returns. It is generic, so that none of these types need be written out.
    quote! {
        const _: () = {
            enum __Route<#(#types),*> {
                #(#variants(#variant_types),)*
            }
            #handler
        };
    }
}

/// What keeps the rest of a user's crate free of errors that follow from the
/// one that is told.
pub(crate) fn stand_in(input: &Input) -> TokenStream {
    if input.of_trait || !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = &input.private;
    let body = quote!(async move { #private::HandlerError::failed() });
    handler_impl(private, &input.self_ty, &quote!(), &body)
}

fn handler_impl(
    private: &Private,
    self_ty: &Type,
    specs: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        #[allow(deprecated, elided_lifetimes_in_paths)]
        impl #private::Handler for #self_ty {
            const ROUTES: &'static [#private::RouteSpec] = &[#specs];
            fn call<'__call>(
                &'__call self,
                __index: #private::usize,
                __cx: #private::Cx<'__call>,
                __body: &[#private::u8],
            ) -> impl #private::Future<Output: #private::Reply> + #private::MaybeSend + use<'__call>
            {
                #body
            }
        }
    }
}

fn spec(private: &Private, route: &Route) -> TokenStream {
    let Route { route: name, docs, cfg, .. } = route;
    let cfg = cfg.as_ref().map(|predicate| quote!(#[cfg(#predicate)]));
    let notify = route.notify.then(|| quote!(.notify()));
    let concurrent = route.concurrent.then(|| quote!(.concurrent()));
    let code = route.code.map(|code| quote!(.code(#code)));
    let docs = (!docs.is_empty()).then(|| quote!(.docs(#docs)));
    quote!(#cfg #private::RouteSpec::new(#name) #notify #concurrent #code #docs)
}

/// Reads what a method takes at once; calls it when polled; writes what it
/// returned when asked to.
fn body(private: &Private, routes: &[Route]) -> TokenStream {
    let (mut reads, mut calls, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for (index, route) in routes.iter().enumerate() {
        reads.push(read(private, routes, index));
        calls.push(call(private, index, route));
        writes.push(write(private, index, route));
    }
    let ok = quote!(#private::Result::<_, #private::HandlerError>::Ok);
    quote! {
        let __args = (|| #ok(match __index {
            #(#reads)*
            _ => return #private::Result::Err(#private::HandlerError::failed()),
        }))();
        async move {
            let __reply = match __args? {
                #(#calls)*
            };
            #ok(#private::answer(__reply, |__reply, __body| match __reply {
                #(#writes)*
            }))
        }
    }
}

fn read(private: &Private, routes: &[Route], index: usize) -> TokenStream {
    let (route, variant) = (&routes[index], variant(index));
    let pattern = pattern(private, &routes[..index]);
    let args = route.args.iter().map(|ty| {
        let place = ends(ty);
        let private = private.at(place.first);
        quote_spanned!(place.last=> <#ty as #private::FromCall<'_>>::from_call(&__cx, __body)?,)
    });
    either(
        route,
        quote!(#pattern => __Route::#variant((#(#args)*)),),
        quote!(_ if false => __Route::#variant(()),),
    )
}

fn call(private: &Private, index: usize, route: &Route) -> TokenStream {
    let (method, variant) = (&route.method, variant(index));
    let args: Vec<_> = (0..route.args.len()).map(|index| nth("__", index)).collect();
    // A future that is not `Send` is shown at the method's name.
    let place = generated_at(method.span());
    let private = private.at(place);
    let called = quote_spanned!(place=> #private::sendable(Self::#method(self #(, #args)*)).await);
    either(
        route,
        quote!(__Route::#variant((#(#args,)*)) => __Route::#variant(#called),),
        quote!(__Route::#variant(__none) => __Route::#variant(__none),),
    )
}

fn write(private: &Private, index: usize, route: &Route) -> TokenStream {
    let variant = variant(index);
    let inferred = parse_quote!(_);
    let arm = |ty: &Type| {
        quote! {
            __Route::#variant(__reply) => <#ty as #private::Reply>::reply(__reply, __body),
        }
    };
    // A type that is no reply is shown where it is written.
    either(route, arm(route.reply.as_ref().unwrap_or(&inferred)), arm(&parse_quote!(())))
}

/// One of two match arms, by whether there is such a route. Where there is
/// none, its variant still needs a type.
fn either(route: &Route, arm: TokenStream, without: TokenStream) -> TokenStream {
    match &route.cfg {
        Some(predicate) => quote! {
            #[cfg(#predicate)]
            #arm
            #[cfg(not(#predicate))]
            #without
        },
        None => arm,
    }
}

/// Matches the place in `ROUTES` behind `earlier` ones, some of which may not
/// exist.
fn pattern(private: &Private, earlier: &[Route]) -> TokenStream {
    let certain = earlier.iter().filter(|route| route.cfg.is_none()).count();
    let certain = Literal::usize_unsuffixed(certain);
    let predicates: Vec<_> = earlier.iter().filter_map(|route| route.cfg.as_ref()).collect();
    if predicates.is_empty() {
        return quote!(#certain);
    }
    quote!(_ if __index == #certain #(+ ::core::cfg!(#predicates) as #private::usize)*)
}

fn generic(index: usize) -> Ident {
    nth("T", index)
}

fn variant(index: usize) -> Ident {
    nth("R", index)
}
