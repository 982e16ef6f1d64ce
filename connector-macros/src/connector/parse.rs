//! From syntax to what was written.

use syn::{Data, DeriveInput};

use super::model::{Input, Keys, Role};
use crate::attr::{Arg, Place, Slot};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{CODEC, CONFIG, CONNECTOR, CRATE, LISTEN, SOCKET};
use crate::target::{self, Target, named};
use crate::value;

const ON_STRUCT: Place =
    Place { name: "`#[connector(..)]` on a struct", known: &[SOCKET, CODEC, CRATE] };
const ON_ENUM: Place = Place { name: "`#[connector(..)]` on an enum", known: &[CRATE] };
const ON_FIELD: Place = Place { name: "`#[connector(..)]` on a field", known: &[LISTEN, CONFIG] };
const ROLES: [(&str, Role); 2] = [(LISTEN, Role::Listen), (CONFIG, Role::Config)];

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Target, Private, Option<Input>) {
    let is_enum = matches!(input.data, Data::Enum(_));
    let place = if is_enum { ON_ENUM } else { ON_STRUCT };
    let mut krate = Slot::new();
    let mut keys = Keys { socket: Slot::new(), codec: Slot::new() };
    for attr in named(&input.attrs, CONNECTOR) {
        place.read(cx, attr, |arg, input| {
            let key = match arg {
                Arg::Key(key) => key,
                Arg::Literal(literal) => return Err(place.no_literal(&literal)),
            };
            if key == CRATE {
                krate.set(cx, &key, value::path(&key, input)?);
            } else if is_enum && (key == SOCKET || key == CODEC) {
                return Err(error(
                    &key,
                    format_args!("an enum only delegates: `{key}` stands on the structs inside"),
                ));
            } else if key == SOCKET {
                keys.socket.set(cx, &key, value::ty(&key, input)?);
            } else if key == CODEC {
                keys.codec.set(cx, &key, value::ty(&key, input)?);
            } else if ON_FIELD.known.iter().any(|name| key == name) {
                return Err(error(
                    &key,
                    format_args!("`{key}` marks a field: write `#[connector({key})]` on it"),
                ));
            } else {
                return Err(place.unknown(&key));
            }
            Ok(())
        });
    }
    let target = Target { vis: input.vis, ident: input.ident, generics: input.generics };
    let private = Private::new(krate.get());
    let input = match input.data {
        Data::Struct(data) => {
            let parts = target::parts(cx, data.fields, CONNECTOR, &ON_FIELD, &ROLES);
            Some(Input::Struct { keys: Box::new(keys), parts })
        }
        Data::Enum(data) => {
            let ident = &target.ident;
            Some(Input::Enum(target::variants(cx, ident, data.variants, CONNECTOR, "connector")))
        }
        Data::Union(data) => {
            cx.error(data.union_token, "a union is no connector: make it a struct or an enum");
            None
        }
    };
    (target, private, input)
}
