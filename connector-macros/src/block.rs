//! An `impl` block that an attribute is on.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Generics, ImplItem, Item, ItemImpl, Lit, LitStr, Meta, Type};

use crate::bodies::Bodies;
use crate::broken::Broken;
use crate::ctxt::{Ctxt, error};
use crate::method::borrows;
use crate::span::generated_at;

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

/// An `impl` block as it was parsed.
pub(crate) struct Parsed {
    /// The block, with empty bodies.
    pub(crate) block: ItemImpl,
    bodies: Bodies,
    /// The items that could not be parsed, of which the compiler has told.
    broken: Broken,
}

/// The block without its methods.
pub(crate) struct Block {
    pub(crate) self_ty: Type,
    pub(crate) generics: Generics,
    /// `true` for the `impl` block of a trait.
    pub(crate) of_trait: bool,
    /// `false` if an item could not be parsed.
    pub(crate) is_whole: bool,
}

impl BlockSpec {
    /// The `impl` block in `item`.
    pub(crate) fn parse(&self, cx: &Ctxt, item: &TokenStream) -> Option<Parsed> {
        let (emptied, bodies) = Bodies::take(item);
        let what = match syn::parse2::<Item>(emptied) {
            Ok(Item::Impl(block)) => {
                return Some(self.parsed(cx, block, bodies, Broken::default()));
            }
            Ok(Item::Fn(_)) => "a function",
            Ok(Item::Struct(_)) => "a struct",
            Ok(Item::Enum(_)) => "an enum",
            Ok(Item::Trait(_)) => "a trait",
            Ok(Item::Mod(_)) => "a module",
            Ok(_) => "this item",
            Err(error) => {
                let parsed = self.parse_without_broken(cx, item);
                if parsed.is_none() {
                    cx.record(error);
                }
                return parsed;
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

    /// The block in `item` without the items that cannot be parsed.
    fn parse_without_broken(&self, cx: &Ctxt, item: &TokenStream) -> Option<Parsed> {
        let (whole, broken) = Broken::take(item)?;
        let (emptied, bodies) = Bodies::take(&whole);
        let block = syn::parse2(emptied).ok()?;
        Some(self.parsed(cx, block, bodies, broken))
    }

    fn parsed(&self, cx: &Ctxt, mut block: ItemImpl, bodies: Bodies, broken: Broken) -> Parsed {
        self.hidden_members(cx, &mut block);
        // The expansion names the types of signatures once more. Of an unknown one the compiler
        // would tell twice, as it proposes parameters for the `impl` of a user's own only.
        block.impl_token.span = generated_at(block.impl_token.span);
        Parsed { block, bodies, broken }
    }

    /// Reports attributes that other attributes or macros would make, too late to be seen, and
    /// removes them, so that the compiler has nothing to add.
    fn hidden_members(&self, cx: &Ctxt, block: &mut ItemImpl) {
        let Self { member, what, .. } = self;
        for item in &mut block.items {
            match item {
                ImplItem::Fn(function) => {
                    let is_hidden = |attr: &mut Attribute| {
                        attr.path().is_ident("cfg_attr")
                            && is_attribute(attr.meta.to_token_stream(), member)
                    };
                    for attr in function.attrs.extract_if(.., is_hidden) {
                        cx.error(
                            attr,
                            format_args!(
                                "`#[{member}]` in a `cfg_attr` comes too late for {what}: write \
                                 `#[{member}]`, and `#[cfg(..)]` on the method if it is conditional"
                            ),
                        );
                    }
                }
                ImplItem::Macro(invocation) if has(&invocation.mac.tokens, member) => {
                    let path = &invocation.mac.path;
                    cx.error(
                        path,
                        format_args!(
                            "a macro inside of {what} makes its methods too late: let it make the \
                             whole `impl` block, with its attribute"
                        ),
                    );
                    invocation.mac.tokens = without(invocation.mac.tokens.clone(), member);
                }
                _ => {}
            }
        }
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
        if borrows(block.self_ty.to_token_stream()) {
            cx.error(
                &block.self_ty,
                format_args!(
                    "{what} lives as long as its server, and so cannot borrow: own the values, or \
                     share them by an `Arc`"
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

impl Parsed {
    /// Returns the block as it was written, without what was taken out of `block`.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let Self { block, bodies, broken } = self;
        let functions: Vec<_> = broken.functions().collect();
        let more = (!functions.is_empty()).then(|| {
            let ItemImpl { generics, self_ty, .. } = &block;
            let (impl_generics, _, where_clause) = generics.split_for_impl();
            quote!(impl #impl_generics #self_ty #where_clause { #(#functions)* })
        });
        let block = bodies.put_back(block.into_token_stream());
        quote!(#block #more)
    }
}

impl Block {
    pub(crate) fn of(Parsed { block, broken, .. }: &Parsed) -> Self {
        Self {
            self_ty: (*block.self_ty).clone(),
            generics: block.generics.clone(),
            of_trait: block.trait_.is_some(),
            is_whole: broken.is_empty(),
        }
    }

    /// A statement for the async body of calls. A program whose compiler took what could not be
    /// parsed, as one newer than this crate may, does not build: it would lack a method. Others
    /// never come to it.
    pub(crate) fn guard(&self) -> Option<TokenStream> {
        let ty = self.self_ty.to_token_stream().to_string().replace(' ', "");
        let message = format!(
            "a method of `{ty}` has a signature that its attribute cannot read: write it in older \
             syntax, or update `connector`"
        );
        (!self.is_whole).then(|| quote!(const { ::core::panic!(#message) };))
    }

    /// Returns `true` if an impl for the type can be written.
    pub(crate) fn is_plain(&self) -> bool {
        !self.of_trait
            && self.generics.params.is_empty()
            && !borrows(self.self_ty.to_token_stream())
    }
}

/// Returns `true` if there is an attribute of this name in tokens.
fn has(tokens: &TokenStream, name: &str) -> bool {
    let mut is_behind_hash = false;
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => {
            std::mem::take(&mut is_behind_hash)
                && group.delimiter() == Delimiter::Bracket
                && is_attribute(group.stream(), name)
                || has(&group.stream(), name)
        }
        other => {
            is_behind_hash = is_punct(&other, '#');
            false
        }
    })
}

/// Returns `true` if this stands between `#[` and `]` of an attribute of this name, or of a
/// `cfg_attr` that makes one.
fn is_attribute(meta: TokenStream, name: &str) -> bool {
    let mut rest = meta.into_iter();
    let mut last = None;
    let next = rest.find(|token| match token {
        TokenTree::Ident(ident) => {
            last = Some(ident.clone());
            false
        }
        other => !is_punct(other, ':'),
    });
    match (last, next) {
        (Some(last), _) if last == name => true,
        (Some(last), Some(TokenTree::Group(arguments))) if last == "cfg_attr" => {
            let arguments: Vec<_> = arguments.stream().into_iter().collect();
            let mut arguments = arguments.split(|token| is_punct(token, ','));
            // The first one is the condition.
            arguments.next();
            arguments.any(|attr| is_attribute(attr.iter().cloned().collect(), name))
        }
        _ => false,
    }
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

/// Returns tokens without the attributes of this name.
fn without(tokens: TokenStream, name: &str) -> TokenStream {
    let mut kept = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = token else {
            kept.push(token);
            continue;
        };
        if group.delimiter() == Delimiter::Bracket
            && kept.last().is_some_and(|last| is_punct(last, '#'))
            && is_attribute(group.stream(), name)
        {
            kept.pop();
            continue;
        }
        let mut inner = Group::new(group.delimiter(), without(group.stream(), name));
        inner.set_span(group.span());
        kept.push(TokenTree::Group(inner));
    }
    kept.into_iter().collect()
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
