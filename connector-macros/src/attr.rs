//! Parsing an attribute's arguments, one by one.

use connector_protocol::distance;
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Lit, Meta, Token, Type, token};

use crate::ctxt::{Ctxt, error};

/// The first token of an argument.
pub(crate) enum Arg {
    Key(Ident),
    Literal(Lit),
}

/// An attribute on some kind of item, and its keys.
pub(crate) struct AttrSpec {
    /// The attribute and the item, for error messages.
    pub(crate) name: &'static str,
    pub(crate) known: &'static [&'static str],
}

impl AttrSpec {
    /// Parses the arguments of `attr`. `read` returns the first error of an
    /// argument; it is recorded, and parsing goes on with the next one.
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
            Meta::NameValue(_) => {
                cx.error(attr, format_args!("arguments go in parentheses: {}", self.usage()));
            }
            _ => cx.error(attr, format_args!("arguments are missing: {}", self.usage())),
        }
    }

    /// [`AttrSpec::read`] for arguments that are already out of their parentheses.
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

    /// Returns `true` if the attribute has this key.
    pub(crate) fn has(&self, key: &Ident) -> bool {
        self.known.iter().any(|name| key == name)
    }

    /// The error of a key that the attribute does not have.
    pub(crate) fn unknown(&self, key: &Ident) -> syn::Error {
        match self.nearest(key) {
            Some(near) => error(key, format_args!("unknown key `{key}`: write `{near}`")),
            None => error(key, format_args!("unknown key `{key}`: {}", self.usage())),
        }
    }

    /// The key that a misspelled one stands for: up to a third of its letters differ.
    fn nearest(&self, key: &Ident) -> Option<&'static str> {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let wanted = letters(&key.to_string());
        let distances = self.known.iter().map(|name| (distance(&wanted, &letters(name)), *name));
        let (least, name) = distances.min()?;
        (least <= (wanted.len() / 3).max(1)).then_some(name)
    }

    /// The error of a literal in the place of a key.
    pub(crate) fn unexpected(&self, literal: &Lit) -> syn::Error {
        error(literal, format_args!("expected a key, found a literal: {}", self.usage()))
    }

    fn arg(&self, input: ParseStream<'_>) -> syn::Result<Arg> {
        if input.peek(Lit) {
            return input.parse().map(Arg::Literal);
        }
        let key = input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(error.span(), format_args!("expected a key: {}", self.usage()))
        })?;
        Ok(Arg::Key(key))
    }

    fn usage(&self) -> String {
        let attr = self.name;
        let names: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        match &*names {
            [one] => format!("{attr} takes {one}"),
            [some @ .., last] => format!("{attr} takes {} and {last}", some.join(", ")),
            [] => format!("{attr} takes no arguments"),
        }
    }
}

/// A value that may be given once.
pub(crate) struct Slot<T>(Option<T>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Slot<T> {
    /// Sets the value. A second one is an error at `tokens`.
    pub(crate) fn set(&mut self, cx: &Ctxt, tokens: impl ToTokens, value: T) {
        if self.0.is_some() {
            let tokens = tokens.into_token_stream();
            let message = format!("`{tokens}` repeats an earlier argument: keep one of the two");
            cx.error(tokens, message);
        } else {
            self.0 = Some(value);
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// Skips the rest of an argument. Returns `false` if its end is not certain.
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
