//! A message's fields in prost's code.

use std::collections::BTreeMap;

use connector_schema::model::Message;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ImplItem, Item, ItemEnum, ItemImpl, Lit, LitStr, Meta, Path, Token};

use super::super::paths::outward;
use super::Messages;

/// A message and prost's struct for it.
pub(in crate::emit) struct Found<'a> {
    pub(in crate::emit) message: &'a Message,
    pub(in crate::emit) ident: &'a Ident,
    /// By the field's number.
    pub(super) accesses: BTreeMap<u32, FieldAccess>,
}

/// The access to a field's value in the struct of its message.
pub(super) struct FieldAccess {
    /// The struct's field.
    pub(super) field: Ident,
    pub(super) presence: Presence,
    /// The enum that the number stands for.
    pub(super) enumeration: Option<Path>,
}

/// The content of the struct's field.
pub(super) enum Presence {
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

/// Replaces prost's `impl Name` of each message in a module and its inner modules
/// by the items of `of_message`, and adds the item of `of_enum` behind each enum.
pub(in crate::emit) fn extend(
    items: &mut Vec<Item>,
    messages: &Messages<'_>,
    of_message: &dyn Fn(Found<'_>) -> Vec<Item>,
    of_enum: &dyn Fn(&ItemEnum) -> Item,
) {
    let mut extended = Vec::with_capacity(2 * items.len());
    for item in items.iter() {
        match item {
            Item::Enum(of) if is_enumeration(of) => extended.extend([item.clone(), of_enum(of)]),
            Item::Impl(of) => match name_of(of) {
                Some((ident, name)) => {
                    let Some(message) = messages.get(&name) else { continue };
                    let accesses = accesses(items, &ident);
                    extended.extend(of_message(Found { message, ident: &ident, accesses }));
                }
                None => extended.push(item.clone()),
            },
            _ => extended.push(item.clone()),
        }
    }
    for item in &mut extended {
        if let Item::Mod(module) = item
            && let Some((_, items)) = &mut module.content
        {
            extend(items, messages, of_message, of_enum);
        }
    }
    *items = extended;
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
        let metas = attrs.iter().filter(|attr| attr.path().is_ident("prost")).filter_map(|attr| {
            attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()
        });
        for meta in metas.flatten() {
            match &meta {
                Meta::Path(path) if path.is_ident("optional") => tags.optional = true,
                Meta::Path(path) if path.is_ident("required") => tags.required = true,
                Meta::NameValue(meta) => tags.value(&meta.path, &meta.value),
                _ => {}
            }
        }
        tags
    }

    fn value(&mut self, key: &Path, value: &Expr) {
        let Expr::Lit(value) = value else { return };
        let Lit::Str(value) = &value.lit else { return };
        let value = value.value();
        match &*key.require_ident().map(ToString::to_string).unwrap_or_default() {
            "tag" => self.tag = value.parse().ok(),
            "oneof" => self.oneof = Some(value),
            "enumeration" => self.enumeration = Some(value),
            // `string, enumeration(Kind)`
            "map" | "btree_map" => {
                let inner = value
                    .split_once("enumeration(")
                    .and_then(|(_, rest)| Some(rest.trim().strip_suffix(')')?.to_owned()));
                self.enumeration = inner;
            }
            _ => {}
        }
    }
}
