//! From the parsed to the checked handler: the rules.

use connector_protocol::route::{self, RouteError};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, GenericArgument, PathArguments, ReturnType, Signature, Type};

use super::body::BodyArgument;
use super::key;
use super::model::{Argument, Input, Method, Model, Route};
use super::parse::BLOCK;
use crate::block::predicate;
use crate::ctxt::Ctxt;
use crate::lifetimes::{in_call, inferred};
use crate::method::{MethodSpec, borrows, is_plain};
use crate::symbol::{HANDLER, ROUTE};

const METHOD: MethodSpec = MethodSpec { what: "a route", runs: "calls", shared: "the handler" };

/// The handler's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, input: &'a Input) -> Option<Model<'a>> {
    BLOCK.check(cx, &input.block);
    let self_ty = &input.block.self_ty;
    if input.methods.is_empty() && input.block.is_whole && !input.block.of_trait {
        cx.error(
            self_ty,
            format_args!("a handler needs routes: put `#[{ROUTE}]` on at least one method"),
        );
    }
    let prefix = prefix(cx, input);
    let routes =
        input.methods.iter().map(|method| one_route(cx, method, self_ty, prefix.as_deref()));
    let routes: Vec<_> = routes.collect();
    let routes: Vec<_> = routes.into_iter().zip(&input.methods).collect();
    unique(cx, &routes);
    let routes: Option<Vec<_>> = routes.into_iter().map(|(route, _)| route).collect();
    let filters = input.filters.get().map_or(&[][..], Vec::as_slice);
    Some(Model { self_ty: self_ty.clone(), filters, routes: routes? })
}

fn prefix(cx: &Ctxt, input: &Input) -> Option<String> {
    let Some(literal) = input.prefix.get() else {
        if input.args_read {
            cx.record(syn::Error::new(
                Span::call_site(),
                format_args!(
                    "the first two parts of the routes are missing: write \
                     `#[{HANDLER}(\"server.handler\")]`"
                ),
            ));
        }
        return None;
    };
    let prefix = literal.value();
    let Err(error) = route::check_prefix(&prefix) else { return Some(prefix) };
    let help = match error {
        RouteError::Parts { found: 1, .. } => {
            format!("; write `{prefix}.{prefix}Handler`, or another name of the handler")
        }
        RouteError::Parts { .. } => {
            format!("; the third is the method's name, or is in `#[{ROUTE}(\"..\")]`")
        }
        _ => String::new(),
    };
    cx.error(literal, format_args!("`{prefix}` cannot begin a route: {error}{help}"));
    None
}

fn one_route(cx: &Ctxt, method: &Method, self_ty: &Type, prefix: Option<&str>) -> Option<Route> {
    let Method { sig, .. } = method;
    let args = arguments(cx, sig, self_ty);
    no_boxed_error(cx, &sig.output);
    let reply = reply(method, self_ty);
    let key = key::check(cx, method, self_ty);
    one_order(cx, method);
    let route = name(cx, method, prefix)?;
    Some(Route {
        route,
        notify: method.notify.get().is_some(),
        plain: is_plain(sig),
        serial: method.serial.get().is_some(),
        concurrent: method.concurrent.get().is_some(),
        key,
        timeout: method.timeout.get().copied(),
        code: method.code.get().map(|(_, code)| *code),
        filters: method.filters.get().cloned().unwrap_or_default(),
        docs: method.docs.clone(),
        method: sig.ident.clone(),
        args,
        reply,
        cfg: predicate(&method.cfgs),
    })
}

/// Reports a method that is both in its session's order and outside of it.
fn one_order(cx: &Ctxt, method: &Method) {
    let Some(serial) = method.serial.get() else { return };
    let key = method.key.get().map(|(key, _)| key);
    if let Some(other) = method.concurrent.get().or(key) {
        cx.error(serial, format_args!("a route has one order: remove `{serial}` or `{other}`"));
    }
}

/// The whole route: as given, or with the method's name as its last part.
fn name(cx: &Ctxt, method: &Method, prefix: Option<&str>) -> Option<String> {
    let ident = &method.sig.ident;
    let last = route::method_name(&ident.to_string());
    let Some(literal) = method.route.get() else {
        let prefix = prefix?;
        let route = format!("{prefix}.{last}");
        let Err(error) = route::Route::parse(&route) else { return Some(route) };
        cx.error(
            ident,
            format_args!(
                "this name cannot end a route: {error}; write the route, \
                 `#[{ROUTE}(\"{prefix}.someMethod\")]`"
            ),
        );
        return None;
    };
    let route = literal.value();
    let Err(error) = route::Route::parse(&route) else { return Some(route) };
    let help = match error {
        RouteError::TooLong(_) => "; shorten its parts".into(),
        _ => format!("; write `{}.{last}`", prefix.unwrap_or("server.handler")),
    };
    cx.error(literal, format_args!("`{route}` is not a route: {error}{help}"));
    None
}

/// The types of the method's arguments behind `&self`.
fn arguments(cx: &Ctxt, sig: &Signature, self_ty: &Type) -> Vec<Argument> {
    METHOD.check(cx, sig);
    let mut first_body: Option<String> = None;
    let mut args = Vec::new();
    for arg in &sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        if lives_for_ever(&arg.ty) {
            cx.error(
                &arg.ty,
                "a message and its call do not live as long as `'static`: own the value, such as by \
                 `String`, or leave the lifetime out",
            );
        }
        if let Some(body) = BodyArgument::of(&arg.ty).filter(BodyArgument::is_certain) {
            if let Some(first) = &first_body {
                cx.error(
                    &arg.ty,
                    format_args!(
                        "a message has one body, and `{first}` already reads it: take both values \
                         as fields of one type"
                    ),
                );
            }
            if !is_plain(sig) && borrows(arg.ty.to_token_stream()) {
                cx.error(
                    &arg.ty,
                    format_args!(
                        "this body borrows from the message, which an `async fn` may outlive: make \
                         the route a plain `fn {}`, or own the body, such as by `String` instead \
                         of `&str`",
                        sig.ident
                    ),
                );
            }
            first_body = Some(body.name);
        }
        args.push(Argument {
            kept: in_call(&arg.ty, &sig.generics, self_ty),
            read: inferred(&arg.ty, &sig.generics, self_ty),
        });
    }
    args
}

/// Returns `true` for a reference with the lifetime `'static`, or a body of one. Types of
/// applications may have `'static` parts that no message has to live for.
fn lives_for_ever(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => {
            reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
        }
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let of_body = ["Json", "Body", "Option"].iter().any(|name| last.ident == name);
            of_body && of_static(&last.arguments)
        }),
        _ => false,
    }
}

fn of_static(arguments: &PathArguments) -> bool {
    let PathArguments::AngleBracketed(arguments) = arguments else { return false };
    arguments.args.iter().any(|argument| match argument {
        GenericArgument::Type(ty) => lives_for_ever(ty),
        _ => false,
    })
}

/// The return type, unless it is an `impl Trait`.
fn reply(method: &Method, self_ty: &Type) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = &method.sig.output else { return Some(quote!(())) };
    if matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        return Some(quote!(()));
    }
    let has_impl = ty.to_token_stream().into_iter().any(|token| contains_impl(&token));
    let named = if is_plain(&method.sig) { inferred } else { in_call };
    (!has_impl).then(|| named(ty, &method.sig.generics, self_ty))
}

fn contains_impl(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => group.stream().into_iter().any(|token| contains_impl(&token)),
        _ => false,
    }
}

/// Reports a `Result` whose error is a `Box<dyn Error>`, of which the compiler would tell that it
/// cannot move between threads.
fn no_boxed_error(cx: &Ctxt, output: &ReturnType) {
    let ReturnType::Type(_, ty) = output else { return };
    let Some(error) = argument(ty, "Result", 1) else { return };
    if let Some(Type::TraitObject(object)) = argument(error, "Box", 0) {
        cx.error(
            error,
            format_args!(
                "`Box<{}>` does not become a `HandlerError`: return `Result<.., HandlerError>`, and \
                 write `.map_err(HandlerError::internal)?` where an error comes up",
                object.to_token_stream()
            ),
        );
    }
}

/// Returns the type argument at an index of a type of this name.
fn argument<'a>(ty: &'a Type, name: &str, index: usize) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.iter().nth(index)? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Reports routes and codes that several methods have.
fn unique(cx: &Ctxt, routes: &[(Option<Route>, &Method)]) {
    for (at, (later, later_method)) in routes.iter().enumerate() {
        let Some(later) = later else { continue };
        for (earlier, _) in &routes[..at] {
            let Some(earlier) = earlier else { continue };
            // At most one of two conditional methods may exist; if both do, the
            // server's start fails.
            if earlier.cfg.is_some() && later.cfg.is_some() {
                continue;
            }
            let first = &earlier.method;
            let second = &later.method;
            if earlier.route == later.route {
                let place = match later_method.route.get() {
                    Some(literal) => literal.to_token_stream(),
                    None => second.to_token_stream(),
                };
                cx.error(
                    place,
                    format_args!(
                        "`{}` is already the route of `{first}`: give `{second}` another one",
                        later.route
                    ),
                );
                break;
            }
            if let Some((key, code)) = later_method.code.get()
                && earlier.code == Some(*code)
            {
                cx.error(
                    key,
                    format_args!(
                        "{code} is already the code of `{first}`: give `{second}` another one"
                    ),
                );
                break;
            }
        }
    }
}
