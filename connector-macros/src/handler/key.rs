//! The field that keys the order of a route's calls.

use proc_macro2::Ident;
use quote::quote;
use syn::{FnArg, Type};

use super::body::{BodyArgument, Form};
use super::model::{Key, Method};
use crate::ctxt::Ctxt;
use crate::fields::Fields;
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
    let (ty, argument) = body(cx, method, key, field)?;
    let optional = argument.optional.then(|| quote!(.as_ref()?));
    let wrapped = (argument.form == Form::Wrapped).then(|| quote!(.0));
    let way = field.way();
    // Behind a `?` it is a reference already.
    let reference = (!field.ends_in_option()).then(|| quote!(&));
    Some(Key {
        text: field.text.clone(),
        shown: field.tokens.clone(),
        body: inferred(ty, &method.sig.generics, self_ty),
        value: quote!(#reference __read #optional #wrapped #way),
    })
}

/// The argument that reads the body of a keyed route, with its type.
fn body<'a>(
    cx: &Ctxt,
    method: &'a Method,
    key: &Ident,
    field: &Fields,
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
            &field.tokens,
            format_args!(
                "a key is a field of the body, which `{}` does not take: add an argument such as \
                 `Json<T>`, or remove `{key}`",
                method.sig.ident
            ),
        ),
        _ => cx.error(
            &field.tokens,
            "several arguments may read the body that has the key: take the body as `Json<T>`, \
             `Body<T>` or `Proto<T>`",
        ),
    }
    None
}
