//! From syntax to the parsed item.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, Data, DeriveInput, Fields, Lit, Member, Token};

use super::model::{Field, Input};
use crate::attr::{Arg, AttrSpec, Slot};
use crate::container::{Container, named};
use crate::ctxt::{Ctxt, error};
use crate::symbol::{CODE, CRATE, MESSAGE, META, ROUTE_ERROR};
use crate::value;

const ON_STRUCT: AttrSpec =
    AttrSpec { name: "`#[route_error(..)]` on a struct", known: &[CODE, MESSAGE, CRATE] };
const ON_ENUM: AttrSpec = AttrSpec { name: "`#[route_error(..)]` on an enum", known: &[CRATE] };
const ON_VARIANT: AttrSpec =
    AttrSpec { name: "`#[route_error(..)]` on a variant", known: &[CODE, MESSAGE] };
const ON_FIELD: AttrSpec = AttrSpec { name: "`#[route_error(..)]` on a field", known: &[META] };

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Container, Option<Vec<Input>>) {
    let mut krate = Slot::default();
    let on_type = if matches!(input.data, Data::Enum(_)) { ON_ENUM } else { ON_STRUCT };
    let (code, message) = answer(cx, &input.attrs, &on_type, Some(&mut krate));
    let container = Container::new(&input, krate.get());
    let cases = match input.data {
        Data::Struct(data) => {
            Some(vec![Input { variant: None, code, message, fields: fields(cx, data.fields) }])
        }
        Data::Enum(data) => {
            let variants = data.variants.into_iter().map(|variant| {
                let (code, message) = answer(cx, &variant.attrs, &ON_VARIANT, None);
                let fields = fields(cx, variant.fields);
                Input { variant: Some(variant.ident), code, message, fields }
            });
            Some(variants.collect())
        }
        Data::Union(data) => {
            cx.error(
                data.union_token,
                "a union cannot be a route error: make it a struct or an enum",
            );
            None
        }
    };
    (container, cases)
}

/// Parses the code and the message; `krate` takes the value of `crate`, where
/// that is allowed.
fn answer(
    cx: &Ctxt,
    attrs: &[Attribute],
    spec: &AttrSpec,
    mut krate: Option<&mut Slot<syn::Path>>,
) -> (Slot<(Ident, u16)>, Slot<syn::LitStr>) {
    let mut code = Slot::default();
    let mut message = Slot::default();
    for attr in named(attrs, ROUTE_ERROR) {
        spec.read(cx, attr, |arg, input| {
            let key = match arg {
                Arg::Key(key) => key,
                Arg::Literal(literal) => return Err(without_key(spec, &literal)),
            };
            if key == META {
                return Err(error(
                    &key,
                    format_args!(
                        "`{META}` belongs on a field: write `#[{ROUTE_ERROR}({META})]` there"
                    ),
                ));
            } else if let Some(krate) = krate.as_mut().filter(|_| key == CRATE) {
                krate.set(cx, &key, value::path(&key, input)?);
            } else if key == CRATE {
                return Err(error(
                    &key,
                    format_args!("`{CRATE}` belongs on the enum: move it there"),
                ));
            } else if key == CODE && spec.has(&key) {
                let value = value::number(&key, 0, input)?;
                code.set(cx, &key, (key.clone(), value));
            } else if key == MESSAGE && spec.has(&key) {
                message.set(cx, &key, value::string(&key, "room is full", input)?);
            } else if key == CODE || key == MESSAGE {
                return Err(error(
                    &key,
                    format_args!(
                        "`{key}` belongs on a variant: write `#[{ROUTE_ERROR}({key} = ..)]` there"
                    ),
                ));
            } else {
                return Err(spec.unknown(&key));
            }
            Ok(())
        });
    }
    (code, message)
}

/// The error of a code or a message without its key.
fn without_key(spec: &AttrSpec, literal: &Lit) -> syn::Error {
    let key = match literal {
        Lit::Int(_) => CODE,
        Lit::Str(_) => MESSAGE,
        _ => return spec.unexpected(literal),
    };
    if !spec.known.contains(&key) {
        return spec.unexpected(literal);
    }
    let value = literal.to_token_stream();
    error(literal, format_args!("a {key} has a key: write `{key} = {value}`"))
}

fn fields(cx: &Ctxt, fields: Fields) -> Vec<Field> {
    let fields = fields.into_iter().enumerate();
    let fields = fields.map(|(index, field)| {
        let mut meta = Slot::default();
        for attr in named(&field.attrs, ROUTE_ERROR) {
            ON_FIELD.read(cx, attr, |arg, input| {
                let key = match arg {
                    Arg::Key(key) if key == META => key,
                    Arg::Key(key) => return Err(ON_FIELD.unknown(&key)),
                    Arg::Literal(literal) => return Err(ON_FIELD.unexpected(&literal)),
                };
                let named = input.peek(Token![=]);
                let name = if named { Some(value::string(&key, "name", input)?) } else { None };
                meta.set(cx, &key, (key.clone(), name));
                Ok(())
            });
        }
        let member = field.ident.map_or_else(|| Member::from(index), Member::Named);
        Field { member, ty: field.ty, meta }
    });
    fields.collect()
}
