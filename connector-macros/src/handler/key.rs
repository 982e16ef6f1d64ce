//! The field that keys the order of a route's calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, GenericArgument, Index, LitStr, PathArguments, Type};

use super::lifetimes::inferred;
use super::model::{Key, Method};
use crate::ctxt::Ctxt;

/// Types that a method takes beside the body.
const OTHERS: [&str; 6] = ["Cx", "Peer", "RequestId", "ServerHandle", "Session", "State"];

/// The key of a method's calls, if it has one.
pub(super) fn check(cx: &Ctxt, method: &Method, self_ty: &Type) -> Option<Key> {
    let (key, field) = method.key.get()?;
    if let Some(concurrent) = method.concurrent.get() {
        cx.error(
            concurrent,
            format_args!(
                "a keyed route is already outside the session's order: remove `{concurrent}`"
            ),
        );
    }
    let path = path(cx, key, field);
    let (ty, argument) = body(cx, method, key, field)?;
    let access = match argument {
        Argument::Wrapped => quote!(.0),
        Argument::Itself => TokenStream::new(),
        Argument::Optional(inner) => match *inner {
            Argument::Itself => quote!(.as_ref()?),
            _ => quote!(.as_ref()?.0),
        },
        Argument::Raw => return None,
    };
    let path = path?;
    // Behind a `?` it is a reference already.
    let reference = (!field.value().ends_with('?')).then(|| quote!(&));
    Some(Key {
        field: field.clone(),
        body: inferred(ty, &method.sig.generics, self_ty),
        value: quote!(#reference __read #access #path),
    })
}

/// An argument that reads the body, by its type.
enum Argument {
    /// `Json`, `Body` and `Proto`, which have a field.
    Wrapped,
    /// A message of a `.proto` file, or a type of the user's.
    Itself,
    /// Bytes or text, which have no fields.
    Raw,
    Optional(Box<Self>),
}

/// The argument that reads the body of a keyed route.
fn body<'a>(
    cx: &Ctxt,
    method: &'a Method,
    key: &Ident,
    field: &LitStr,
) -> Option<(&'a Type, Argument)> {
    let inputs = method.sig.inputs.iter();
    let bodies = inputs.filter_map(|input| match input {
        FnArg::Typed(input) => Some((&*input.ty, argument(&input.ty)?)),
        FnArg::Receiver(_) => None,
    });
    let mut bodies: Vec<_> = bodies.collect();
    // What is named so is the body, whatever the user's own types read.
    if let Some(named) = bodies.iter().position(|(_, argument)| is_named(argument)) {
        bodies = vec![bodies.swap_remove(named)];
    }
    match (bodies.pop(), bodies.is_empty()) {
        (Some((ty, argument)), true) => {
            if is_raw(&argument) {
                cx.error(
                    ty,
                    format_args!(
                        "a body of bytes or text has no field for a key: take it as `Json<T>`, \
                         `Body<T>` or `Proto<T>`, of a type with the field, or remove `{key}`"
                    ),
                );
            }
            Some((ty, argument))
        }
        (Some(_), false) => {
            cx.error(
                field,
                "several arguments may read the body that has the key: take the body as \
                 `Json<T>`, `Body<T>` or `Proto<T>`",
            );
            None
        }
        (None, _) => {
            cx.error(
                field,
                format_args!(
                    "a key is a field of the body, which `{}` does not take: add an argument such \
                     as `Json<T>`, or remove `{key}`",
                    method.sig.ident
                ),
            );
            None
        }
    }
}

fn is_named(argument: &Argument) -> bool {
    match argument {
        Argument::Wrapped | Argument::Raw => true,
        Argument::Itself => false,
        Argument::Optional(inner) => is_named(inner),
    }
}

fn is_raw(argument: &Argument) -> bool {
    match argument {
        Argument::Raw => true,
        Argument::Optional(inner) => is_raw(inner),
        Argument::Wrapped | Argument::Itself => false,
    }
}

/// Returns how an argument reads the body, if it does.
fn argument(ty: &Type) -> Option<Argument> {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let name = last.ident.to_string();
            match (&*name, &last.arguments) {
                ("Json" | "Body" | "Proto", _) => Some(Argument::Wrapped),
                ("Raw", _) => Some(Argument::Raw),
                ("Option", PathArguments::AngleBracketed(of)) => match of.args.first()? {
                    GenericArgument::Type(ty) => Some(Argument::Optional(argument(ty)?.into())),
                    _ => None,
                },
                _ => (!OTHERS.contains(&&*name)).then_some(Argument::Itself),
            }
        }
        Type::Reference(reference) => {
            let text = reference.elem.to_token_stream().to_string();
            ["str", "[u8]"].contains(&&*text.replace(' ', "")).then_some(Argument::Raw)
        }
        Type::Group(group) => argument(&group.elem),
        Type::Paren(paren) => argument(&paren.elem),
        _ => None,
    }
}

/// The tokens of a path of fields, such as `room.id`; `room?.id` leads through an `Option`.
fn path(cx: &Ctxt, key: &Ident, field: &LitStr) -> Option<TokenStream> {
    let text = field.value();
    if text.is_empty() {
        cx.error(
            field,
            format_args!("the key is empty: write a field of the body, such as `{key} = \"room\"`"),
        );
        return None;
    }
    let mut path = TokenStream::new();
    for part in text.split('.') {
        let name = part.strip_suffix('?').unwrap_or(part);
        let Some(member) = member(name, field.span()) else {
            cx.error(
                field,
                format_args!(
                    "`{text}` is not a path of fields: write the names of fields of the body, such \
                     as `{key} = \"room.id\"`"
                ),
            );
            return None;
        };
        path.extend(quote!(.#member));
        if name.len() < part.len() {
            path.extend(quote!(.as_ref()?));
        }
    }
    Some(path)
}

/// A field by its name, or by its place in a tuple.
fn member(name: &str, span: Span) -> Option<TokenStream> {
    if let Ok(index) = name.parse::<u32>() {
        return Some(Index { index, span }.into_token_stream());
    }
    let mut ident = syn::parse_str::<Ident>(name).ok()?;
    ident.set_span(span);
    Some(ident.into_token_stream())
}
