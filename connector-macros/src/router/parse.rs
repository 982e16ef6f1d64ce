//! From syntax to the fields.

use syn::{Data, DeriveInput, Fields};

use crate::attr::{Arg, AttrSpec, Slot};
use crate::container::{Container, named};
use crate::ctxt::Ctxt;
use crate::symbol::{CRATE, ROUTER};
use crate::value;

const ON_STRUCT: AttrSpec = AttrSpec { name: "`#[router(..)]`", known: &[CRATE] };

/// Parses a struct; every field is a handler.
pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Container, Option<Fields>) {
    let mut krate = Slot::default();
    for attr in named(&input.attrs, ROUTER) {
        ON_STRUCT.read(cx, attr, |arg, input| match arg {
            Arg::Key(key) if key == CRATE => {
                krate.set(cx, &key, value::path(&key, input)?);
                Ok(())
            }
            Arg::Key(key) => Err(ON_STRUCT.unknown(&key)),
            Arg::Literal(literal) => Err(ON_STRUCT.unexpected(&literal)),
        });
    }
    let container = Container::new(&input, krate.get());
    let fields = match input.data {
        Data::Struct(data) => Some(data.fields),
        Data::Enum(data) => {
            cx.error(data.enum_token, "an enum cannot be a router: make it a struct of handlers");
            None
        }
        Data::Union(data) => {
            cx.error(data.union_token, "a union cannot be a router: make it a struct of handlers");
            None
        }
    };
    for attr in fields.iter().flatten().flat_map(|field| named(&field.attrs, ROUTER)) {
        cx.error(attr, "a router's field takes no attribute: remove this one");
    }
    (container, fields)
}
