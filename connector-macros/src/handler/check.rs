//! From what was written to what it means: the rules.

use connector_protocol::route::{self, RouteError};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    FnArg, GenericArgument, GenericParam, PathArguments, ReceiverKind, ReturnType, Signature, Type,
};

use super::lifetimes::{in_call, inferred};
use super::model::{Input, Method, Model, Route};
use super::parse::predicate;
use crate::ctxt::Ctxt;
use crate::symbol::{HANDLER, NOTIFY, ROUTE};

/// The types that read the body, of which a method takes one.
const BODIES: [&str; 4] = ["Body", "Json", "Proto", "Raw"];

/// The handler that was meant; if there is none, `cx` knows why.
pub(crate) fn check<'a>(cx: &Ctxt, input: &'a Input) -> Option<Model<'a>> {
    if input.of_trait {
        cx.error(
            &input.self_ty,
            "routes lead to methods of the type's own: move them to an `impl` block without a trait",
        );
    }
    if !input.generics.params.is_empty() {
        cx.error(
            &input.generics,
            "a handler is one type: write the `impl` block for a concrete one, or keep what \
             differs behind `Box<dyn ..>` in a field",
        );
    }
    if input.methods.is_empty() && !input.of_trait {
        cx.error(
            &input.self_ty,
            format_args!(
                "no method here has a route: put `#[{ROUTE}]` on those that shall have one"
            ),
        );
    }
    let prefix = prefix(cx, input);
    let routes =
        input.methods.iter().map(|method| one_route(cx, method, &input.self_ty, prefix.as_deref()));
    let routes: Vec<_> = routes.collect();
    let routes: Vec<_> = routes.into_iter().zip(&input.methods).collect();
    unique(cx, &routes);
    let routes: Option<Vec<_>> = routes.into_iter().map(|(route, _)| route).collect();
    let filters = input.filters.get().map_or(&[][..], Vec::as_slice);
    Some(Model { self_ty: input.self_ty.clone(), filters, routes: routes? })
}

fn prefix(cx: &Ctxt, input: &Input) -> Option<String> {
    let Some(literal) = input.prefix.get() else {
        if input.args_read {
            cx.record(syn::Error::new(
                Span::call_site(),
                format_args!(
                    "the first two parts of the routes are missing: \
                     `#[{HANDLER}(\"server.handler\")]`"
                ),
            ));
        }
        return None;
    };
    let prefix = literal.value();
    let Err(error) = route::check_prefix(&prefix) else { return Some(prefix) };
    let problem = problem(&prefix, error);
    let help = match error {
        RouteError::Parts { found: 1, .. } => {
            format!("; write `{prefix}.{prefix}Handler` or another handler's name")
        }
        RouteError::Parts { .. } => {
            format!("; the last comes from the method's name, or from its `#[{ROUTE}(\"..\")]`")
        }
        _ => String::new(),
    };
    cx.error(literal, format_args!("`{prefix}` cannot begin a route: {problem}{help}"));
    None
}

/// What is wrong with a route, in words that need no spec.
fn problem(text: &str, error: RouteError) -> String {
    match error {
        RouteError::EmptyPart(_) if text.is_empty() => "it is empty".into(),
        RouteError::EmptyPart(part) => format!("part {} is empty", part + 1),
        RouteError::Illegal { at, .. } => {
            let char = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
            format!("`{}` is no letter from a to z, no digit, `_` or `-`", char.escape_debug())
        }
        RouteError::Parts { found, wanted } => {
            let (parts, all) = (
                if found == 1 { "part" } else { "parts" },
                ["server.handler", "server.handler.method"],
            );
            format!("it has {found} {parts}, `{}` has {wanted}", all[usize::from(wanted == 3)])
        }
        RouteError::TooLong(len) => format!("{len} bytes are more than {}", route::MAX_LEN),
        other => other.to_string(),
    }
}

fn one_route(cx: &Ctxt, method: &Method, self_ty: &Type, prefix: Option<&str>) -> Option<Route> {
    let Method { sig, .. } = method;
    let args = arguments(cx, sig, self_ty);
    let reply = reply(cx, method, self_ty);
    let key = key(cx, method);
    let route = name(cx, method, prefix)?;
    Some(Route {
        route,
        notify: method.notify.get().is_some(),
        plain: is_plain(sig),
        concurrent: method.concurrent.get().is_some(),
        key,
        timeout: method.timeout.get().copied(),
        code: method.code.get().map(|(_, code)| *code),
        docs: method.docs.clone(),
        method: sig.ident.clone(),
        args,
        reply,
        cfg: predicate(&method.cfgs),
    })
}

/// The field whose values give the order.
fn key(cx: &Ctxt, method: &Method) -> Option<String> {
    let (key, field) = method.key.get()?;
    if let Some(concurrent) = method.concurrent.get() {
        cx.error(
            concurrent,
            format_args!(
                "a keyed route is beside the session's order already: drop `{concurrent}`"
            ),
        );
    }
    if field.value().is_empty() {
        cx.error(
            field,
            format_args!("`{key}` names a field of the body, such as `{key} = \"room\"`"),
        );
    }
    Some(field.value())
}

/// The whole route, as given or made of the method's name.
fn name(cx: &Ctxt, method: &Method, prefix: Option<&str>) -> Option<String> {
    let ident = &method.sig.ident;
    let last = route::method_name(&ident.to_string());
    let Some(literal) = method.route.get() else {
        let (prefix, route) = (prefix?, format!("{}.{last}", prefix?));
        let Err(error) = route::Route::parse(&route) else { return Some(route) };
        let problem = problem(&route, error);
        cx.error(
            ident,
            format_args!(
                "this name makes no route: {problem}; write one, \
                 `#[{ROUTE}(\"{prefix}.someMethod\")]`"
            ),
        );
        return None;
    };
    let route = literal.value();
    let Err(error) = route::Route::parse(&route) else { return Some(route) };
    let problem = problem(&route, error);
    let help = match error {
        RouteError::TooLong(_) => "; give it shorter parts".into(),
        _ => format!("; write `{}.{last}`", prefix.unwrap_or("server.handler")),
    };
    cx.error(literal, format_args!("`{route}` is no route: {problem}{help}"));
    None
}

/// What the method takes, behind `&self`.
fn arguments(cx: &Ctxt, sig: &Signature, self_ty: &Type) -> Vec<TokenStream> {
    receiver(cx, sig);
    for param in &sig.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            cx.error(
                param,
                format_args!(
                    "a message cannot choose a type: write a concrete one instead of `{}`",
                    param_name(param)
                ),
            );
        }
    }
    let mut first_body: Option<String> = None;
    let mut args = Vec::new();
    for arg in &sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        if let Type::ImplTrait(ty) = &*arg.ty {
            cx.error(
                ty,
                "a message cannot choose a type: write a concrete one instead of `impl ..`",
            );
        }
        if let Some(body) = body(&arg.ty) {
            if let Some(first) = &first_body {
                cx.error(
                    &arg.ty,
                    format_args!(
                        "a message has one body, and `{first}` has read it: take both values as \
                         fields of one type"
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
            first_body = Some(body);
        }
        args.push(named(sig, &arg.ty, self_ty));
    }
    args
}

/// Whether it is a plain `fn`, which never waits.
fn is_plain(sig: &Signature) -> bool {
    sig.asyncness.is_none()
}

/// A type of its signature, for where the expansion names it.
fn named(sig: &Signature, ty: &Type, self_ty: &Type) -> TokenStream {
    let named = if is_plain(sig) { inferred } else { in_call };
    named(ty, &sig.generics, self_ty)
}

fn receiver(cx: &Ctxt, sig: &Signature) {
    let ident = &sig.ident;
    let keywords = if is_plain(sig) { "fn" } else { "async fn" };
    let Some(receiver) = sig.receiver() else {
        cx.error(
            ident,
            format_args!("a route leads to a method: write `{keywords} {ident}(&self, ..)`"),
        );
        return;
    };
    let problem = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return,
        ReceiverKind::Reference(..) => {
            "calls run side by side and share the handler: write `&self`, and keep what changes \
             behind a `Mutex` or an atomic"
        }
        _ => "calls run side by side and share the handler: write `&self`",
    };
    cx.error(receiver, problem);
}

/// What the method returns, if that can be named.
fn reply(cx: &Ctxt, method: &Method, self_ty: &Type) -> Option<TokenStream> {
    let ReturnType::Type(arrow, ty) = &method.sig.output else { return Some(quote!(())) };
    if matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        return Some(quote!(()));
    }
    if method.notify.get().is_some() {
        let returned = quote!(#arrow #ty);
        let ident = &method.sig.ident;
        cx.error(
            returned,
            format_args!("nobody gets what a notify returns: end `{ident}` without `->`, or remove `{NOTIFY}`"),
        );
    }
    let has_impl = ty.to_token_stream().into_iter().any(|token| contains_impl(&token));
    (!has_impl).then(|| named(&method.sig, ty, self_ty))
}

fn contains_impl(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => group.stream().into_iter().any(|token| contains_impl(&token)),
        _ => false,
    }
}

/// No two methods have one route, or one code.
fn unique(cx: &Ctxt, routes: &[(Option<Route>, &Method)]) {
    for (at, (later, later_method)) in routes.iter().enumerate() {
        let Some(later) = later else { continue };
        for (earlier, _) in &routes[..at] {
            let Some(earlier) = earlier else { continue };
            // Which of two conditional methods exist is for the compiler to
            // know, and for the server when it starts.
            if earlier.cfg.is_some() && later.cfg.is_some() {
                continue;
            }
            let (first, second) = (&earlier.method, &later.method);
            if earlier.route == later.route {
                let place = match later_method.route.get() {
                    Some(literal) => literal.to_token_stream(),
                    None => second.to_token_stream(),
                };
                cx.error(
                    place,
                    format_args!(
                        "`{}` leads to `{first}` already: give `{second}` another route",
                        later.route
                    ),
                );
                break;
            }
            if let (Some((key, code)), true) =
                (later_method.code.get(), earlier.code.is_some() && earlier.code == later.code)
            {
                cx.error(
                    key,
                    format_args!(
                        "{code} is the code of `{first}` already: give `{second}` another"
                    ),
                );
                break;
            }
        }
    }
}

/// The name of a type that reads the body, however its path is written, also
/// inside of an `Option`.
fn body(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let name = &last.ident;
            match &last.arguments {
                PathArguments::AngleBracketed(of) if name == "Option" => match of.args.first()? {
                    GenericArgument::Type(ty) => body(ty),
                    _ => None,
                },
                _ => BODIES.iter().any(|body| name == body).then(|| name.to_string()),
            }
        }
        Type::Reference(reference) => {
            let text = reference.elem.to_token_stream().to_string();
            ["str", "[u8]"].contains(&&*text.replace(' ', "")).then(|| format!("&{text}"))
        }
        Type::Group(group) => body(&group.elem),
        Type::Paren(paren) => body(&paren.elem),
        _ => None,
    }
}

/// Whether a type has a reference or a lifetime in it, other than `'static`.
fn borrows(ty: TokenStream) -> bool {
    let mut tokens = ty.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                let named = |next: &TokenTree| matches!(next, TokenTree::Punct(punct) if punct.as_char() == '\'');
                if !tokens.peek().is_some_and(named) {
                    return true;
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                let lifetime = tokens.next();
                if lifetime.is_none_or(|name| name.to_string() != "static") {
                    return true;
                }
            }
            TokenTree::Group(group) if borrows(group.stream()) => return true,
            _ => {}
        }
    }
    false
}

fn param_name(param: &GenericParam) -> &Ident {
    match param {
        GenericParam::Type(param) => &param.ident,
        GenericParam::Const(param) => &param.ident,
        GenericParam::Lifetime(param) => &param.lifetime.ident,
    }
}
