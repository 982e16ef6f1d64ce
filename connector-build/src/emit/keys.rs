//! The functions by which calls find their keys in messages.

use std::collections::{BTreeMap, BTreeSet};

use connector_schema::Schema;
use connector_schema::model::{FieldKind, Order, Package, Type};
use heck::ToSnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

use super::json::{Found, Presence};

/// The paths of fields that lead to keys, by the messages that they begin in.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, BTreeSet<String>>);

impl Keys {
    pub(super) fn of(schema: &Schema) -> Self {
        let mut keys = Self::default();
        let services = schema.packages().iter().flat_map(|package: &Package| &package.services);
        for method in services.flat_map(|service| &service.methods) {
            if let Some(Order::Keyed(path)) = method.order.as_ref().map(|order| &order.value) {
                keys.add(schema, &method.input.value, path);
            }
        }
        keys
    }

    /// Adds a path, and what is left of it to the message behind its first field.
    fn add(&mut self, schema: &Schema, message: &str, path: &str) {
        self.0.entry(message.to_owned()).or_default().insert(path.to_owned());
        if let Some((first, rest)) = path.split_once('.')
            && let Some(field) = schema.message(message).and_then(|message| message.field(first))
            && let FieldKind::Single(Type::Message(inner)) = &field.kind
        {
            self.add(schema, inner, rest);
        }
    }

    /// The functions of a message that add the keys behind its fields, if there are any.
    pub(super) fn items(&self, found: &Found<'_>, private: &Path) -> Option<TokenStream> {
        let paths = self.0.get(&found.message.name.value)?;
        let functions = paths.iter().filter_map(|path| function(found, path, private));
        let ident = found.ident;
        Some(quote! {
            impl #ident {
                #(#functions)*
            }
        })
    }
}

/// The function that adds the key at the end of a path.
pub(super) fn key_function(path: &str) -> Ident {
    let parts: Vec<_> = path.split('.').map(ToSnakeCase::to_snake_case).collect();
    format_ident!("__key_{}", parts.join("_dot_"))
}

fn function(found: &Found<'_>, path: &str, private: &Path) -> Option<TokenStream> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let access = found.accesses.get(&found.message.field(first)?.number)?;
    let field = &access.field;
    let add = match rest {
        Some(rest) => {
            let inner = key_function(rest);
            quote!(value.#inner(key))
        }
        None => quote!(key.add(value)),
    };
    // A field that is not there adds nothing.
    let body = match access.presence {
        Presence::Optional => quote! {
            if let ::core::option::Option::Some(value) = &self.#field { #add }
        },
        Presence::Always | Presence::Plain => quote! {
            let value = &self.#field;
            #add;
        },
        Presence::Choice(_) => return None,
    };
    let name = key_function(path);
    Some(quote! {
        #[doc(hidden)]
        pub fn #name(&self, key: &mut #private::KeyHasher<'_>) { #body }
    })
}
