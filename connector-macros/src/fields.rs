//! Paths of fields, such as `room.id`; `room?.id` leads through an `Option`.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Index, LitStr, Token};

use crate::ctxt::error;

/// A path of fields. Each has its place in the attribute, so that the compiler shows one that
/// does not exist, and what it proposes instead is what has to be written.
pub(crate) struct Fields {
    /// The path as it was written, without spaces.
    pub(crate) text: String,
    /// The tokens of the path, of which errors underline all.
    pub(crate) tokens: TokenStream,
    steps: Vec<Step>,
}

/// A field by its name, or by its place in a tuple.
struct Step {
    member: TokenStream,
    /// `true` if the way leads through the field's `Option`.
    optional: bool,
}

impl Fields {
    /// The path that is the value of `key`, to its end or to the next comma.
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let mut tokens = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
        let text = tokens.to_string().replace(' ', "");
        match steps.parse2(tokens.clone()) {
            Ok(steps) => Ok(Self { text, tokens, steps }),
            Err(_) => Err(error(
                tokens,
                format_args!(
                    "expected a field of the body, or a path of fields: write `{key} = room` or \
                     `{key} = room.id`"
                ),
            )),
        }
    }

    /// The path in a text, whose fields all have the text's place.
    pub(crate) fn of_text(key: &Ident, text: &LitStr) -> syn::Result<Self> {
        let path = text.value();
        if path.is_empty() {
            let message =
                format_args!("the key is empty: write a field of the body, such as `{key} = room`");
            return Err(error(text, message));
        }
        match text.parse_with(steps) {
            Ok(steps) => Ok(Self { text: path, tokens: text.to_token_stream(), steps }),
            Err(_) => Err(error(
                text,
                format_args!(
                    "`{path}` is not a path of fields: write the names of fields of the body, such \
                     as `{key} = room.id`"
                ),
            )),
        }
    }

    /// The way to the last field, behind a value. It may return from a closure of an `Option`.
    pub(crate) fn way(&self) -> TokenStream {
        let steps = self.steps.iter().map(|Step { member, optional }| {
            let some = optional.then(|| quote!(.as_ref()?));
            quote!(.#member #some)
        });
        steps.collect()
    }

    /// Returns `true` if the way ends at a reference to what is in an `Option`.
    pub(crate) fn ends_in_option(&self) -> bool {
        self.steps.last().is_some_and(|step| step.optional)
    }
}

/// `room?.id`
fn steps(input: ParseStream<'_>) -> syn::Result<Vec<Step>> {
    let mut steps = Vec::new();
    loop {
        members(input, &mut steps)?;
        if input.peek(Token![?]) {
            input.parse::<Token![?]>()?;
            if let Some(last) = steps.last_mut() {
                last.optional = true;
            }
        }
        if input.is_empty() {
            return Ok(steps);
        }
        input.parse::<Token![.]>()?;
    }
}

/// One field, or two of tuples, such as `0.1`, which is one token.
fn members(input: ParseStream<'_>, steps: &mut Vec<Step>) -> syn::Result<()> {
    if input.peek(Ident) {
        let name: Ident = input.parse()?;
        steps.push(Step { member: name.into_token_stream(), optional: false });
        return Ok(());
    }
    let places: Literal = input.parse()?;
    for place in places.to_string().split('.') {
        let index = place.parse().map_err(|_| input.error("not a place in a tuple"))?;
        let member = Index { index, span: places.span() }.into_token_stream();
        steps.push(Step { member, optional: false });
    }
    Ok(())
}
