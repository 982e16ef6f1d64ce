//! The arguments of methods, listeners and hooks.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{FnArg, Pat, PatType, Signature, Type};

use super::model::Argument;
use crate::ctxt::Ctxt;
use crate::lifetimes::inferred;
use crate::method::borrows;

/// The function that arguments are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Method,
    Listener,
}

/// The types that are passed by reference, and to whom.
const GIVEN: [(&str, &[Of]); 4] = [
    ("PluginCall", &[Of::Method]),
    ("RequestInfo", &[Of::Method]),
    ("PluginEvent", &[Of::Listener]),
    ("PluginClient", &[Of::Method, Of::Listener]),
];

/// The arguments behind `&self`.
pub(crate) fn arguments(cx: &Ctxt, of: Of, sig: &Signature, self_ty: &Type) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut rest: Option<&Type> = None;
    for arg in typed(sig) {
        let ty = inferred(&arg.ty, &sig.generics, self_ty);
        if borrows(arg.ty.to_token_stream()) {
            check_given(cx, of, &arg.ty);
            arguments.push(Argument::Given(ty));
            continue;
        }
        check_sent(cx, of, &arg.ty);
        if let Some(rest) = rest {
            cx.error(
                rest,
                "`Rest` takes all arguments that are left: write it behind all others that are sent",
            );
        }
        if last_segment(&arg.ty).is_some_and(|name| name == "Rest") {
            rest = Some(&arg.ty);
        }
        arguments.push(Argument::Sent { name: name(arg), ty });
    }
    arguments
}

pub(crate) fn typed(sig: &Signature) -> impl Iterator<Item = &PatType> {
    sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    })
}

/// Reports references that are certain to be none of those that are passed.
fn check_given(cx: &Ctxt, of: Of, ty: &Type) {
    let Type::Reference(reference) = ungrouped(ty) else { return };
    let owned = match ungrouped(&reference.elem) {
        Type::Slice(slice) => Some(format!("Vec<{}>", slice.elem.to_token_stream())),
        Type::Path(path) if path.path.is_ident("str") => Some("String".to_owned()),
        _ => None,
    };
    if let Some(owned) = owned {
        cx.error(ty, format_args!("what was sent is owned by the method: write `{owned}`"));
        return;
    }
    let Some(name) = last_segment(&reference.elem) else { return };
    if reference.mutability.is_some() {
        cx.error(ty, format_args!("calls share this value: write `&{name}`"));
    }
    let known = GIVEN.iter().find(|(known, _)| name == *known);
    if known.is_some_and(|(_, whose)| !whose.contains(&of)) {
        cx.error(
            ty,
            match of {
                Of::Method => "a method is called, and there is no event: write `&PluginCall`",
                Of::Listener => "a listener has no call and no caller: write `&PluginEvent`",
            },
        );
    }
}

/// Reports values that would be read from what was sent, and are passed by reference.
fn check_sent(cx: &Ctxt, of: Of, ty: &Type) {
    let Some(name) = last_segment(ty) else { return };
    if GIVEN.iter().any(|(known, _)| name == *known) {
        let whose = match of {
            Of::Method => "call",
            Of::Listener => "event",
        };
        cx.error(ty, format_args!("this belongs to the {whose}: borrow it, `&{name}`"));
    }
}

/// The last part of a type's path.
pub(crate) fn last_segment(ty: &Type) -> Option<&proc_macro2::Ident> {
    match ungrouped(ty) {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// A type without the invisible groups of a user's macro.
fn ungrouped(mut ty: &Type) -> &Type {
    while let Type::Group(group) = ty {
        ty = &group.elem;
    }
    ty
}

/// The argument's name, for errors.
fn name(arg: &PatType) -> Option<String> {
    match &*arg.pat {
        Pat::Ident(pat) => {
            let name = pat.ident.to_string();
            let name = name.strip_prefix("r#").unwrap_or(&name);
            Some(name.trim_start_matches('_').to_owned())
        }
        _ => None,
    }
}

/// The type at which a wrong return type is reported: that type, or the function's name.
pub(crate) fn returned(sig: &Signature) -> TokenStream {
    match &sig.output {
        syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
        syn::ReturnType::Default => sig.ident.to_token_stream(),
    }
}
