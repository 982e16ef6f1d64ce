//! From the parsed to the checked trait: the rules.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{FnArg, GenericParam, LitStr, Pat, PathArguments, ReceiverKind, ReturnType, Type};

use super::model::{Argument, Input, Item, Kind, Member, Model, Untyped};
use super::names;
use super::profile::{self, Profile};
use crate::ctxt::Ctxt;
use crate::symbol::{PROFILE, REMOTE_PLUGIN};

/// The functions that every client has.
const RESERVED: [&str; 3] = ["at", "new", "profile"];

/// The plugin's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, input: &'a Input) -> Option<Model<'a>> {
    let file = match (input.name.get(), input.profile.get()) {
        (Some(_), Some((key, _))) => {
            let message = format_args!(
                "the profile has the plugin's name: remove `{key}`, or the name in front of it"
            );
            cx.error(key, message);
            None
        }
        (None, Some((_, path))) => Some(path),
        _ => None,
    };
    let profile = file.and_then(|path| profile::read(cx, path));
    let name = name(cx, input, profile.as_ref());
    let members: Vec<_> = input.items.iter().map(|item| member(cx, item)).collect();
    unique(cx, &members);
    let untyped = match (&profile, file) {
        (Some(profile), Some(path)) => untyped(cx, profile, path, &members),
        _ => Vec::new(),
    };
    let is_empty = match &profile {
        Some(Profile { methods, events, .. }) => methods.is_empty() && events.is_empty(),
        None => file.is_none(),
    };
    if is_empty && input.items.is_empty() {
        cx.error(
            &input.ident,
            "there is nothing to call: describe a method, such as \
             `async fn read_file(&self, path: &str) -> String;`",
        );
    }
    Some(Model { name: name?, file, members, untyped })
}

fn name(cx: &Ctxt, input: &Input, profile: Option<&Profile>) -> Option<String> {
    let Some(literal) = input.name.get() else {
        if input.args_read && input.profile.get().is_none() {
            cx.record(syn::Error::new(
                Span::call_site(),
                format_args!(
                    "the plugin's name is missing: write `#[{REMOTE_PLUGIN}(\"fileManager\")]`, \
                     or `#[{REMOTE_PLUGIN}({PROFILE} = \"file.json\")]`"
                ),
            ));
        }
        return profile.map(|profile| profile.name.clone());
    };
    let name = literal.value();
    if name.split('.').any(|part| part.trim().is_empty()) {
        let message = format_args!(
            "`{name}` is not the name of a plugin: write it as in its profile, with its services \
             behind dots, such as `\"remixd.git\"`"
        );
        cx.error(literal, message);
    }
    Some(name)
}

fn member<'a>(cx: &Ctxt, item: &'a Item) -> Member<'a> {
    let Item { kind, attrs, sig, .. } = item;
    let ident = &sig.ident;
    match (kind, &sig.asyncness) {
        (Kind::Method, None) => cx.error(
            sig.fn_token,
            format_args!(
                "a call takes time: write `async fn {ident}`, or put `#[event]` on it if it is an \
                 event"
            ),
        ),
        (Kind::Event, Some(keyword)) => cx.error(
            keyword,
            format_args!("an event is listened to, and not called: write `fn {ident}`"),
        ),
        _ => {}
    }
    receiver(cx, item);
    let arguments = arguments(cx, item);
    let result = result(cx, item);
    if RESERVED.iter().any(|reserved| ident == reserved) {
        let name = wire_name(item);
        let message = format_args!(
            "every client has a function `{ident}`: rename this one, and write its name as \
             `#[{}(\"{name}\")]`",
            kind.word()
        );
        cx.error(ident, message);
    }
    let cfgs = attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    Member { kind: *kind, name: checked_name(cx, item), item, arguments, result, cfgs }
}

fn wire_name(item: &Item) -> String {
    match item.name.get() {
        Some(literal) => literal.value(),
        None => connector_protocol::route::method_name(&item.sig.ident.to_string()),
    }
}

/// The name on the wire.
fn checked_name(cx: &Ctxt, item: &Item) -> String {
    let name = wire_name(item);
    let at = match item.name.get() {
        Some(literal) => literal.span(),
        None => item.sig.ident.span(),
    };
    let error = |message: String| cx.record(syn::Error::new(at, message));
    if name.trim().is_empty() {
        error("a name is not empty: write it as in the plugin's profile".to_owned());
    } else if item.kind == Kind::Method && name.contains('.') {
        error(format!(
            "`{name}` is a method of a service: write the service behind the plugin's name, such \
             as `#[{REMOTE_PLUGIN}(\"remixd.git\")]`"
        ));
    } else if item.kind == Kind::Method && name == "handshake" {
        error("`handshake` belongs to the protocol, and no plugin has such a method".to_owned());
    }
    name
}

fn receiver(cx: &Ctxt, item: &Item) {
    let sig = &item.sig;
    let keywords = if item.kind == Kind::Event { "fn" } else { "async fn" };
    let ident = &sig.ident;
    let Some(receiver) = sig.receiver() else {
        let message = format_args!(
            "{} needs a receiver: write `{keywords} {ident}(&self, ..)`",
            item.kind.one()
        );
        return cx.error(ident, message);
    };
    if !matches!(receiver.kind, ReceiverKind::Reference(_, None, None)) {
        cx.error(receiver, "clients are shared: write `&self`");
    }
}

fn arguments<'a>(cx: &Ctxt, item: &'a Item) -> Vec<Argument<'a>> {
    let sig = &item.sig;
    let mut arguments = Vec::new();
    for arg in &sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        match &*arg.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.mutability.is_none() => {
                arguments.push(Argument { ident: &pat.ident, ty: &arg.ty });
            }
            pat => cx.error(pat, "an argument needs a name, as in the plugin's documentation"),
        }
    }
    if item.kind == Kind::Event {
        for Argument { ident, ty } in &arguments {
            match ty {
                Type::Reference(reference) => {
                    let owned = owned(&reference.elem);
                    let message = format_args!(
                        "events own what they bring: write `{ident}: {owned}` instead of a \
                         reference"
                    );
                    cx.error(ty, message);
                }
                Type::ImplTrait(_) => cx.error(
                    ty,
                    "an event's arguments have one type each: write it, or `Payload` for any JSON",
                ),
                _ => {}
            }
        }
        for param in &sig.generics.params {
            cx.error(param, "an event has no parameters: write concrete types");
        }
    }
    for param in sig.generics.params.iter().filter(|_| item.kind == Kind::Method) {
        if let GenericParam::Const(param) = param {
            cx.error(param, "a method has types as parameters only: write a concrete type");
        }
    }
    arguments
}

/// The owned type that is lent as `ty`.
fn owned(ty: &Type) -> String {
    let text = quote::quote!(#ty).to_string();
    match ty {
        Type::Slice(slice) => {
            let elem = &slice.elem;
            format!("Vec<{}>", quote::quote!(#elem))
        }
        _ if text == "str" => "String".to_owned(),
        _ => text,
    }
}

/// The type of the result. What a call returns besides is known.
fn result<'a>(cx: &Ctxt, item: &'a Item) -> Option<&'a Type> {
    let ReturnType::Type(_, ty) = &item.sig.output else { return None };
    if item.kind == Kind::Event {
        cx.error(ty, "an event has no result: remove the type behind `->`");
        return None;
    }
    if let Type::Path(path) = &**ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Result"
    {
        let value = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.first(),
            _ => None,
        };
        let value = value.map_or_else(|| "T".to_owned(), |ty| quote::quote!(#ty).to_string());
        let instead = match &*value {
            "()" => "remove the type behind `->`".to_owned(),
            value => format!("write `-> {value}` alone"),
        };
        cx.error(ty, format_args!("every call returns a `Result<_, CallError>`: {instead}"));
    }
    match &**ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => None,
        ty => Some(ty),
    }
}

fn unique(cx: &Ctxt, members: &[Member<'_>]) {
    let mut known = HashSet::new();
    for member in members {
        // One of two may be compiled only.
        if member.cfgs.is_empty() && !known.insert((member.kind == Kind::Event, &member.name)) {
            let message = format_args!(
                "`{}` is {} of this plugin already: remove one of the two",
                member.name,
                member.kind.one()
            );
            match member.item.name.get() {
                Some(literal) => cx.error(literal, message),
                None => cx.error(&member.item.sig.ident, message),
            }
        }
    }
}

/// The members that the profile has and the trait has not. Reports those that the trait has and
/// the profile has not.
fn untyped(cx: &Ctxt, profile: &Profile, path: &LitStr, members: &[Member<'_>]) -> Vec<Untyped> {
    let mut untyped = Vec::new();
    for (kind, names) in [(Kind::Method, &profile.methods), (Kind::Event, &profile.events)] {
        let described = || members.iter().filter(move |member| member.kind == kind);
        for member in described().filter(|member| !names.contains(&member.name)) {
            let name = &member.name;
            let known = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
            let known = match &*known {
                [] => format!("it has no {}s", kind.word()),
                known => format!("it has {}", known.join(", ")),
            };
            let message = format!("`{}` has no {} `{name}`: {known}", path.value(), kind.word());
            match member.item.name.get() {
                Some(literal) => cx.error(literal, message),
                None => cx.error(&member.item.sig.ident, message),
            }
        }
        let mut known: HashSet<&str> = described().map(|member| &*member.name).collect();
        for name in names {
            if !known.insert(name) {
                continue;
            }
            match names::ident(name, path.span()) {
                Some(ident) if !RESERVED.iter().any(|reserved| ident == reserved) => {
                    untyped.push(Untyped { kind, name: name.clone(), ident });
                }
                _ => cx.error(
                    path,
                    format_args!(
                        "the {0} `{name}` cannot be a function's name: describe it in the trait, \
                         with `#[{0}(\"{name}\")]` on it",
                        kind.word()
                    ),
                ),
            }
        }
    }
    untyped
}
