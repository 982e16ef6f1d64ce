//! From the parsed to the checked connector: the rules.

use proc_macro2::Ident;

use super::parse::{Input, Role};
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::parts::{self, Part};

pub(crate) type Model<'a> = parts::Model<'a, Struct<'a>>;

/// A connector of parts.
pub(crate) struct Struct<'a> {
    pub(crate) profile: &'a Part<Role>,
    /// The field that opens links.
    pub(crate) link: &'a Part<Role>,
    /// All other fields.
    pub(crate) rest: Vec<&'a Part<Role>>,
}

/// The connector's model; if there is none, `cx` has the reason.
pub(crate) fn check<'a>(cx: &Ctxt, container: &Container, input: &'a Input) -> Option<Model<'a>> {
    let model = input.check(|(), parts| of_parts(cx, &container.ident, parts));
    container.refuse_lifetimes(cx, "a connector is owned by its engine");
    model
}

fn of_parts<'a>(cx: &Ctxt, ident: &Ident, parts: &'a [Part<Role>]) -> Option<Struct<'a>> {
    let all_read = cx.is_clean();
    let mut profile = None;
    let mut link = None;
    let mut rest = Vec::new();
    for part in parts {
        let (key, slot) = match &part.role {
            Some((key, Role::Profile)) => (key, &mut profile),
            Some((key, Role::Link)) => (key, &mut link),
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
                    "a connector has only one `{key}`: remove `{key}` from one of the two fields"
                ),
            ),
        }
    }
    if all_read && profile.is_none() {
        cx.error(ident, "no field is marked `profile`: add `#[plugin(profile)] profile: Profile`");
    }
    if all_read && link.is_none() {
        cx.error(
            ident,
            "no field is marked `link`: mark the one that opens links, such as \
             `#[plugin(link)] link: WebSocketDialer`",
        );
    }
    Some(Struct { profile: profile?, link: link?, rest })
}
