//! Canonical JSON for prost's messages.

mod found;
mod registry;
mod repr;

use std::collections::BTreeMap;

use connector_schema::Schema;
use connector_schema::model::{Enum, Field, Message, Package};
use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Path};

use found::FieldAccess;
pub(crate) use found::prost_keys;
pub(super) use found::{Extend, Found, Presence};
pub(super) use registry::{Registry, has_any};
pub(crate) use repr::is_unknown;
use repr::json_repr;

/// The message that holds any other.
const ANY: &str = "google.protobuf.Any";

/// The messages and enums of the schemas.
pub(super) struct Items<'a> {
    /// By their full names.
    messages: BTreeMap<&'a str, &'a Message>,
    /// By the full name of what they are in, and their name in Rust.
    enums: BTreeMap<(&'a str, String), &'a Enum>,
}

impl<'a> Items<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let messages = || schema.packages().iter().flat_map(Package::all_messages);
        let enums = schema.packages().iter().flat_map(|package| &package.enums);
        let enums = enums.chain(messages().flat_map(|message| &message.enums)).map(|item| {
            let (scope, name) = item.name.value.rsplit_once('.').unwrap_or(("", &item.name.value));
            ((scope, name.to_upper_camel_case()), item)
        });
        Self {
            messages: messages().map(|message| (&*message.name.value, message)).collect(),
            enums: enums.collect(),
        }
    }

    pub(super) fn message(&self, name: &str) -> Option<&'a Message> {
        self.messages.get(name).copied()
    }

    /// The enum that prost has called `ident`, in a message or a package.
    fn enumeration(&self, scope: &str, ident: &Ident) -> Option<&'a Enum> {
        let ident = ident.to_string();
        let name = ident.trim_start_matches("r#").trim_matches('_').to_owned();
        self.enums.get(&(scope, name)).copied()
    }
}

/// The names of an enum's values, of which several may be those of one number.
pub(super) fn names(ident: &Ident, item: &Enum, private: &Path) -> TokenStream {
    let mut numbers = Vec::new();
    let mut names = Vec::new();
    let mut before = None;
    for value in &item.values {
        let name = &value.name.value;
        let number = value_number(value.number);
        names.push(quote!(#name => #number));
        if before.replace(value.number) != Some(value.number) {
            numbers.push(quote!(#number => #name));
        }
    }
    quote! {
        const _: () = {
            use #private::json as __json;
            impl __json::Names for #ident {
                fn name(number: __json::i32) -> ::core::option::Option<&'static __json::str> {
                    ::core::option::Option::Some(match number {
                        #(#numbers,)*
                        _ => return ::core::option::Option::None,
                    })
                }
                fn number(name: &__json::str) -> ::core::option::Option<__json::i32> {
                    ::core::option::Option::Some(match name {
                        #(#names,)*
                        _ => return ::core::option::Option::None,
                    })
                }
            }
        };
    }
}

/// The number of an enum's value, as a pattern and an expression.
fn value_number(number: i32) -> TokenStream {
    let size = proc_macro2::Literal::u32_unsuffixed(number.unsigned_abs());
    if number < 0 { quote!(-#size) } else { quote!(#size) }
}

/// The table of a message's fields, which serde's traits use.
pub(super) fn message(found: &Found<'_>, private: &Path) -> TokenStream {
    let ident = found.ident;
    let fields = || {
        let fields = found.message.fields.iter();
        fields.filter_map(|field| Some((field, found.accesses.get(&field.number)?)))
    };
    let numbers = fields().map(|(field, _)| {
        let keys = found.message.json_keys(field);
        let number = number(field);
        quote!(#(#keys)|* => #number)
    });
    let writes = writes(fields(), found.depth);
    let reads = fields().map(|(field, access)| read(field, access, found.depth));
    let table = if found.message.fields.is_empty() {
        quote! {
            fn number(_: &__json::str) -> ::core::option::Option<__json::u32> {
                ::core::option::Option::None
            }
            fn write<__S: __serde::ser::SerializeMap>(
                &self,
                _: &mut __json::Fields<__S>,
            ) -> ::core::result::Result<(), __S::Error> {
                ::core::result::Result::Ok(())
            }
            fn read<'de, __A: __serde::de::MapAccess<'de>>(
                &mut self,
                _: __json::u32,
                entry: __json::Entry<'_, __A>,
            ) -> ::core::result::Result<(), __A::Error> {
                entry.skip()
            }
        }
    } else {
        quote! {
            fn number(name: &__json::str) -> ::core::option::Option<__json::u32> {
                ::core::option::Option::Some(match name {
                    #(#numbers,)*
                    _ => return ::core::option::Option::None,
                })
            }
            fn write<__S: __serde::ser::SerializeMap>(
                &self,
                fields: &mut __json::Fields<__S>,
            ) -> ::core::result::Result<(), __S::Error> {
                #(#writes)*
                ::core::result::Result::Ok(())
            }
            fn read<'de, __A: __serde::de::MapAccess<'de>>(
                &mut self,
                number: __json::u32,
                entry: __json::Entry<'_, __A>,
            ) -> ::core::result::Result<(), __A::Error> {
                match number {
                    #(#reads,)*
                    _ => entry.skip(),
                }
            }
        }
    };
    quote! {
        const _: () = {
            use #private::{json as __json, serde as __serde};
            impl __json::Message for #ident {
                #table
            }
        };
    }
}

/// The statements that write the fields; those of one choice share a `match`
/// at the position of the first.
fn writes<'a>(
    fields: impl Iterator<Item = (&'a Field, &'a FieldAccess)>,
    depth: usize,
) -> Vec<TokenStream> {
    let mut writes = Vec::new();
    let mut choices = BTreeMap::<&Ident, (usize, Vec<TokenStream>)>::new();
    for (field, access) in fields {
        let json = &field.json_name;
        let repr = json_repr(&field.kind, access, depth);
        let name = &access.field;
        if let Presence::Choice(variant) = &access.presence {
            let at = writes.len();
            let (_, arms) = choices.entry(name).or_insert_with(|| (at, Vec::new()));
            arms.push(quote! {
                ::core::option::Option::Some(#variant(value)) => {
                    fields.always(#repr, #json, value)?
                }
            });
            if arms.len() == 1 {
                writes.push(TokenStream::new());
            }
            continue;
        }
        let method = access.presence.method();
        writes.push(quote!(fields.#method(#repr, #json, &self.#name)?;));
    }
    for (name, (at, arms)) in choices {
        writes[at] = quote! {
            match &self.#name {
                #(#arms)*
                ::core::option::Option::None => {}
            }
        };
    }
    writes
}

fn read(field: &Field, access: &FieldAccess, depth: usize) -> TokenStream {
    let number = number(field);
    let repr = json_repr(&field.kind, access, depth);
    let name = &access.field;
    match &access.presence {
        Presence::Choice(variant) => {
            quote!(#number => entry.choice(#repr, &mut self.#name, #variant))
        }
        presence => {
            let method = presence.method();
            quote!(#number => entry.#method(#repr, &mut self.#name))
        }
    }
}

fn number(field: &Field) -> proc_macro2::Literal {
    proc_macro2::Literal::u32_unsuffixed(field.number)
}
