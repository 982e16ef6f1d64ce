//! From what was written to what it means: the rules.

use proc_macro2::Ident;

use super::model::{Carrier, Input, Keys, Model, Role, Struct};
use crate::ctxt::Ctxt;
use crate::target::{Part, Target};

/// The socket that was meant; if there is none, `cx` knows why.
pub(crate) fn check(cx: &Ctxt, target: &Target, input: Option<Input>) -> Option<Model> {
    // The connection's task owns the socket.
    for lifetime in target.generics.lifetimes() {
        cx.error(
            lifetime,
            format_args!(
                "a socket outlives whoever accepted it and cannot borrow: remove `{}`",
                lifetime.lifetime
            ),
        );
    }
    match input? {
        Input::Struct { keys, parts } => parts_of(cx, &target.ident, keys, parts).map(Model::Struct),
        Input::Enum(variants) => Some(Model::Enum(variants)),
    }
}

fn parts_of(cx: &Ctxt, ident: &Ident, keys: Keys, parts: Vec<Part<Role>>) -> Option<Struct> {
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
            Some(first) => only_one(cx, first, &part),
        }
    }
    if carrier.is_none() {
        cx.error(
            ident,
            "nothing carries the packages: mark a field `#[socket(io)]` if it is a byte stream, \
             or `#[socket(link)]` if it keeps packages apart by itself",
        );
    }
    if peer.is_none() {
        cx.error(
            ident,
            "nothing says who is at the other end: add the field `#[socket(peer)] peer: Peer`",
        );
    }
    let carrier = carrier.and_then(|part| carrier_of(cx, part, &keys));
    Some(Struct {
        carrier: carrier?,
        peer: peer?,
        rest,
        session: keys.session.into_inner(),
        batch: keys.batch.into_inner(),
    })
}

/// A byte stream has no boundaries without a framing, a link has its own.
fn carrier_of(cx: &Ctxt, part: Part<Role>, keys: &Keys) -> Option<Carrier> {
    let (key, role) = part.role.as_ref()?;
    match (role, keys.framing.get()) {
        (Role::Io, Some((_, framing))) => {
            let framing = framing.clone();
            Some(Carrier::Io { part, framing })
        }
        (Role::Io, None) => {
            cx.error(
                key,
                "a byte stream needs a framing: add `#[socket(framing = ..)]` to the struct, such \
                 as `framing = LengthDelimited<u32>`; a field that keeps packages apart by itself \
                 is `#[socket(link)]`",
            );
            None
        }
        (_, Some((key, _))) => {
            cx.error(
                key,
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
    let message = match (first == "peer", first == second) {
        (true, _) => "a socket has one peer: unmark one of the two fields".into(),
        (false, true) => format!("a socket has one `{first}`: unmark one of the two fields"),
        (false, false) => {
            "`io` and `link` exclude each other: a byte stream is `io`, what keeps packages apart \
             by itself is `link`"
                .into()
        }
    };
    cx.error(second, message);
}
