//! From syntax to the parsed item.

use syn::DeriveInput;

use crate::attr::AttrSpec;
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::{self, Grammar};
use crate::symbol::{CONNECTOR, CRATE, SOCKET};

/// A field has one role, or none.
pub(crate) type Input = parts::Input<(), ()>;

const GRAMMAR: Grammar<()> = Grammar {
    name: CONNECTOR,
    thing: CONNECTOR,
    on_struct: AttrSpec { name: "`#[connector(..)]` on a struct", known: &[CRATE] },
    on_enum: AttrSpec { name: "`#[connector(..)]` on an enum", known: &[CRATE] },
    on_field: AttrSpec { name: "`#[connector(..)]` on a field", known: &[SOCKET] },
    roles: &[(SOCKET, ())],
};

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Container, Option<Input>) {
    GRAMMAR.parse(cx, input, |(), _, _| Ok(()))
}
