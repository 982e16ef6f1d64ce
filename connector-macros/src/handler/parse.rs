//! From syntax to the parsed block.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, ImplItem, ImplItemFn, Meta};

use super::model::{Input, Method};
use crate::attr::{Arg, AttrSpec, Slot};
use crate::block::{Block, BlockSpec, Parsed, attrs_of_other, cfgs, docs, text};
use crate::ctxt::{Ctxt, error};
use crate::private::Private;
use crate::symbol::{
    CODE, CONCURRENT, CRATE, FILTER, HANDLER, KEY, NOTIFY, ROUTE, SERIAL, TIMEOUT,
};
use crate::value;

pub(crate) const BLOCK: BlockSpec =
    BlockSpec { attr: HANDLER, member: ROUTE, what: "a handler", members: "routes" };
const ON_IMPL: AttrSpec = AttrSpec { name: "`#[handler(..)]`", known: &[FILTER, CRATE] };
const ON_METHOD: AttrSpec = AttrSpec {
    name: "`#[route(..)]`",
    known: &[NOTIFY, SERIAL, CONCURRENT, KEY, TIMEOUT, FILTER, CODE],
};

/// Parses the block and takes our attributes out of it.
pub(crate) fn parse(cx: &Ctxt, args: TokenStream, parsed: &mut Parsed) -> Input {
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
        Arg::Key(key)
            if prefix.get().is_none() && (input.is_empty() || input.peek(syn::Token![!])) =>
        {
            Err(error(
                &key,
                format_args!(
                    "the first two parts of the routes are a string in quotes, since an attribute \
                 sees no constants and no macros: write `\"server.handler\"`"
                ),
            ))
        }
        Arg::Key(key) if ON_METHOD.has(&key) => Err(error(
            &key,
            format_args!("`{key}` belongs on a method: write it in its `#[{ROUTE}(..)]`"),
        )),
        Arg::Key(key) => Err(ON_IMPL.unknown(&key)),
    });
    let args_read = cx.is_clean();
    let mut methods = Vec::new();
    for item in &mut parsed.block.items {
        match item {
            ImplItem::Fn(function) => methods.extend(method(cx, function)),
            other => attrs_of_other(other).into_iter().for_each(|attrs| not_a_method(cx, attrs)),
        }
    }
    Input {
        private: Private::new(krate.get()),
        prefix,
        filters,
        args_read,
        block: Block::of(parsed),
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
        filters: Slot::default(),
        docs: docs(&function.attrs),
        cfgs: cfgs(&function.attrs),
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
                let fields = value::fields(&key, input)?;
                method.key.set(cx, &key, (key.clone(), fields));
            } else if key == TIMEOUT {
                method.timeout.set(cx, &key, value::milliseconds(&key, input)?);
            } else if key == FILTER {
                method.filters.set(cx, &key, value::paths(&key, input)?);
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
