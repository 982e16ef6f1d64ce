//! From syntax to the parsed trait.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, ItemTrait, Lit, LitStr, Meta, TraitItem, TraitItemFn};

use super::model::{Input, Item, Kind};
use crate::attr::{Arg, AttrSpec, Slot};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{CRATE, EVENT, METHOD, PROFILE, REMOTE_PLUGIN};
use crate::value;

const ON_TRAIT: AttrSpec = AttrSpec { name: "`#[remote_plugin(..)]`", known: &[PROFILE, CRATE] };
const ON_METHOD: AttrSpec = AttrSpec { name: "`#[method(\"name\")]`", known: &[] };
const ON_EVENT: AttrSpec = AttrSpec { name: "`#[event(\"name\")]`", known: &[] };

/// The trait in `item`.
pub(crate) fn declaration(cx: &Ctxt, item: &TokenStream) -> Option<ItemTrait> {
    let what = match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Trait(declaration)) => return Some(declaration),
        Ok(syn::Item::Fn(_)) => "a function",
        Ok(syn::Item::Struct(_)) => "a struct",
        Ok(syn::Item::Enum(_)) => "an enum",
        Ok(syn::Item::Impl(_)) => "an `impl` block",
        Ok(syn::Item::Mod(_)) => "a module",
        Ok(_) => "this item",
        Err(error) => {
            cx.record(error);
            return None;
        }
    };
    cx.record(syn::Error::new(
        Span::call_site(),
        format_args!(
            "`#[{REMOTE_PLUGIN}]` cannot be on {what}: put it on a trait with the plugin's \
             methods, such as `trait Files {{ async fn read_file(&self, path: &str) -> String; }}`"
        ),
    ));
    None
}

/// Parses the arguments and the trait.
pub(crate) fn parse(cx: &Ctxt, args: TokenStream, declaration: ItemTrait) -> Input {
    let mut name = Slot::default();
    let mut profile = Slot::default();
    let mut krate = Slot::default();
    ON_TRAIT.read_tokens(cx, args, |arg, input| {
        let key = match arg {
            Arg::Literal(literal) => {
                name.set(cx, &literal, text(&literal, "fileManager")?);
                return Ok(());
            }
            Arg::Key(key) => key,
        };
        if key == PROFILE {
            let path = value::string(&key, "profiles/files.json", input)?;
            profile.set(cx, &key, (key.clone(), path));
        } else if key == CRATE {
            krate.set(cx, &key, value::path(&key, input)?);
        } else if input.is_empty() || input.peek(syn::Token![,]) || input.peek(syn::Token![.]) {
            let message = format_args!("the plugin's name goes in quotes: write `\"{key}\"`");
            return Err(error(&key, message));
        } else {
            return Err(ON_TRAIT.unknown(&key));
        }
        Ok(())
    });
    let args_read = cx.is_clean();
    let ItemTrait { attrs, vis, unsafety, ident, generics, supertraits, items, .. } = declaration;
    if let Some(unsafety) = unsafety {
        cx.error(unsafety, "a plugin's description is not code: remove `unsafe`");
    }
    if !generics.params.is_empty() {
        cx.error(
            &generics,
            format_args!(
                "a plugin's description has no parameters: write `trait {ident}`; methods may \
                 have some"
            ),
        );
    }
    if !supertraits.is_empty() {
        cx.error(
            &supertraits,
            format_args!("a plugin's description has no supertraits: write `trait {ident}`"),
        );
    }
    let items = items.into_iter().filter_map(|item| match item {
        TraitItem::Fn(function) => Some(self::item(cx, function)),
        other => {
            let message = "a plugin has methods and events only: write `async fn` for a method, \
                           `#[event] fn` for an event, or remove this";
            cx.error(other, message);
            None
        }
    });
    let items = items.collect();
    Input { private: Private::new(krate.get()), name, profile, args_read, attrs, vis, ident, items }
}

/// Parses a method or an event.
fn item(cx: &Ctxt, function: TraitItemFn) -> Item {
    let TraitItemFn { mut attrs, sig, default, .. } = function;
    if let Some(body) = default {
        cx.error(body, "the body is in the other plugin: write `;` instead");
    }
    let ours: Vec<_> = attrs.extract_if(.., |attr| kind(attr).is_some()).collect();
    let mut item = Item { kind: Kind::Method, attrs, sig, name: Slot::default() };
    for (index, attr) in ours.iter().enumerate() {
        let Some(kind) = kind(attr) else { continue };
        if index > 0 {
            let message = format_args!(
                "`{}` is {} already: remove this attribute",
                item.sig.ident,
                item.kind.one()
            );
            cx.error(attr, message);
            continue;
        }
        item.kind = kind;
        let spec = if kind == Kind::Event { ON_EVENT } else { ON_METHOD };
        let word = kind.word();
        if let Meta::NameValue(meta) = &attr.meta {
            let name = meta.value.to_token_stream();
            cx.error(attr, format_args!("a name goes in parentheses: write `#[{word}({name})]`"));
        } else if !matches!(attr.meta, Meta::Path(_)) {
            spec.read(cx, attr, |arg, _| match arg {
                Arg::Literal(literal) => {
                    item.name.set(cx, &literal, text(&literal, "name")?);
                    Ok(())
                }
                Arg::Key(key) => Err(error(
                    &key,
                    format_args!("the name goes in quotes: write `#[{word}(\"{key}\")]`"),
                )),
            });
        }
    }
    item
}

/// The kind that one of our attributes gives, by any path.
fn kind(attr: &Attribute) -> Option<Kind> {
    let name = &attr.path().segments.last()?.ident;
    if name == EVENT { Some(Kind::Event) } else { (name == METHOD).then_some(Kind::Method) }
}

fn text(literal: &Lit, example: &str) -> syn::Result<LitStr> {
    match literal {
        Lit::Str(text) => Ok(text.clone()),
        _ => Err(error(literal, format_args!("expected a string: write `\"{example}\"`"))),
    }
}
