//! From the parsed to the checked socket: the rules.

use proc_macro2::Ident;

use super::model::{Carrier, Input, Keys, Model, Role, Struct};
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::Part;

/// The socket's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, container: &Container, input: &'a Input) -> Option<Model<'a>> {
    let model = input.check(|keys, parts| of_parts(cx, &container.ident, keys, parts));
    container.refuse_lifetimes(cx, "a socket is owned by its connection");
    model
}

fn of_parts<'a>(
    cx: &Ctxt,
    ident: &Ident,
    keys: &'a Keys,
    parts: &'a [Part<Role>],
) -> Option<Struct<'a>> {
    let all_read = cx.is_clean();
    let mut carrier = None;
    let mut peer = None;
    let mut rest = Vec::new();
    for part in parts {
        let slot = match part.role {
            Some((_, Role::Io | Role::Link)) => &mut carrier,
            Some((_, Role::Peer)) => &mut peer,
            None => {
                rest.push(part);
                continue;
            }
        };
        match slot {
            None => *slot = Some(part),
            Some(first) => only_one(cx, first, part),
        }
    }
    if all_read && carrier.is_none() {
        cx.error(
            ident,
            "no field carries the packages: mark one `#[socket(io)]` if it is a byte stream, or \
             `#[socket(link)]` if it implements `Link`",
        );
    }
    if all_read && peer.is_none() {
        cx.error(ident, "no field is marked `peer`: add `#[socket(peer)] peer: Peer`");
    }
    let carrier = carrier.and_then(|part| carrier_of(cx, part, keys, all_read));
    Some(Struct {
        carrier: carrier?,
        peer: peer?,
        rest,
        session: keys.session.get(),
        batch: keys.batch.get().copied(),
    })
}

/// A byte stream has no boundaries without a framing, a link has its own.
fn carrier_of<'a>(
    cx: &Ctxt,
    part: &'a Part<Role>,
    keys: &'a Keys,
    all_read: bool,
) -> Option<Carrier<'a>> {
    let (io_or_link, role) = part.role.as_ref()?;
    match (role, keys.framing.get()) {
        (Role::Io, Some((_, framing))) => Some(Carrier::Io { part, framing }),
        (Role::Io, None) => {
            if all_read {
                cx.error(
                    io_or_link,
                    "a byte stream needs a framing: add `#[socket(framing = ..)]` to the struct, \
                     such as `framing = LengthDelimited<u32>`, or mark the field \
                     `#[socket(link)]` if it implements `Link`",
                );
            }
            None
        }
        (_, Some((framing, _))) => {
            cx.error(
                framing,
                "a link takes no framing: remove `framing`, or mark the field `#[socket(io)]` if \
                 it is a byte stream",
            );
            None
        }
        (_, None) => Some(Carrier::Link(part)),
    }
}

fn only_one(cx: &Ctxt, first: &Part<Role>, second: &Part<Role>) {
    let (Some((first, _)), Some((second, _))) = (&first.role, &second.role) else { return };
    if first == second {
        cx.error(
            second,
            format_args!(
                "a socket has only one `{second}`: remove `{second}` from one of the two fields"
            ),
        );
    } else {
        cx.error(
            second,
            "`io` and `link` exclude each other: keep `io` if it is a byte stream, `link` if it \
             implements `Link`",
        );
    }
}
