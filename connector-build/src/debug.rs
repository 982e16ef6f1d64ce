//! The `Debug` of messages with ordered maps.

use syn::{Attribute, Item, ItemStruct, parse_quote};

use crate::emit::prost_keys;

/// Derives `Debug` for messages with a `btree_map`. Prost's own would name the crate `prost`,
/// which its user need not have.
pub(crate) fn derive_for_btree_maps(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Mod(item) => {
                if let Some((_, items)) = &mut item.content {
                    derive_for_btree_maps(items);
                }
            }
            Item::Struct(item) if has(item, "btree_map") && !names(&item.attrs, "skip_debug") => {
                item.attrs.push(parse_quote!(#[derive(::core::fmt::Debug)]));
                item.attrs.push(parse_quote!(#[prost(skip_debug)]));
            }
            _ => {}
        }
    }
}

/// Returns `true` if a field has this key in prost's attribute.
fn has(item: &ItemStruct, key: &str) -> bool {
    item.fields.iter().any(|field| names(&field.attrs, key))
}

fn names(attrs: &[Attribute], key: &str) -> bool {
    prost_keys(attrs).any(|(name, _)| name == key)
}
