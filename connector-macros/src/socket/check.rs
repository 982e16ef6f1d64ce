//! From what was written to what it means: the rules.

use proc_macro2::Ident;

use super::model::{Carrier, Input, Keys, Model, Role, Struct};
use crate::ctxt::Ctxt;
use crate::symbol::PEER;
use crate::target::{Part, Target};

/// The socket that was meant; if there is none, `cx` knows why.
pub(crate) fn check<'a>(cx: &Ctxt, target: &Target, input: Option<&'a Input>) -> Option<Model<'a>> {
    let model = match input? {
        Input::Struct { keys, parts } => {
            of_parts(cx, &target.ident, keys, parts).map(Model::Struct)
        }
        Input::Enum(variants) => Some(Model::Enum(variants)),
    };
    // The connection's task owns the socket.
    for lifetime in target.generics.lifetimes() {
        let name = &lifetime.lifetime;
        cx.error(
            lifetime,
            format_args!(
                "a socket outlives whoever accepted it and cannot borrow: remove `{name}`"
            ),
        );
    }
    model
}

fn of_parts<'a>(
    cx: &Ctxt,
    ident: &Ident,
    keys: &'a Keys,
    parts: &'a [Part<Role>],
) -> Option<Struct<'a>> {
    let all_read = cx.is_clean();
    let (mut carrier, mut peer, mut rest) = (None, None, Vec::new());
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
            "nothing carries the packages: mark a field `#[socket(io)]` if it is a byte stream, \
             or `#[socket(link)]` if it keeps packages apart by itself",
        );
    }
    if all_read && peer.is_none() {
        cx.error(
            ident,
            "nothing says who is at the other end: add the field `#[socket(peer)] peer: Peer`",
        );
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
                     such as `framing = LengthDelimited<u32>`; a field that keeps packages apart \
                     by itself is `#[socket(link)]`",
                );
            }
            None
        }
        (_, Some((framing, _))) => {
            cx.error(
                framing,
                "a link keeps packages apart by itself: remove `framing`, or mark the field \
                 `#[socket(io)]` if it is a byte stream",
            );
            None
        }
        (_, None) => Some(Carrier::Link(part)),
    }
}

fn only_one(cx: &Ctxt, first: &Part<Role>, second: &Part<Role>) {
    let (Some((first, _)), Some((second, _))) = (&first.role, &second.role) else { return };
    if first == second {
        let what = if second == PEER { "other end".into() } else { format!("`{second}`") };
        cx.error(second, format_args!("a socket has one {what}: unmark one of the two fields"));
    } else {
        cx.error(
            second,
            "`io` and `link` exclude each other: keep `io` if it is a byte stream, `link` if it \
             keeps packages apart by itself",
        );
    }
}
