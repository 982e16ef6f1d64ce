//! Reading what stands in an attribute's parentheses, argument by argument.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Lit, Meta, Token, Type, token};

use crate::ctxt::{Ctxt, error};

/// One argument, before what may follow it.
pub(crate) enum Arg {
    Key(Ident),
    Literal(Lit),
}

/// Where arguments stand, and which are known there.
pub(crate) struct Place {
    /// As a sentence names it.
    pub(crate) name: &'static str,
    pub(crate) known: &'static [&'static str],
}

impl Place {
    /// Reads the arguments of `attr`. `read` returns the first thing that is
    /// wrong with one; that is recorded, and the next one read.
    pub(crate) fn read(
        &self,
        cx: &Ctxt,
        attr: &Attribute,
        read: impl FnMut(Arg, ParseStream<'_>) -> syn::Result<()>,
    ) {
        match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => {
                self.read_tokens(cx, list.tokens.clone(), read);
            }
            Meta::NameValue(_) => cx.error(
                attr,
                format_args!("{} has its arguments in parentheses: {}", self.name, self.listed()),
            ),
            _ => cx.error(attr, format_args!("{} says nothing: {}", self.name, self.listed())),
        }
    }

    /// [`Place::read`] for what already stands outside of the parentheses.
    pub(crate) fn read_tokens(
        &self,
        cx: &Ctxt,
        tokens: TokenStream,
        mut read: impl FnMut(Arg, ParseStream<'_>) -> syn::Result<()>,
    ) {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let result = self.arg(input).and_then(|arg| read(arg, input));
                if let Err(error) = result {
                    cx.record(error);
                    if !skip_value(input) {
                        let _: TokenStream = input.parse()?;
                    }
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        cx.ok(parser.parse2(tokens));
    }

    /// The error of a key that this place does not have.
    pub(crate) fn unknown(&self, key: &Ident) -> syn::Error {
        error(key, format_args!("{} has no `{key}`: {}", self.name, self.listed()))
    }

    /// The error of a literal where none may stand.
    pub(crate) fn no_literal(&self, literal: &Lit) -> syn::Error {
        error(literal, format_args!("{} begins with a key: {}", self.name, self.listed()))
    }

    fn arg(&self, input: ParseStream<'_>) -> syn::Result<Arg> {
        if input.peek(Lit) {
            return input.parse().map(Arg::Literal);
        }
        let key = input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(error.span(), format_args!("expected a key: {}", self.listed()))
        })?;
        Ok(Arg::Key(key))
    }

    fn listed(&self) -> String {
        let names: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        match &*names {
            [one] => format!("it takes {one}"),
            [some @ .., last] => format!("it takes {} and {last}", some.join(", ")),
            [] => "it takes nothing".into(),
        }
    }
}

/// A value that may be given once.
pub(crate) struct Slot<T>(Option<T>);

impl<T> Slot<T> {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// Puts `value` in. A second one is an error at `tokens`.
    pub(crate) fn set(&mut self, cx: &Ctxt, tokens: impl ToTokens, value: T) {
        if self.0.is_some() {
            let tokens = tokens.into_token_stream();
            let message = format!("`{tokens}` comes after another: keep one of the two");
            cx.error(tokens, message);
        } else {
            self.0 = Some(value);
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// Steps over what is left of an argument. `false` if it is not certain where
/// that ends.
fn skip_value(input: ParseStream<'_>) -> bool {
    let at_end = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
    if at_end(input) {
        return true;
    }
    if input.peek(token::Paren) {
        let _: syn::Result<proc_macro2::TokenTree> = input.parse();
        return at_end(input);
    }
    let _: syn::Result<Token![=]> = input.parse();
    let ahead = input.fork();
    let fits = (ahead.parse::<Type>().is_ok() && at_end(&ahead)).then(|| input.parse::<Type>());
    if fits.is_some() {
        return true;
    }
    let ahead = input.fork();
    let fits = (ahead.parse::<Lit>().is_ok() && at_end(&ahead)).then(|| input.parse::<Lit>());
    fits.is_some()
}
