//! From the parsed to the checked connector: the rules.

use proc_macro2::Ident;

use super::parse::Input;
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::{self, Part};

/// A struct's link, or the variants of an enum.
pub(crate) type Model<'a> = parts::Model<'a, &'a Part<()>>;

/// The connector's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, container: &Container, input: &'a Input) -> Option<Model<'a>> {
    let model = input.check(|(), parts| link(cx, &container.ident, parts));
    container.refuse_lifetimes(cx, "a connector is owned by its connection");
    model
}

fn link<'a>(cx: &Ctxt, ident: &Ident, parts: &'a [Part<()>]) -> Option<&'a Part<()>> {
    let all_read = cx.is_clean();
    let mut marked = parts.iter().filter(|part| part.role.is_some());
    let link = marked.next();
    for (key, _) in marked.filter_map(|part| part.role.as_ref()) {
        cx.error(
            key,
            "a connector has only one `socket`: remove `socket` from one of the two fields, or \
             make an enum of two connectors",
        );
    }
    if all_read && link.is_none() {
        cx.error(
            ident,
            "no field is marked `socket`: mark the one that carries the messages, such as \
             `#[connector(socket)] socket: WebSocketLink`",
        );
    }
    link
}
