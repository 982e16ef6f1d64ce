//! Canonical JSON for prost's messages.

mod found;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Item, ItemEnum, Path, parse_quote};

use crate::model::{Field, Form, Message, Model};
pub(super) use found::{Found, extend};
use found::{Place, Presence};

/// The messages of the schemas, by name.
pub(super) struct Messages<'a>(BTreeMap<&'a str, &'a Message>);

impl<'a> Messages<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let messages = model.packages.iter().flat_map(|package| &package.messages);
        Self(messages.map(|message| (&*message.name.text, message)).collect())
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

/// A message's fields, and serde's traits by them.
pub(super) fn message(found: &Found<'_>, private: &Path) -> Item {
    let ident = found.ident;
    let fields = || {
        let fields = found.message.fields.iter();
        fields.filter_map(|field| Some((field, found.places.get(&field.number)?)))
    };
    let numbers = fields().map(|(field, _)| {
        let (json, name, number) = (&field.json, &field.name.text, number(field));
        let name = (name != json).then(|| quote!(| #name));
        quote!(#json #name => #number)
    });
    let writes = writes(fields());
    let reads = fields().map(|(field, place)| read(field, place));
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
/// at the place of the first.
fn writes<'a>(fields: impl Iterator<Item = (&'a Field, &'a Place)>) -> Vec<TokenStream> {
    let mut writes = Vec::new();
    let mut choices = BTreeMap::<&syn::Ident, (usize, Vec<TokenStream>)>::new();
    for (field, place) in fields {
        let (json, form, name) = (&field.json, form(&field.form, place), &place.field);
        if let Presence::Choice(variant) = &place.presence {
            let at = writes.len();
            let (_, arms) = choices.entry(name).or_insert_with(|| (at, Vec::new()));
            arms.push(quote! {
                ::core::option::Option::Some(#variant(value)) => {
                    fields.always(#form, #json, value)?
                }
            });
            if arms.len() == 1 {
                writes.push(TokenStream::new());
            }
            continue;
        }
        let method = place.presence.method();
        writes.push(quote!(fields.#method(#form, #json, &self.#name)?;));
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

fn read(field: &Field, place: &Place) -> TokenStream {
    let (number, form, name) = (number(field), form(&field.form, place), &place.field);
    match &place.presence {
        Presence::Choice(variant) => {
            quote!(#number => entry.choice(#form, &mut self.#name, #variant))
        }
        presence => {
            let method = presence.method();
            quote!(#number => entry.#method(#form, &mut self.#name))
        }
    }
}

fn form(form: &Form, place: &Place) -> TokenStream {
    match form {
        Form::Named(name) => {
            let name = format_ident!("{name}");
            quote!(__json::#name)
        }
        Form::Enum => {
            let path = &place.enumeration;
            quote!(__json::Enum::<#path>::new())
        }
        Form::List(inner) => {
            let inner = self::form(inner, place);
            quote!(__json::List(#inner))
        }
        Form::Map(inner) => {
            let inner = self::form(inner, place);
            quote!(__json::Map(#inner))
        }
        // The check has stopped at this.
        Form::Unknown => quote!(__json::Unknown),
    }
}

fn number(field: &Field) -> proc_macro2::Literal {
    proc_macro2::Literal::u32_unsuffixed(field.number)
}
