//! Canonical JSON for prost's messages.

mod found;
mod repr;

use std::collections::BTreeMap;

use connector_schema::Schema;
use connector_schema::model::{Field, Message, Package};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemEnum, Path, parse_quote};

use found::{FieldAccess, Presence};
pub(super) use found::{Found, extend};
use repr::json_repr;

/// The messages of the schemas, by name.
pub(super) struct Messages<'a>(BTreeMap<&'a str, &'a Message>);

impl<'a> Messages<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let messages = schema.packages().iter().flat_map(Package::all_messages);
        Self(messages.map(|message| (&*message.name.value, message)).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Message> {
        self.0.get(name).copied()
    }
}

/// The names of an enum's values.
pub(super) fn names(ItemEnum { ident, .. }: &ItemEnum, private: &Path) -> Item {
    parse_quote! {
        const _: () = {
            use #private::json as __json;
            impl __json::Names for #ident {
                fn name(number: __json::i32) -> ::core::option::Option<&'static __json::str> {
                    Self::try_from(number).ok().map(|value| value.as_str_name())
                }
                fn number(name: &__json::str) -> ::core::option::Option<__json::i32> {
                    Self::from_str_name(name).map(|value| value as __json::i32)
                }
            }
        };
    }
}

/// The table of a message's fields, and serde's traits that use it.
pub(super) fn message(found: &Found<'_>, private: &Path) -> Item {
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
    let writes = writes(fields());
    let reads = fields().map(|(field, access)| read(field, access));
    let table = if found.message.fields.is_empty() {
        quote! {
            fn number(_: &__json::str) -> ::core::option::Option<__json::u32> {
                ::core::option::Option::None
            }
            fn write<S: __serde::ser::SerializeMap>(
                &self,
                _: &mut __json::Fields<S>,
            ) -> ::core::result::Result<(), S::Error> {
                ::core::result::Result::Ok(())
            }
            fn read<'de, A: __serde::de::MapAccess<'de>>(
                &mut self,
                _: __json::u32,
                entry: __json::Entry<'_, A>,
            ) -> ::core::result::Result<(), A::Error> {
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
            fn write<S: __serde::ser::SerializeMap>(
                &self,
                fields: &mut __json::Fields<S>,
            ) -> ::core::result::Result<(), S::Error> {
                #(#writes)*
                ::core::result::Result::Ok(())
            }
            fn read<'de, A: __serde::de::MapAccess<'de>>(
                &mut self,
                number: __json::u32,
                entry: __json::Entry<'_, A>,
            ) -> ::core::result::Result<(), A::Error> {
                match number {
                    #(#reads,)*
                    _ => entry.skip(),
                }
            }
        }
    };
    parse_quote! {
        const _: () = {
            use #private::{json as __json, serde as __serde};
            impl __json::Message for #ident {
                #table
            }
            impl __serde::Serialize for #ident {
                fn serialize<S: __serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    __json::serialize(self, serializer)
                }
            }
            impl<'de> __serde::Deserialize<'de> for #ident {
                fn deserialize<D: __serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::core::result::Result<Self, D::Error> {
                    __json::deserialize(deserializer)
                }
            }
        };
    }
}

/// The statements that write the fields; those of one choice share a `match`
/// at the position of the first.
fn writes<'a>(fields: impl Iterator<Item = (&'a Field, &'a FieldAccess)>) -> Vec<TokenStream> {
    let mut writes = Vec::new();
    let mut choices = BTreeMap::<&syn::Ident, (usize, Vec<TokenStream>)>::new();
    for (field, access) in fields {
        let json = &field.json_name;
        let repr = json_repr(&field.kind, access);
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

fn read(field: &Field, access: &FieldAccess) -> TokenStream {
    let number = number(field);
    let repr = json_repr(&field.kind, access);
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
