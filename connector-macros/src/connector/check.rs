//! From the parsed to the checked connector: the rules.

use proc_macro2::Ident;

use super::model::{Factory, Input, Keys, Model, Role, Struct};
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::Part;

/// The connector's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, container: &Container, input: &'a Input) -> Option<Model<'a>> {
    let model = input.check(|keys, parts| of_parts(cx, &container.ident, keys, parts));
    container.refuse_lifetimes(cx, "a connector is owned by the server");
    model
}

/// The arguments of `new` and `bind`: known as soon as one field listens,
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
    let mut listen = None;
    let mut config = None;
    let mut rest = Vec::new();
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
                format_args!(
                    "a connector has only one `{key}`: remove `{key}` from one of the two \
                     fields{help}"
                ),
            ),
        }
    }
    if all_read {
        socket_and_codec(cx, ident, keys);
        if listen.is_none() {
            cx.error(
                ident,
                "no field is marked `listen`: mark the one that listens, such as \
                 `#[connector(listen)] tcp: transport::Tcp`",
            );
        }
    }
    let socket = keys.socket.get()?;
    let codec = keys.codec.get()?;
    Some(Struct { socket, codec, listen: listen?, config, rest })
}

/// Reports the keys that are missing.
fn socket_and_codec(cx: &Ctxt, ident: &Ident, keys: &Keys) {
    let problem = match (keys.socket.get(), keys.codec.get()) {
        (Some(_), Some(_)) => return,
        (None, None) => {
            "`socket` and `codec` are missing: add `#[connector(socket = .., codec = ..)]`"
        }
        (None, Some(_)) => {
            "`socket` is missing: add `socket = ..` to `#[connector(..)]`, a type with \
             `#[derive(Socket)]`"
        }
        (Some(_), None) => {
            "`codec` is missing: add `codec = ..` to `#[connector(..)]`, such as \
             `codec = JsonCodec`"
        }
    };
    cx.error(ident, problem);
}
