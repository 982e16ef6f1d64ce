//! From syntax to what was written.

use proc_macro2::Ident;
use syn::{Attribute, Data, DeriveInput, Fields, Member, Token};

use super::model::{Field, Input};
use crate::attr::{Arg, Place, Slot};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{CODE, CRATE, MESSAGE, META, ROUTE_ERROR};
use crate::target::{Target, named};
use crate::value;

const ON_STRUCT: Place =
    Place { name: "`#[route_error(..)]` on a struct", known: &[CODE, MESSAGE, CRATE] };
const ON_ENUM: Place = Place { name: "`#[route_error(..)]` on an enum", known: &[CRATE] };
const ON_VARIANT: Place =
    Place { name: "`#[route_error(..)]` on a variant", known: &[CODE, MESSAGE] };
const ON_FIELD: Place = Place { name: "`#[route_error(..)]` on a field", known: &[META] };

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Target, Private, Option<Vec<Input>>) {
    let mut krate = Slot::new();
    let cases = match input.data {
        Data::Struct(data) => {
            let (code, message) = answer(cx, &input.attrs, &ON_STRUCT, Some(&mut krate));
            Some(vec![Input { variant: None, code, message, fields: fields(cx, data.fields) }])
        }
        Data::Enum(data) => {
            answer(cx, &input.attrs, &ON_ENUM, Some(&mut krate));
            let variants = data.variants.into_iter().map(|variant| {
                let (code, message) = answer(cx, &variant.attrs, &ON_VARIANT, None);
                let fields = fields(cx, variant.fields);
                Input { variant: Some(variant.ident), code, message, fields }
            });
            Some(variants.collect())
        }
        Data::Union(data) => {
            cx.error(data.union_token, "a union is no error: make it a struct or an enum");
            None
        }
    };
    let target = Target { vis: input.vis, ident: input.ident, generics: input.generics };
    (target, Private::new(krate.get()), cases)
}

/// Reads what is answered; `krate` is the place for `crate`, where it may
/// stand.
fn answer(
    cx: &Ctxt,
    attrs: &[Attribute],
    place: &Place,
    mut krate: Option<&mut Slot<syn::Path>>,
) -> (Slot<(Ident, u16)>, Slot<syn::LitStr>) {
    let (mut code, mut message) = (Slot::new(), Slot::new());
    for attr in named(attrs, ROUTE_ERROR) {
        place.read(cx, attr, |arg, input| {
            let key = match arg {
                Arg::Key(key) => key,
                Arg::Literal(literal) => return Err(place.no_literal(&literal)),
            };
            if key == META {
                return Err(error(
                    &key,
                    format_args!("`{META}` marks a field: write `#[{ROUTE_ERROR}({META})]` on it"),
                ));
            } else if let Some(krate) = krate.as_mut().filter(|_| key == CRATE) {
                krate.set(cx, &key, value::path(&key, input)?);
            } else if key == CRATE {
                return Err(error(&key, format_args!("`{CRATE}` stands on the whole enum")));
            } else if key == CODE && place.known.contains(&CODE) {
                let value = value::number(&key, 0, input)?;
                code.set(cx, &key, (key.clone(), value));
            } else if key == MESSAGE && place.known.contains(&MESSAGE) {
                message.set(cx, &key, value::string(&key, "room is full", input)?);
            } else if key == CODE || key == MESSAGE {
                return Err(error(
                    &key,
                    format_args!("each variant has its own: `#[{ROUTE_ERROR}({key} = ..)]` on it"),
                ));
            } else {
                return Err(place.unknown(&key));
            }
            Ok(())
        });
    }
    (code, message)
}

fn fields(cx: &Ctxt, fields: Fields) -> Vec<Field> {
    let fields = fields.into_iter().enumerate();
    let fields = fields.map(|(index, field)| {
        let mut meta = Slot::new();
        for attr in named(&field.attrs, ROUTE_ERROR) {
            ON_FIELD.read(cx, attr, |arg, input| {
                let key = match arg {
                    Arg::Key(key) if key == META => key,
                    Arg::Key(key) => return Err(ON_FIELD.unknown(&key)),
                    Arg::Literal(literal) => return Err(ON_FIELD.no_literal(&literal)),
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
