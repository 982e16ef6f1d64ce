//! From syntax to the parsed block.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, ImplItem, ImplItemFn, Item, ItemImpl, Lit, LitStr, Meta};

use super::model::{Input, Method};
use crate::attr::{Arg, AttrSpec, Slot};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{
    CODE, CONCURRENT, CRATE, FILTER, HANDLER, KEY, NOTIFY, ROUTE, SERIAL, TIMEOUT,
};
use crate::value;

const ON_IMPL: AttrSpec = AttrSpec { name: "`#[handler(..)]`", known: &[FILTER, CRATE] };
const ON_METHOD: AttrSpec =
    AttrSpec { name: "`#[route(..)]`", known: &[NOTIFY, SERIAL, CONCURRENT, KEY, TIMEOUT, CODE] };

/// The `impl` block in `item`.
pub(crate) fn block(cx: &Ctxt, item: &TokenStream) -> Option<ItemImpl> {
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
    cx.record(syn::Error::new(
        proc_macro2::Span::call_site(),
        format_args!(
            "`#[{HANDLER}]` cannot be on {what}: put it on the `impl` block with the `#[{ROUTE}]` \
             methods"
        ),
    ));
    None
}

/// Parses `block` and takes our attributes out of it.
pub(crate) fn parse(cx: &Ctxt, args: TokenStream, block: &mut ItemImpl) -> Input {
    let mut prefix = Slot::default();
    let mut krate = Slot::default();
    let mut filters = Slot::default();
    ON_IMPL.read_tokens(cx, args, |arg, input| match arg {
        Arg::Literal(literal) => {
            prefix.set(cx, &literal, text(&literal, "server.handler")?);
            Ok(())
        }
        Arg::Key(key) if key == CRATE => {
            krate.set(cx, &key, value::path(&key, input)?);
            Ok(())
        }
        Arg::Key(key) if key == FILTER => {
            filters.set(cx, &key, value::paths(&key, input)?);
            Ok(())
        }
        Arg::Key(key) if input.peek(syn::Token![.]) => Err(error(
            &key,
            format_args!(
                "the first two parts of the routes go in quotes: `\"{key}.{key}Handler\"`"
            ),
        )),
        Arg::Key(key) => Err(ON_IMPL.unknown(&key)),
    });
    let args_read = cx.is_clean();
    let mut methods = Vec::new();
    for item in &mut block.items {
        match item {
            ImplItem::Fn(function) => methods.extend(method(cx, function)),
            ImplItem::Const(item) => not_a_method(cx, &mut item.attrs),
            ImplItem::Type(item) => not_a_method(cx, &mut item.attrs),
            ImplItem::Macro(item) => not_a_method(cx, &mut item.attrs),
            _ => {}
        }
    }
    Input {
        private: Private::new(krate.get()),
        prefix,
        filters,
        args_read,
        self_ty: (*block.self_ty).clone(),
        generics: block.generics.clone(),
        of_trait: block.trait_.is_some(),
        methods,
    }
}

/// Parses a method, if it has a route.
fn method(cx: &Ctxt, function: &mut ImplItemFn) -> Option<Method> {
    let taken: Vec<_> = function.attrs.extract_if(.., |attr| is_route(attr)).collect();
    let (first, more) = taken.split_first()?;
    for attr in more {
        cx.error(attr, "a method has only one `#[route]`: remove this one");
    }
    let mut method = Method {
        sig: function.sig.clone(),
        route: Slot::default(),
        notify: Slot::default(),
        serial: Slot::default(),
        concurrent: Slot::default(),
        key: Slot::default(),
        timeout: Slot::default(),
        code: Slot::default(),
        docs: docs(&function.attrs),
        cfgs: function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect(),
    };
    // Unlike other attributes, `#[route]` needs no arguments.
    if let Meta::NameValue(meta) = &first.meta {
        let route = meta.value.to_token_stream();
        cx.error(first, format_args!("a route goes in parentheses: write `#[{ROUTE}({route})]`"));
    } else if !matches!(first.meta, Meta::Path(_)) {
        ON_METHOD.read(cx, first, |arg, input| {
            let key = match arg {
                Arg::Key(key) => key,
                Arg::Literal(literal) => {
                    let route = text(&literal, "server.handler.method")?;
                    method.route.set(cx, &literal, route);
                    return Ok(());
                }
            };
            if key == NOTIFY {
                value::flag(&key, input)?;
                method.notify.set(cx, &key, key.clone());
            } else if key == SERIAL {
                value::flag(&key, input)?;
                method.serial.set(cx, &key, key.clone());
            } else if key == CONCURRENT {
                value::flag(&key, input)?;
                method.concurrent.set(cx, &key, key.clone());
            } else if key == KEY {
                let field = value::string(&key, "field", input)?;
                method.key.set(cx, &key, (key.clone(), field));
            } else if key == TIMEOUT {
                method.timeout.set(cx, &key, value::milliseconds(&key, input)?);
            } else if key == FILTER {
                return Err(error(
                    &key,
                    format_args!(
                        "`{FILTER}` belongs on the `impl` block: write `#[{HANDLER}(.., {FILTER} = \
                         ..)]`; the filter is given the route of each call"
                    ),
                ));
            } else if key == CODE {
                let code = value::number(&key, 1, input)?;
                method.code.set(cx, &key, (key.clone(), code));
            } else if key == CRATE {
                return Err(error(
                    &key,
                    format_args!(
                        "`{CRATE}` belongs on the `impl` block: write `#[{HANDLER}(.., {CRATE} = \
                         \"..\")]`"
                    ),
                ));
            } else {
                return Err(ON_METHOD.unknown(&key));
            }
            Ok(())
        });
    }
    Some(method)
}

fn not_a_method(cx: &Ctxt, attrs: &mut Vec<Attribute>) {
    for attr in attrs.extract_if(.., |attr| is_route(attr)) {
        cx.error(attr, "`#[route]` belongs on a method: put it on a `fn` or an `async fn`");
    }
}

/// Returns `true` for `#[route]`, by any path.
fn is_route(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == ROUTE)
}

fn text(literal: &Lit, example: &str) -> syn::Result<LitStr> {
    match literal {
        Lit::Str(text) => Ok(text.clone()),
        _ => Err(error(literal, format_args!("expected a string: write `\"{example}\"`"))),
    }
}

/// The text of a documentation comment.
fn docs(attrs: &[Attribute]) -> String {
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
