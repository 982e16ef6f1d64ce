//! What a derive stands on.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::{Attribute, Field, Generics, Member, Type, Visibility};

use crate::attr::{Arg, Place};
use crate::ctxt::Ctxt;
use crate::value::flag;

/// The type that a derive stands on.
pub(crate) struct Target {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
}

/// A field of a struct, and the part that it plays.
pub(crate) struct Part<R> {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// The key that says it, and what it says.
    pub(crate) role: Option<(Ident, R)>,
}

/// A variant of an enum: one part that everything is delegated to.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

/// The attributes with this name.
pub(crate) fn named<'a>(
    attrs: &'a [Attribute],
    name: &'static str,
) -> impl Iterator<Item = &'a Attribute> {
    attrs.iter().filter(move |attr| attr.path().is_ident(name))
}

/// Reads the fields of a struct; `roles` are the keys that `place` knows.
pub(crate) fn parts<R: Copy>(
    cx: &Ctxt,
    fields: syn::Fields,
    attribute: &'static str,
    place: &Place,
    roles: &[(&str, R)],
) -> Vec<Part<R>> {
    let fields = fields.into_iter().enumerate();
    fields.map(|(index, field)| part(cx, index, field, attribute, place, roles)).collect()
}

fn part<R: Copy>(
    cx: &Ctxt,
    index: usize,
    field: Field,
    attribute: &'static str,
    place: &Place,
    roles: &[(&str, R)],
) -> Part<R> {
    let mut role: Option<(Ident, R)> = None;
    for attr in named(&field.attrs, attribute) {
        place.read(cx, attr, |arg, input| {
            let key = match arg {
                Arg::Key(key) => key,
                Arg::Literal(literal) => return Err(place.no_literal(&literal)),
            };
            let Some((_, found)) = roles.iter().find(|(name, _)| key == name) else {
                return Err(place.unknown(&key));
            };
            flag(&key, input)?;
            match &role {
                Some((first, _)) => cx.error(
                    &key,
                    format_args!(
                        "the field is `{first}` already: remove `{key}`, or give it a field of \
                         its own"
                    ),
                ),
                None => role = Some((key, *found)),
            }
            Ok(())
        });
    }
    let member = field.ident.map_or_else(|| Member::from(index), Member::Named);
    Part { member, ty: field.ty, role }
}

/// Reads the variants of an enum; `what` each of them holds.
pub(crate) fn variants(
    cx: &Ctxt,
    ident: &Ident,
    variants: impl IntoIterator<Item = syn::Variant>,
    attribute: &'static str,
    what: &str,
) -> Vec<Variant> {
    let mut read = Vec::new();
    let mut any = false;
    for variant in variants {
        any = true;
        let inner = variant.fields.iter().flat_map(|field| &field.attrs);
        for attr in variant.attrs.iter().chain(inner) {
            if attr.path().is_ident(attribute) {
                cx.error(
                    attr,
                    format_args!(
                        "a variant only delegates: `#[{attribute}(..)]` stands on the {what} inside"
                    ),
                );
            }
        }
        let ident = variant.ident;
        let ty = match variant.fields {
            syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                fields.unnamed.into_iter().next().map(|field| field.ty)
            }
            other => {
                let shown = match &other {
                    syn::Fields::Unit => ident.to_token_stream(),
                    fields => fields.to_token_stream(),
                };
                cx.error(
                    shown,
                    format_args!("a variant holds one {what} and nothing else: `{ident}(Type)`"),
                );
                None
            }
        };
        read.extend(ty.map(|ty| Variant { ident, ty }));
    }
    if !any {
        cx.error(
            ident,
            format_args!("an enum without variants is no {what}: add one, such as `A(Type)`"),
        );
    }
    read
}

/// An identifier of the macro's own for the `index`-th of something.
pub(crate) fn nth(name: &str, index: usize) -> Ident {
    format_ident!("{name}{index}")
}
