//! From what was written to what it means: the rules.

use proc_macro2::Ident;

use super::model::{Factory, Input, Keys, Model, Role, Struct};
use crate::ctxt::Ctxt;
use crate::target::{Part, Target};

/// The connector that was meant; if there is none, `cx` knows why.
pub(crate) fn check<'a>(cx: &Ctxt, target: &Target, input: Option<&'a Input>) -> Option<Model<'a>> {
    let model = match input? {
        Input::Struct { keys, parts } => {
            of_parts(cx, &target.ident, keys, parts).map(Model::Struct)
        }
        Input::Enum(variants) => Some(Model::Enum(variants)),
    };
    // The server's task owns the connector.
    for lifetime in target.generics.lifetimes() {
        let name = &lifetime.lifetime;
        cx.error(
            lifetime,
            format_args!("a connector moves into the server and cannot borrow: remove `{name}`"),
        );
    }
    model
}

/// What `new` and `bind` would take: known as soon as one field listens,
/// whatever else is wrong.
pub(crate) fn factory(parts: &[Part<Role>]) -> Option<Factory<'_>> {
    let with =
        |wanted| parts.iter().find(|part| matches!(part.role, Some((_, role)) if role == wanted));
    Some(Factory {
        listen: &with(Role::Listen)?.ty,
        config: with(Role::Config).map(|part| &part.ty),
    })
}

fn of_parts<'a>(
    cx: &Ctxt,
    ident: &Ident,
    keys: &'a Keys,
    parts: &'a [Part<Role>],
) -> Option<Struct<'a>> {
    let all_read = cx.is_clean();
    let (mut listen, mut config, mut rest) = (None, None, Vec::new());
    for part in parts {
        let (key, slot, help) = match &part.role {
            Some((key, Role::Listen)) => (key, &mut listen, ", or make an enum of two connectors"),
            Some((key, Role::Config)) => (key, &mut config, ""),
            None => {
                rest.push(part);
                continue;
            }
        };
        match slot {
            None => *slot = Some(part),
            Some(_) => cx.error(
                key,
                format_args!("a connector has one `{key}`: unmark one of the two fields{help}"),
            ),
        }
    }
    let (socket, codec) = (keys.socket.get(), keys.codec.get());
    if all_read {
        named(cx, ident, keys);
        if listen.is_none() {
            cx.error(
                ident,
                "connections arrive nowhere: mark the field that listens `#[connector(listen)]`, \
                 such as `listen: transport::Tcp`",
            );
        }
    }
    Some(Struct { socket: socket?, codec: codec?, listen: listen?, config, rest })
}

fn named(cx: &Ctxt, ident: &Ident, keys: &Keys) {
    let problem = match (keys.socket.get(), keys.codec.get()) {
        (Some(_), Some(_)) => return,
        (None, None) => {
            "neither `socket` nor `codec` is named: add `#[connector(socket = .., codec = ..)]`"
        }
        (None, Some(_)) => {
            "no `socket` is named: add `socket = ..` to `#[connector(..)]`, a type with \
             `#[derive(Socket)]`"
        }
        (Some(_), None) => {
            "no `codec` is named: add `codec = ..` to `#[connector(..)]`, such as \
             `codec = JsonCodec`"
        }
    };
    cx.error(ident, problem);
}
