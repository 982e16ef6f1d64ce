//! From syntax to the parsed item.

use syn::DeriveInput;

use crate::attr::AttrSpec;
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::{self, Grammar};
use crate::symbol::{CONNECTOR, CRATE, LINK, PLUGIN, PROFILE};

pub(crate) type Input = parts::Input<(), Role>;

/// The role of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Profile,
    Link,
}

const GRAMMAR: Grammar<Role> = Grammar {
    name: PLUGIN,
    thing: CONNECTOR,
    on_struct: AttrSpec { name: "`#[plugin(..)]` on a struct", known: &[CRATE] },
    on_enum: AttrSpec { name: "`#[plugin(..)]` on an enum", known: &[CRATE] },
    on_field: AttrSpec { name: "`#[plugin(..)]` on a field", known: &[PROFILE, LINK] },
    roles: &[(PROFILE, Role::Profile), (LINK, Role::Link)],
};

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Container, Option<Input>) {
    GRAMMAR.parse(cx, input, |(), _, _| Ok(()))
}
