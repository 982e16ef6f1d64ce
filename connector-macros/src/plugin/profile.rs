//! The keys of `#[plugin]` that describe the plugin.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::model::Profile;
use crate::ctxt::Ctxt;
use crate::symbol::{
    AUTHOR, AUTHOR_CONTACT, CAN_ACTIVATE, DESCRIPTION, DISPLAY_NAME, DOCUMENTATION, HASH, ICON,
    KIND, LOCATION, MAINTAINED_BY, NOTIFICATIONS, PERMISSION, REPO, URL, VERSION,
};
use crate::value;

/// The keys whose values are texts, with an example each.
const TEXTS: &[(&str, &str)] = &[
    (DISPLAY_NAME, "Solidity compiler"),
    (DESCRIPTION, "Compiles Solidity"),
    (KIND, "compiler"),
    (URL, "ws://127.0.0.1:65520"),
    (LOCATION, "sidePanel"),
    (ICON, "https://example.org/icon.svg"),
    (VERSION, "1.0.0"),
    (DOCUMENTATION, "https://example.org/docs"),
    (AUTHOR, "A. Lovelace"),
    (AUTHOR_CONTACT, "ada@example.org"),
    (MAINTAINED_BY, "Remix"),
    (REPO, "https://example.org/repo"),
    (HASH, "0x12"),
];

/// Parses a key of the profile. Returns `false` if it is not one.
pub(crate) fn parse(
    cx: &Ctxt,
    profile: &mut Profile,
    key: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<bool> {
    if let Some((_, example)) = TEXTS.iter().find(|(text, _)| key == text) {
        let value = value::text_expression(key, example, input)?;
        if profile.texts.iter().any(|(known, _)| known == key) {
            cx.error(key, format_args!("`{key}` repeats an earlier argument: keep one of the two"));
        }
        profile.texts.push((key.clone(), value));
    } else if key == PERMISSION {
        profile.permission.set(cx, key, value::switch(key, input)?);
    } else if key == CAN_ACTIVATE {
        profile.can_activate.set(cx, key, value::texts(key, "fileManager", input)?);
    } else if key == NOTIFICATIONS {
        profile.notifications.set(cx, key, value::texts_by_name(key, input)?);
    } else {
        return Ok(false);
    }
    Ok(true)
}
