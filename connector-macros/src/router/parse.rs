//! From syntax to what was written.

use syn::{Data, DeriveInput, Fields};

use crate::attr::{Arg, Place, Slot};
use crate::ctxt::Ctxt;
use crate::private::Private;
use crate::symbol::{CRATE, ROUTER};
use crate::target::{Target, named};
use crate::value;

const ON_STRUCT: Place = Place { name: "`#[router(..)]`", known: &[CRATE] };

/// Reads a struct; every field is a handler.
pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Target, Private, Option<Fields>) {
    let mut krate = Slot::new();
    for attr in named(&input.attrs, ROUTER) {
        ON_STRUCT.read(cx, attr, |arg, input| match arg {
            Arg::Key(key) if key == CRATE => {
                krate.set(cx, &key, value::path(&key, input)?);
                Ok(())
            }
            Arg::Key(key) => Err(ON_STRUCT.unknown(&key)),
            Arg::Literal(literal) => Err(ON_STRUCT.no_literal(&literal)),
        });
    }
    let target = Target { vis: input.vis, ident: input.ident, generics: input.generics };
    let fields = match input.data {
        Data::Struct(data) => Some(data.fields),
        Data::Enum(data) => {
            cx.error(data.enum_token, "all handlers are served, not one of them: make it a struct");
            None
        }
        Data::Union(data) => {
            cx.error(data.union_token, "a union is no router: make it a struct");
            None
        }
    };
    for attr in fields.iter().flatten().flat_map(|field| named(&field.attrs, ROUTER)) {
        cx.error(attr, "a field is a handler and nothing else: remove this");
    }
    (target, Private::new(krate.get()), fields)
}
