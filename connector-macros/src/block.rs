//! An `impl` block that an attribute is on.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Generics, ImplItem, Item, ItemImpl, Lit, LitStr, Meta, Type};

use crate::ctxt::{Ctxt, error};

/// The attribute, and its words for error messages.
pub(crate) struct BlockSpec {
    /// The attribute on the block.
    pub(crate) attr: &'static str,
    /// The attribute on its methods.
    pub(crate) member: &'static str,
    /// The thing that the block becomes: `a handler`.
    pub(crate) what: &'static str,
    /// Its parts: `routes`.
    pub(crate) members: &'static str,
}

/// The block without its methods.
pub(crate) struct Block {
    pub(crate) self_ty: Type,
    pub(crate) generics: Generics,
    /// `true` for the `impl` block of a trait.
    pub(crate) of_trait: bool,
}

impl BlockSpec {
    /// The `impl` block in `item`.
    pub(crate) fn parse(&self, cx: &Ctxt, item: &TokenStream) -> Option<ItemImpl> {
        let what = match syn::parse2::<Item>(item.clone()) {
            Ok(Item::Impl(block)) => return Some(block),
            Ok(Item::Fn(_)) => "a function",
            Ok(Item::Struct(_)) => "a struct",
            Ok(Item::Enum(_)) => "an enum",
            Ok(Item::Trait(_)) => "a trait",
            Ok(Item::Mod(_)) => "a module",
            Ok(_) => "this item",
            Err(error) => {
                cx.record(error);
                return None;
            }
        };
        let Self { attr, member, .. } = self;
        cx.record(syn::Error::new(
            Span::call_site(),
            format_args!(
                "`#[{attr}]` cannot be on {what}: put it on the `impl` block with the \
                 `#[{member}]` methods"
            ),
        ));
        None
    }

    /// Reports a block for a trait, or one with parameters.
    pub(crate) fn check(&self, cx: &Ctxt, block: &Block) {
        let Self { what, members, .. } = self;
        if block.of_trait {
            cx.error(
                &block.self_ty,
                format_args!(
                    "a trait's `impl` block cannot be {what}: move the {members} to one without a \
                     trait"
                ),
            );
        }
        if !block.generics.params.is_empty() {
            cx.error(
                &block.generics,
                format_args!(
                    "{what} cannot be generic: write the `impl` block for a concrete type, such as \
                     one with a `Box<dyn ..>` field"
                ),
            );
        }
    }
}

impl Block {
    pub(crate) fn of(block: &ItemImpl) -> Self {
        Self {
            self_ty: (*block.self_ty).clone(),
            generics: block.generics.clone(),
            of_trait: block.trait_.is_some(),
        }
    }

    /// Returns `true` if an impl for the type can be written.
    pub(crate) fn is_plain(&self) -> bool {
        !self.of_trait && self.generics.params.is_empty()
    }
}

/// The attributes of an item of a block that is not a method.
pub(crate) fn attrs_of_other(item: &mut ImplItem) -> Option<&mut Vec<Attribute>> {
    match item {
        ImplItem::Const(item) => Some(&mut item.attrs),
        ImplItem::Type(item) => Some(&mut item.attrs),
        ImplItem::Macro(item) => Some(&mut item.attrs),
        _ => None,
    }
}

/// A literal that has to be a string.
pub(crate) fn text(literal: &Lit, example: &str) -> syn::Result<LitStr> {
    match literal {
        Lit::Str(text) => Ok(text.clone()),
        _ => Err(error(literal, format_args!("expected a string: write `\"{example}\"`"))),
    }
}

/// The text of a documentation comment.
pub(crate) fn docs(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<_> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// The `#[cfg(..)]` attributes.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// The predicate that holds if all of `cfgs` do.
pub(crate) fn predicate(cfgs: &[Attribute]) -> Option<TokenStream> {
    let predicates: Vec<_> = cfgs
        .iter()
        .filter_map(|attr| attr.meta.require_list().ok())
        .map(|list| &list.tokens)
        .collect();
    match &*predicates {
        [] => None,
        [one] => Some(quote!(#one)),
        several => Some(quote!(all(#(#several),*))),
    }
}
