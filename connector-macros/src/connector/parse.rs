//! From syntax to the parsed item.

use syn::DeriveInput;

use super::model::{Input, Keys, Role};
use crate::attr::AttrSpec;
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::Grammar;
use crate::symbol::{CODEC, CONFIG, CONNECTOR, CRATE, LISTEN, SOCKET};
use crate::value;

const GRAMMAR: Grammar<Role> = Grammar {
    name: CONNECTOR,
    thing: CONNECTOR,
    on_struct: AttrSpec { name: "`#[connector(..)]` on a struct", known: &[SOCKET, CODEC, CRATE] },
    on_enum: AttrSpec { name: "`#[connector(..)]` on an enum", known: &[CRATE] },
    on_field: AttrSpec { name: "`#[connector(..)]` on a field", known: &[LISTEN, CONFIG] },
    roles: &[(LISTEN, Role::Listen), (CONFIG, Role::Config)],
};

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Container, Option<Input>) {
    GRAMMAR.parse(cx, input, |keys: &mut Keys, key, input| {
        if key == SOCKET {
            keys.socket.set(cx, key, value::ty(key, input)?);
        } else if key == CODEC {
            keys.codec.set(cx, key, value::ty(key, input)?);
        }
        Ok(())
    })
}
