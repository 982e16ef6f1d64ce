//! From syntax to what was written.

use syn::{Data, DeriveInput};

use super::model::{Batch, Input, Keys, Role};
use crate::attr::{Arg, Place, Slot};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{ARRAY, BATCH, CONCAT, CRATE, EACH, FRAMING, IO, LINK, PEER, SESSION, SOCKET};
use crate::target::{self, Target, named};
use crate::value;

const ON_STRUCT: Place =
    Place { name: "`#[socket(..)]` on a struct", known: &[FRAMING, SESSION, BATCH, CRATE] };
const ON_ENUM: Place = Place { name: "`#[socket(..)]` on an enum", known: &[CRATE] };
const ON_FIELD: Place = Place { name: "`#[socket(..)]` on a field", known: &[IO, LINK, PEER] };
const ROLES: [(&str, Role); 3] = [(IO, Role::Io), (LINK, Role::Link), (PEER, Role::Peer)];

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Target, Private, Option<Input>) {
    let is_enum = matches!(input.data, Data::Enum(_));
    let place = if is_enum { ON_ENUM } else { ON_STRUCT };
    let mut krate = Slot::new();
    let mut keys = Keys { framing: Slot::new(), session: Slot::new(), batch: Slot::new() };
    for attr in named(&input.attrs, SOCKET) {
        place.read(cx, attr, |arg, input| {
            let key = match arg {
                Arg::Key(key) => key,
                Arg::Literal(literal) => return Err(place.no_literal(&literal)),
            };
            if key == CRATE {
                krate.set(cx, &key, value::path(&key, input)?);
            } else if is_enum && (key == FRAMING || key == SESSION || key == BATCH) {
                return Err(error(
                    &key,
                    format_args!("an enum only delegates: `{key}` stands on the structs inside"),
                ));
            } else if key == FRAMING {
                let framing = value::ty(&key, input)?;
                keys.framing.set(cx, &key, (key.clone(), framing));
            } else if key == SESSION {
                keys.session.set(cx, &key, value::ty(&key, input)?);
            } else if key == BATCH {
                let name = value::name(&key, input)?;
                keys.batch.set(cx, &key, batch(&name)?);
            } else if ON_FIELD.known.iter().any(|name| key == name) {
                return Err(error(
                    &key,
                    format_args!("`{key}` marks a field: write `#[socket({key})]` on it"),
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
            let parts = target::parts(cx, data.fields, SOCKET, &ON_FIELD, &ROLES);
            Some(Input::Struct { keys: Box::new(keys), parts })
        }
        Data::Enum(data) => {
            let ident = &target.ident;
            Some(Input::Enum(target::variants(cx, ident, data.variants, SOCKET, "socket")))
        }
        Data::Union(data) => {
            cx.error(data.union_token, "a union is no socket: make it a struct or an enum");
            None
        }
    };
    (target, private, input)
}

fn batch(name: &syn::Ident) -> syn::Result<Batch> {
    if name == CONCAT {
        Ok(Batch::Concat)
    } else if name == ARRAY {
        Ok(Batch::Array)
    } else if name == EACH {
        Ok(Batch::Each)
    } else {
        Err(error(
            name,
            format_args!("`{BATCH}` is `{CONCAT}`, `{ARRAY}` or `{EACH}`, not `{name}`"),
        ))
    }
}
