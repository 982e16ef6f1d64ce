//! From syntax to the parsed item.

use proc_macro2::Ident;
use syn::DeriveInput;

use super::model::{Batch, Input, Keys, Role};
use crate::attr::AttrSpec;
use crate::container::Container;
use crate::ctxt::{Ctxt, error};
use crate::parts::Grammar;
use crate::symbol::{ARRAY, BATCH, CONCAT, CRATE, EACH, FRAMING, IO, LINK, PEER, SESSION, SOCKET};
use crate::value;

const GRAMMAR: Grammar<Role> = Grammar {
    name: SOCKET,
    thing: SOCKET,
    on_struct: AttrSpec {
        name: "`#[socket(..)]` on a struct",
        known: &[FRAMING, SESSION, BATCH, CRATE],
    },
    on_enum: AttrSpec { name: "`#[socket(..)]` on an enum", known: &[CRATE] },
    on_field: AttrSpec { name: "`#[socket(..)]` on a field", known: &[IO, LINK, PEER] },
    roles: &[(IO, Role::Io), (LINK, Role::Link), (PEER, Role::Peer)],
};

pub(crate) fn parse(cx: &Ctxt, input: DeriveInput) -> (Container, Option<Input>) {
    GRAMMAR.parse(cx, input, |keys: &mut Keys, key, input| {
        if key == FRAMING {
            let framing = value::ty(key, input)?;
            keys.framing.set(cx, key, (key.clone(), framing));
        } else if key == SESSION {
            keys.session.set(cx, key, value::ty(key, input)?);
        } else if key == BATCH {
            let name = value::name(key, input)?;
            keys.batch.set(cx, key, batch(&name)?);
        }
        Ok(())
    })
}

fn batch(name: &Ident) -> syn::Result<Batch> {
    if name == CONCAT {
        Ok(Batch::Concat)
    } else if name == ARRAY {
        Ok(Batch::Array)
    } else if name == EACH {
        Ok(Batch::Each)
    } else {
        let message =
            format_args!("unknown batch `{name}`: write `{CONCAT}`, `{ARRAY}` or `{EACH}`");
        Err(error(name, message))
    }
}
