//! From what is meant to the impl.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::model::{Input, Model, Route};
use crate::krate::{Private, ends, generated_at};
use crate::target::nth;

pub(crate) fn expand(private: &Private, model: &Model) -> TokenStream {
    let specs = model.routes.iter().map(|route| spec(private, route));
    let body = body(private, &model.routes);
    let reply = reply_enum(private, model.routes.len());
    let handler = handler_impl(private, &model.self_ty, &quote!(#(#specs,)*), &body);
    quote! {
        const _: () = {
            #reply
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
    self_ty: &syn::Type,
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

/// One type for what all methods take, and again for what they return: a
/// variant a route, generic so that none of the types need be written.
fn reply_enum(private: &Private, routes: usize) -> TokenStream {
    let types: Vec<_> = (0..routes).map(|index| nth("T", index)).collect();
    let names: Vec<_> = (0..routes).map(variant).collect();
    quote! {
        enum __Route<#(#types),*> {
            #(#names(#types),)*
        }
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl<#(#types: #private::Reply),*> #private::Reply for __Route<#(#types),*> {
            fn reply(
                self,
                __body: &mut #private::ReplyBody<'_>,
            ) -> #private::Result<(), #private::HandlerError> {
                match self {
                    #(Self::#names(__reply) => #private::Reply::reply(__reply, __body),)*
                }
            }
        }
    }
}

/// Reads what the methods take at once, and calls them when polled.
fn body(private: &Private, routes: &[Route]) -> TokenStream {
    let reads = routes.iter().enumerate().map(|(index, route)| read(private, routes, index, route));
    let calls = routes.iter().enumerate().map(|(index, route)| call(private, index, route));
    let ok = quote!(#private::Result::<_, #private::HandlerError>::Ok);
    quote! {
        let __args = (|| #ok(match __index {
            #(#reads)*
            _ => return #private::Result::Err(#private::HandlerError::failed()),
        }))();
        async move {
            #ok(match __args? {
                #(#calls)*
            })
        }
    }
}

fn read(private: &Private, routes: &[Route], index: usize, route: &Route) -> TokenStream {
    let variant = variant(index);
    let pattern = pattern(private, &routes[..index]);
    let args = route.args.iter().map(|ty| {
        let place = ends(ty);
        let private = private.at(place.first);
        quote_spanned! {place.last=>
            <#ty as #private::FromCall<'_>>::from_call(&__cx, __body)?,
        }
    });
    let Some(predicate) = &route.cfg else {
        return quote!(#pattern => __Route::#variant((#(#args)*)),);
    };
    // Where there is no such route, its variant still needs a type.
    quote! {
        #[cfg(#predicate)]
        #pattern => __Route::#variant((#(#args)*)),
        #[cfg(not(#predicate))]
        _ if false => __Route::#variant(()),
    }
}

fn call(private: &Private, index: usize, route: &Route) -> TokenStream {
    let Route { method, args, reply, cfg, .. } = route;
    let variant = variant(index);
    let names: Vec<_> = (0..args.len()).map(|index| nth("__", index)).collect();
    // A future that is not `Send` is shown at the method's name, a type that is
    // no reply where it is written.
    let at_name = generated_at(method.span());
    let private_at_name = private.at(at_name);
    let called =
        quote_spanned!(at_name=> #private_at_name::sendable(Self::#method(self #(, #names)*)).await);
    let reply = match reply {
        Some(ty) => quote!(<#ty as #private::Reply>),
        None => quote!(#private::Reply),
    };
    let replied = quote!(#private::Answer(#called, #reply::reply));
    let Some(predicate) = cfg else {
        return quote!(__Route::#variant((#(#names,)*)) => __Route::#variant(#replied),);
    };
    quote! {
        #[cfg(#predicate)]
        __Route::#variant((#(#names,)*)) => __Route::#variant(#replied),
        #[cfg(not(#predicate))]
        __Route::#variant(__none) => __Route::#variant(__none),
    }
}

/// Matches the place of the route behind `earlier` ones in `ROUTES`, some of
/// which may not exist.
fn pattern(private: &Private, earlier: &[Route]) -> TokenStream {
    let certain = earlier.iter().filter(|route| route.cfg.is_none()).count();
    let certain = Literal::usize_unsuffixed(certain);
    let predicates: Vec<_> = earlier.iter().filter_map(|route| route.cfg.as_ref()).collect();
    if predicates.is_empty() {
        return quote!(#certain);
    }
    quote!(_ if __index == #certain #(+ ::core::cfg!(#predicates) as #private::usize)*)
}

fn variant(index: usize) -> Ident {
    format_ident!("R{index}")
}
