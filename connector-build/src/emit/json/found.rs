//! A message's fields in prost's code.

use std::collections::BTreeMap;

use connector_schema::model::{Enum, Message};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, ImplItem, Item, ItemEnum, ItemImpl, ItemMod, Lit, LitStr, Path};

use super::super::paths::outward;
use super::Items;
use crate::docs;

/// A message and prost's struct for it.
pub(in crate::emit) struct Found<'a> {
    pub(in crate::emit) message: &'a Message,
    pub(in crate::emit) ident: &'a Ident,
    /// How many modules it is in, below that of its package.
    pub(super) depth: usize,
    /// By the field's number.
    pub(in crate::emit) accesses: BTreeMap<u32, FieldAccess>,
}

/// The access to a field's value in the struct of its message.
pub(in crate::emit) struct FieldAccess {
    /// The struct's field.
    pub(in crate::emit) field: Ident,
    pub(in crate::emit) presence: Presence,
    /// The enum that the number stands for.
    pub(super) enumeration: Option<Path>,
}

/// The content of the struct's field.
pub(in crate::emit) enum Presence {
    /// The value.
    Always,
    /// One of several, in this variant of an enum in an `Option`.
    Choice(TokenStream),
    /// An `Option` of the value.
    Optional,
    /// The value, which is not written if it is the default.
    Plain,
}

impl Presence {
    /// The method of the runtime that reads and writes it.
    pub(super) fn method(&self) -> Ident {
        format_ident!(
            "{}",
            match self {
                Self::Always => "always",
                Self::Choice(_) => "choice",
                Self::Optional => "optional",
                Self::Plain => "plain",
            }
        )
    }
}

/// What is generated beside prost's items.
pub(in crate::emit) struct Extend<'a> {
    pub(in crate::emit) items: &'a Items<'a>,
    /// What takes the place of prost's `impl Name` of a message.
    pub(in crate::emit) of_message: &'a dyn Fn(Found<'_>) -> Item,
    /// What follows an enum.
    pub(in crate::emit) of_enum: &'a dyn Fn(&Ident, &Enum) -> Item,
}

/// What is generated for one of prost's items.
enum Beside {
    Nothing,
    Behind(Item),
    Instead(Option<Item>),
}

impl Extend<'_> {
    /// Adds the items to the module of a package, and to its inner modules.
    pub(in crate::emit) fn package(&self, items: &mut Vec<Item>, package: &str) {
        self.module(items, package, 0);
    }

    /// `scope` is the full name of the package or message whose module it is.
    fn module(&self, items: &mut Vec<Item>, scope: &str, depth: usize) {
        // All of them first, since they are made of prost's items together.
        let beside: Vec<_> =
            items.iter().map(|item| self.beside(item, items, scope, depth)).collect();
        let mut extended = Vec::with_capacity(2 * items.len());
        for (mut item, beside) in std::mem::take(items).into_iter().zip(beside) {
            if let Item::Mod(module) = &mut item
                && let Some(name) = message_of(module)
                && let Some((_, items)) = &mut module.content
            {
                let scope = if scope.is_empty() { name } else { format!("{scope}.{name}") };
                self.module(items, &scope, depth + 1);
            }
            match beside {
                Beside::Nothing => extended.push(item),
                Beside::Behind(names) => extended.extend([item, names]),
                Beside::Instead(items) => extended.extend(items),
            }
        }
        *items = extended;
    }

    /// What is generated for one of `items`.
    fn beside(&self, item: &Item, items: &[Item], scope: &str, depth: usize) -> Beside {
        match item {
            Item::Enum(of) if is_enumeration(of) => {
                let names = self.items.enumeration(scope, &of.ident);
                let names = names.map(|names| (self.of_enum)(&of.ident, names));
                names.map_or(Beside::Nothing, Beside::Behind)
            }
            Item::Impl(of) => name_of(of).map_or(Beside::Nothing, |(ident, name)| {
                let message = self.items.message(&name);
                let found = message.map(|message| {
                    let accesses = accesses(items, &ident);
                    (self.of_message)(Found { message, ident: &ident, depth, accesses })
                });
                Beside::Instead(found)
            }),
            _ => Beside::Nothing,
        }
    }
}

/// The name of the message whose nested items are in a module, which prost tells in the
/// documentation alone.
fn message_of(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find_map(|attr| {
        let line = docs::doc_line(attr)?;
        let name = line.trim().strip_prefix("Nested message and enum types in `")?;
        Some(name.strip_suffix("`.")?.to_owned())
    })
}

/// The structs that prost has generated: the full names of their messages, with the path from
/// the module.
pub(super) fn structs(items: &[Item]) -> Vec<(String, Vec<Ident>)> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Item::Impl(of) => found.extend(name_of(of).map(|(ident, name)| (name, vec![ident]))),
            Item::Mod(module) => {
                let inner = module.content.iter().flat_map(|(_, items)| structs(items));
                found.extend(inner.map(|(name, mut path)| {
                    path.insert(0, module.ident.clone());
                    (name, path)
                }));
            }
            _ => {}
        }
    }
    found
}

/// Returns `true` if prost generated it for an enum of a schema.
fn is_enumeration(item: &ItemEnum) -> bool {
    let derives = item.attrs.iter().filter(|attr| attr.path().is_ident("derive"));
    let mut derives = derives.map(|attr| attr.meta.to_token_stream().to_string());
    derives.any(|derive| derive.contains(":: Enumeration"))
}

/// The struct and the message that an `impl prost::Name` is of.
fn name_of(item: &ItemImpl) -> Option<(Ident, String)> {
    let (path, _) = item.trait_.as_ref()?;
    if path.segments.last()?.ident != "Name" {
        return None;
    }
    let name = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(item) if item.sig.ident == "full_name" => text(item.block.to_token_stream()),
        _ => None,
    })?;
    let ident = syn::parse2(item.self_ty.to_token_stream()).ok()?;
    Some((ident, name))
}

/// The first text in some code.
fn text(code: TokenStream) -> Option<String> {
    code.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => text(group.stream()),
        TokenTree::Literal(_) => Some(syn::parse2::<LitStr>(token.into()).ok()?.value()),
        _ => None,
    })
}

fn accesses(items: &[Item], ident: &Ident) -> BTreeMap<u32, FieldAccess> {
    let item = items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == *ident => Some(item),
        _ => None,
    });
    let mut accesses = BTreeMap::new();
    for field in item.into_iter().flat_map(|item| &item.fields) {
        let Some(name) = &field.ident else { continue };
        let tags = Tags::read(&field.attrs);
        if let Some(oneof) = &tags.oneof {
            choices(items, name, oneof, &mut accesses);
        } else if let Some(number) = tags.tag {
            let presence = match () {
                () if tags.optional => Presence::Optional,
                () if tags.required => Presence::Always,
                () => Presence::Plain,
            };
            let enumeration = tags.enumeration.as_deref().and_then(|path| outward(path, &[]));
            accesses.insert(number, FieldAccess { field: name.clone(), presence, enumeration });
        }
    }
    accesses
}

/// The accesses to the fields that share a struct's field, one at a time.
fn choices(items: &[Item], field: &Ident, oneof: &str, accesses: &mut BTreeMap<u32, FieldAccess>) {
    let path: Vec<String> = oneof.split("::").map(str::to_owned).collect();
    let Some((name, modules)) = path.split_last() else { return };
    let Some(item) = find_enum(items, modules, name) else { return };
    for variant in &item.variants {
        let tags = Tags::read(&variant.attrs);
        let Some(number) = tags.tag else { continue };
        let oneof = outward(oneof, &[]);
        let ident = &variant.ident;
        let presence = Presence::Choice(quote!(#oneof::#ident));
        // Prost's path starts at the module of the Rust enum.
        let enumeration = tags.enumeration.as_deref().and_then(|path| outward(path, modules));
        accesses.insert(number, FieldAccess { field: field.clone(), presence, enumeration });
    }
}

fn find_enum<'a>(items: &'a [Item], modules: &[String], name: &str) -> Option<&'a ItemEnum> {
    let Some((first, rest)) = modules.split_first() else {
        return items.iter().find_map(|item| match item {
            Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
    };
    items.iter().find_map(|item| match item {
        Item::Mod(item) if item.ident == first => find_enum(&item.content.as_ref()?.1, rest, name),
        _ => None,
    })
}

/// The keys in prost's attributes, with their texts. They are read from tokens, since there are
/// more of these than of anything else, and to parse them takes long in a build script.
pub(crate) fn prost_keys(attrs: &[Attribute]) -> impl Iterator<Item = (Ident, Option<String>)> {
    let attrs = attrs.iter().filter(|attr| attr.path().is_ident("prost"));
    let lists = attrs.filter_map(|attr| attr.meta.require_list().ok());
    lists.flat_map(|list| {
        let mut keys = Vec::<(Ident, Option<String>)>::new();
        let mut is_key = true;
        for token in list.tokens.clone() {
            match token {
                TokenTree::Ident(key) if is_key => {
                    keys.push((key, None));
                    is_key = false;
                }
                TokenTree::Punct(punct) if punct.as_char() == ',' => is_key = true,
                TokenTree::Literal(literal) => {
                    if let (Some((_, text)), Lit::Str(value)) = (keys.last_mut(), Lit::new(literal))
                    {
                        *text = Some(value.value());
                    }
                }
                _ => {}
            }
        }
        keys
    })
}

/// The contents of prost's attribute of a field.
#[derive(Default)]
struct Tags {
    tag: Option<u32>,
    optional: bool,
    required: bool,
    oneof: Option<String>,
    enumeration: Option<String>,
}

impl Tags {
    fn read(attrs: &[Attribute]) -> Self {
        let mut tags = Self::default();
        for (key, value) in prost_keys(attrs) {
            match (&*key.to_string(), value) {
                ("optional", None) => tags.optional = true,
                ("required", None) => tags.required = true,
                ("tag", Some(value)) => tags.tag = value.parse().ok(),
                ("oneof", value @ Some(_)) => tags.oneof = value,
                ("enumeration", value @ Some(_)) => tags.enumeration = value,
                // `string, enumeration(Kind)`
                ("map" | "btree_map", Some(value)) => {
                    let inner = value
                        .split_once("enumeration(")
                        .and_then(|(_, rest)| Some(rest.trim().strip_suffix(')')?.to_owned()));
                    tags.enumeration = inner;
                }
                _ => {}
            }
        }
        tags
    }
}
