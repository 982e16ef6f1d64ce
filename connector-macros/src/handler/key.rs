//! The field that keys the order of a route's calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, Index, LitStr, Type};

use super::body::{BodyArgument, Form};
use super::model::{Key, Method};
use crate::ctxt::Ctxt;
use crate::lifetimes::inferred;

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
    let optional = argument.optional.then(|| quote!(.as_ref()?));
    let wrapped = (argument.form == Form::Wrapped).then(|| quote!(.0));
    let path = path?;
    // Behind a `?` it is a reference already.
    let reference = (!field.value().ends_with('?')).then(|| quote!(&));
    Some(Key {
        field: field.clone(),
        body: inferred(ty, &method.sig.generics, self_ty),
        value: quote!(#reference __read #optional #wrapped #path),
    })
}

/// The argument that reads the body of a keyed route, with its type.
fn body<'a>(
    cx: &Ctxt,
    method: &'a Method,
    key: &Ident,
    field: &LitStr,
) -> Option<(&'a Type, BodyArgument)> {
    let inputs = method.sig.inputs.iter();
    let bodies = inputs.filter_map(|input| match input {
        FnArg::Typed(input) => Some((&*input.ty, BodyArgument::of(&input.ty)?)),
        FnArg::Receiver(_) => None,
    });
    let mut bodies: Vec<_> = bodies.collect();
    // It is the body, whatever the user's own types read.
    if let Some(certain) = bodies.iter().position(|(_, argument)| argument.is_certain()) {
        bodies = vec![bodies.swap_remove(certain)];
    }
    match bodies.as_slice() {
        [(ty, BodyArgument { form: Form::Raw, .. })] => cx.error(
            ty,
            format_args!(
                "a body of bytes or text has no field for a key: take it as `Json<T>`, `Body<T>` \
                 or `Proto<T>`, of a type with the field, or remove `{key}`"
            ),
        ),
        [_] => return bodies.pop(),
        [] => cx.error(
            field,
            format_args!(
                "a key is a field of the body, which `{}` does not take: add an argument such as \
                 `Json<T>`, or remove `{key}`",
                method.sig.ident
            ),
        ),
        _ => cx.error(
            field,
            "several arguments may read the body that has the key: take the body as `Json<T>`, \
             `Body<T>` or `Proto<T>`",
        ),
    }
    None
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
