//! From the checked handler to the impl.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Path, Type};

use super::model::{Argument, Input, Key, Model, Route};
use crate::lifetimes::call_lifetime;
use crate::method;
use crate::private::Private;
use crate::span::{ends, generated_at, nth};

pub(crate) fn expand(input: &Input, model: &Model<'_>) -> TokenStream {
    let private = &input.private;
    let guard = input.block.guard();
    let routes: Vec<_> =
        model.routes.iter().enumerate().map(|(index, route)| Entry::new(index, route)).collect();
    let enums = enums(&routes);
    let specs = routes.iter().map(|route| spec(private, route));
    let associated = Associated {
        specs: quote!(#(#specs)*),
        filters: filters(private, model.filters, &routes),
        body: body(private, &routes, guard.as_ref()),
        plain: plain(private, &routes),
        key: key(private, &routes),
    };
    let handler = associated.into_impl(private, &model.self_ty);
    quote! {
        const _: () = {
            #enums
            #handler
        };
    }
}

/// A route and its generated names.
struct Entry<'a> {
    route: &'a Route,
    /// The variant of `__Args` and `__Reply`.
    variant: Ident,
    /// `#[cfg(..)]`, in front of each of its generated parts.
    cfg: Option<TokenStream>,
    /// The return type, which may be a type parameter.
    reply: TokenStream,
}

impl<'a> Entry<'a> {
    fn new(index: usize, route: &'a Route) -> Self {
        let parameter = nth("T", index);
        Self {
            route,
            variant: nth("R", index),
            cfg: route.cfg.as_ref().map(|predicate| quote!(#[cfg(#predicate)])),
            reply: route.reply.clone().unwrap_or_else(|| quote!(#parameter)),
        }
    }
}

/// An impl that keeps the rest of a user's crate free of errors that follow
/// from the reported one.
pub(crate) fn stand_in(input: &Input) -> TokenStream {
    if !input.block.is_plain() {
        return TokenStream::new();
    }
    let private = &input.private;
    let body = failed(private, None);
    let associated =
        Associated { specs: TokenStream::new(), filters: None, body, plain: None, key: None };
    associated.into_impl(private, &input.block.self_ty)
}

/// The call of a handler whose methods all are plain.
fn failed(private: &Private, guard: Option<&TokenStream>) -> TokenStream {
    quote!(async move { #guard #private::HandlerError::failed() })
}

/// The parts of an `impl Handler`.
struct Associated {
    specs: TokenStream,
    filters: Option<TokenStream>,
    body: TokenStream,
    plain: Option<TokenStream>,
    key: Option<TokenStream>,
}

impl Associated {
    fn into_impl(self, private: &Private, self_ty: &Type) -> TokenStream {
        let Self { specs, filters, body, plain, key } = self;
        let call = call_lifetime();
        quote! {
            #[automatically_derived]
            #[allow(deprecated, unreachable_code)]
            impl #private::Handler for #self_ty {
                const ROUTES: &'static [#private::RouteSpec] = &[#specs];
                #filters
                fn call<#call>(
                    &#call self,
                    __index: #private::usize,
                    __cx: #private::Cx<#call>,
                    __body: #private::RawBody<'_>,
                ) -> impl #private::Future<Output: #private::Reply> + #private::MaybeSend + use<#call>
                {
                    #body
                }
                #plain
                #key
            }
        }
    }
}

/// The filters, if there are any: those of the handler, then those of single routes. A type
/// that does not implement `Filter` is reported at its name.
fn filters(private: &Private, of_handler: &[Path], routes: &[Entry<'_>]) -> Option<TokenStream> {
    let all = of_handler.iter().map(|filter| {
        let ends = ends(filter);
        let private = private.at(ends.first);
        let added = quote_spanned!(ends.last=> #private::filter(__filters, &#filter));
        quote!(let __filters = #added;)
    });
    let of_routes = routes.iter().flat_map(|Entry { route, cfg, .. }| {
        route.filters.iter().map(move |filter| {
            let name = &route.route;
            let ends = ends(filter);
            let private = private.at(ends.first);
            let added = quote_spanned!(ends.last=> #private::filter_on(__filters, #name, &#filter));
            quote!(#cfg let __filters = #added;)
        })
    });
    let added: Vec<_> = all.chain(of_routes).collect();
    (!added.is_empty()).then(|| {
        quote! {
            fn filters(&self) -> #private::Filters {
                let __filters = #private::Filters::new();
                #(#added)*
                __filters
            }
        }
    })
}

fn spec(private: &Private, Entry { route, cfg, .. }: &Entry<'_>) -> TokenStream {
    let Route { route: name, docs, .. } = route;
    let notify = route.notify.then(|| quote!(.notify()));
    let plain = route.plain.then(|| quote!(.plain()));
    let serial = route.serial.then(|| quote!(.serial()));
    let concurrent = route.concurrent.then(|| quote!(.concurrent()));
    let key = route.key.as_ref().map(|Key { text, .. }| quote!(.key(#text)));
    let timeout =
        route.timeout.map(|limit| quote!(.timeout(#private::Duration::from_millis(#limit))));
    let code = route.code.map(|code| quote!(.code(#code)));
    let docs = (!docs.is_empty()).then(|| quote!(.docs(#docs)));
    quote!(#cfg #private::RouteSpec::new(#name) #notify #plain #serial #concurrent #key #timeout #code #docs,)
}

/// The arguments and the return values of the methods, a variant for each
/// route. The types are written out: with a type parameter for each, the time
/// to compile them would grow with the cube of their number. Only an `impl
/// Trait` becomes a parameter.
///
/// The last variant has no values; it uses the lifetime. Plain methods need none
/// of this: nothing of theirs outlives the call.
fn enums(routes: &[Entry<'_>]) -> Option<TokenStream> {
    let routes = waiting(routes)?;
    let call = call_lifetime();
    let args = routes.iter().map(|Entry { route, variant, cfg, .. }| {
        let args = route.args.iter().map(|argument| &argument.kept);
        quote!(#cfg #variant(#(#args),*),)
    });
    let replies =
        routes.iter().map(|Entry { variant, cfg, reply, .. }| quote!(#cfg #variant(#reply),));
    let unnamed = routes.iter().filter(|entry| entry.route.reply.is_none());
    let parameters = unnamed.map(|Entry { cfg, reply, .. }| quote!(#cfg #reply));
    Some(quote! {
        #[allow(deprecated)]
        enum __Args<#call> {
            #(#args)*
            None(::core::marker::PhantomData<&#call ()>, ::core::convert::Infallible),
        }
        #[allow(deprecated)]
        enum __Reply<#call, #(#parameters),*> {
            #(#replies)*
            None(::core::marker::PhantomData<&#call ()>, ::core::convert::Infallible),
        }
    })
}

/// The routes whose methods may wait, if there are any.
fn waiting<'r, 'a>(routes: &'r [Entry<'a>]) -> Option<Vec<&'r Entry<'a>>> {
    let waiting: Vec<_> = routes.iter().filter(|entry| !entry.route.plain).collect();
    (!waiting.is_empty()).then_some(waiting)
}

/// The body of `Handler::call`: parses the arguments at once, calls the method
/// when polled, and returns a `Reply` that writes the return value.
fn body(private: &Private, routes: &[Entry<'_>], guard: Option<&TokenStream>) -> TokenStream {
    let Some(waiting) = waiting(routes) else { return failed(private, guard) };
    let reads = (0..routes.len())
        .filter(|&index| !routes[index].route.plain)
        .map(|index| read(private, routes, index));
    let calls = waiting.iter().map(|route| call(private, route));
    let writes = waiting.iter().map(|route| write(private, route));
    let boxed = quote!(#private::Box<#private::HandlerError>);
    quote! {
        #[allow(unused_imports)]
        use #private::Unshared as _;
        let __args = (|| #private::Result::<_, #boxed>::Ok(match __index {
            #(#reads)*
            _ => return #private::Result::Err(#private::Box::new(#private::HandlerError::failed())),
        }))();
        #private::Shared::<Self>::call(async move {
            #guard
            let __reply = match __args {
                #(#calls)*
                #private::Result::Err(__error) => return #private::Called::Refused(__error),
            };
            #private::returned(__reply, |__reply, __body| match __reply {
                #(#writes)*
            })
        })
    }
}

fn read(private: &Private, routes: &[Entry<'_>], index: usize) -> TokenStream {
    let Entry { route, variant, cfg, .. } = &routes[index];
    let place = place(private, &routes[..index]);
    let args = arguments(private, route, &quote!(&__cx));
    quote!(#cfg #place => __Args::#variant(#(#args),*),)
}

/// Reads each argument; a type that is none is shown where it is written.
fn arguments(private: &Private, route: &Route, cx: &TokenStream) -> Vec<TokenStream> {
    let read = |Argument { read: ty, .. }: &Argument| {
        let ends = ends(ty);
        let private = private.at(ends.first);
        quote_spanned!(ends.last=> <#ty as #private::FromCall<'_, '_>>::from_call(#cx, __body)?)
    };
    route.args.iter().map(read).collect()
}

/// Calls the plain methods, if there are any: reads, calls and writes in one.
fn plain(private: &Private, routes: &[Entry<'_>]) -> Option<TokenStream> {
    let plain: Vec<_> = (0..routes.len())
        .filter(|&index| routes[index].route.plain)
        .map(|index| call_plain(private, routes, index))
        .collect();
    (!plain.is_empty()).then(|| {
        quote! {
            fn call_plain(
                &self,
                __index: #private::usize,
                __cx: &#private::Cx<'_>,
                __body: #private::RawBody<'_>,
                __respond: &mut #private::Respond<'_>,
            ) {
                match __index {
                    #(#plain)*
                    _ => #private::Respond::reply(__respond, #private::HandlerError::failed()),
                }
            }
        }
    })
}

fn call_plain(private: &Private, routes: &[Entry<'_>], index: usize) -> TokenStream {
    let Entry { route, cfg, .. } = &routes[index];
    let place = place(private, &routes[..index]);
    let method = &route.method;
    let args = arguments(private, route, &quote!(__cx));
    let (ty, shown) = match &route.reply {
        Some(ty) => (ty.clone(), ends(ty)),
        None => (quote_spanned!(generated_at(method.span())=> _), ends(method)),
    };
    let at = private.at(shown.first);
    let answer = if route.notify { quote!(answer_notify) } else { quote!(answer) };
    let answer = quote_spanned!(shown.last=> #at::#answer::<#ty>);
    // What is wrong with a type that has no name is shown at the method's.
    let call = quote_spanned!(generated_at(method.span())=>
        || #private::Result::Ok(Self::#method(self #(, #args)*))
    );
    quote!(#cfg #place => #answer(__respond, #call),)
}

/// Adds the keys of calls, if there are any. A field that its type does not have, or that
/// cannot be a key, is reported where the route names it.
fn key(private: &Private, routes: &[Entry<'_>]) -> Option<TokenStream> {
    let keys = routes.iter().enumerate().filter_map(|(index, Entry { route, cfg, .. })| {
        let Key { shown, body, value, .. } = route.key.as_ref()?;
        let place = place(private, &routes[..index]);
        let ends = ends(shown);
        let at = private.at(ends.first);
        let added = quote_spanned!(ends.last=> #at::key(__key, || #private::Option::Some(#value)));
        Some(quote! {
            #cfg #place => {
                let __read = <#body as #private::FromCall<'_, '_>>::from_call(__cx, __body)?;
                #added;
            }
        })
    });
    let keys: Vec<_> = keys.collect();
    (!keys.is_empty()).then(|| {
        quote! {
            // A path may end with `?`.
            #[allow(clippy::needless_question_mark)]
            fn key(
                __index: #private::usize,
                __cx: &#private::Cx<'_>,
                __body: #private::RawBody<'_>,
                __key: &mut #private::KeyHasher<'_>,
            ) -> #private::Result<(), #private::HandlerError> {
                match __index {
                    #(#keys)*
                    _ => {}
                }
                #private::Result::Ok(())
            }
        }
    })
}

fn call(private: &Private, Entry { route, variant, cfg, .. }: &Entry<'_>) -> TokenStream {
    let method = &route.method;
    let args: Vec<_> = (0..route.args.len()).map(|index| nth("__", index)).collect();
    // A future that is not `Send` is reported at the method's name.
    let place = generated_at(method.span());
    let private = private.at(place);
    let called = quote_spanned!(place=>
        #private::Shared::<Self>::sendable(Self::#method(self #(, #args)*)).await
    );
    quote!(#cfg #private::Result::Ok(__Args::#variant(#(#args),*)) => __Reply::#variant(#called),)
}

/// The arm that writes a return value. A type that does not implement `Reply`, or for a
/// notify `NotifyReply`, is reported where it is written.
fn write(private: &Private, Entry { route, variant, cfg, .. }: &Entry<'_>) -> TokenStream {
    // What is wrong with a type that has no name is shown at the method's.
    let place = generated_at(route.method.span());
    let ty = route.reply.clone().unwrap_or_else(|| quote_spanned!(place=> _));
    let reply = if route.notify {
        quote!(#private::reply_notify::<#ty>)
    } else {
        quote!(<#ty as #private::Reply>::reply)
    };
    quote!(#cfg __Reply::#variant(__reply) => #reply(__reply, __body),)
}

/// The pattern of the index in `ROUTES` that follows `earlier` routes.
fn place(private: &Private, earlier: &[Entry<'_>]) -> TokenStream {
    method::place(private, earlier.iter().map(|entry| entry.route.cfg.as_ref()))
}
