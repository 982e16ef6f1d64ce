//! From what was written to what it means: the rules.

use proc_macro2::Ident;

use super::model::{Factory, Input, Keys, Model, Role, Struct};
use crate::ctxt::Ctxt;
use crate::target::{Part, Target};

/// The connector that was meant; if there is none, `cx` knows why.
pub(crate) fn check(cx: &Ctxt, target: &Target, input: Option<Input>) -> Option<Model> {
    // The server's task owns the connector.
    for lifetime in target.generics.lifetimes() {
        cx.error(
            lifetime,
            format_args!(
                "a connector is moved into the server and cannot borrow: remove `{}`",
                lifetime.lifetime
            ),
        );
    }
    match input? {
        Input::Struct { keys, parts } => parts_of(cx, &target.ident, keys, parts).map(Model::Struct),
        Input::Enum(variants) => Some(Model::Enum(variants)),
    }
}

/// What `new` and `bind` would take: known as soon as one field listens,
/// whatever else is wrong.
pub(crate) fn factory(input: &Option<Input>) -> Option<Factory> {
    let Some(Input::Struct { parts, .. }) = input else { return None };
    let with = |wanted| {
        let mut parts = parts.iter();
        let part = parts.find(|part| matches!(part.role, Some((_, role)) if role == wanted));
        part.map(|part| part.ty.clone())
    };
    Some(Factory { listen: with(Role::Listen)?, config: with(Role::Config) })
}

fn parts_of(cx: &Ctxt, ident: &Ident, mut keys: Keys, parts: Vec<Part<Role>>) -> Option<Struct> {
    let (mut listen, mut config, mut rest) = (None, None, Vec::new());
    for part in parts {
        let Some((key, role)) = &part.role else {
            rest.push(part);
            continue;
        };
        let slot = match role {
            Role::Listen => &mut listen,
            Role::Config => &mut config,
        };
        if slot.is_some() {
            cx.error(
                key,
                format_args!(
                    "a connector has one `{key}`: unmark one of the two fields{}",
                    match role {
                        Role::Listen => ", or make it an enum of two connectors",
                        Role::Config => "",
                    }
                ),
            );
            continue;
        }
        *slot = Some(part);
    }
    let (socket, codec) = (keys.socket.take(), keys.codec.take());
    match (&socket, &codec) {
        (None, None) => cx.error(
            ident,
            "neither `socket` nor `codec` is named: add `#[connector(socket = .., codec = ..)]`",
        ),
        (None, Some(_)) => cx.error(
            ident,
            "no `socket` is named: add `socket = ..` to `#[connector(..)]`, a type with \
             `#[derive(Socket)]`",
        ),
        (Some(_), None) => cx.error(
            ident,
            "no `codec` is named: add `codec = ..` to `#[connector(..)]`, such as \
             `codec = JsonCodec`",
        ),
        (Some(_), Some(_)) => {}
    }
    if listen.is_none() {
        cx.error(
            ident,
            "connections arrive nowhere: mark the field that listens `#[connector(listen)]`, such \
             as `listen: transport::Tcp`",
        );
    }
    Some(Struct { socket: socket?, codec: codec?, listen: listen?, config, rest })
}
