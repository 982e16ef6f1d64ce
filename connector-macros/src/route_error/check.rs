//! From the parsed to the checked error: the rules.

use quote::{ToTokens, quote};
use syn::Member;

use super::message;
use super::model::{Case, ErrorText, Field, Input, Metadata, Model};
use crate::container::Container;
use crate::ctxt::Ctxt;
use crate::symbol::{META, ROUTE_ERROR};

/// Codes that clients take for success.
const SUCCESS: [u16; 2] = [0, 200];
/// Fields of the error's body that are not metadata.
const RESERVED: [&str; 2] = ["code", "msg"];
/// The code of an error that gives none.
const FAILED: u16 = 500;

/// The error's model.
pub(crate) fn check<'a>(cx: &Ctxt, container: &Container, input: &'a [Input]) -> Model<'a> {
    let cases = input.iter().map(|input| {
        let ident = &container.ident;
        let variant = input.variant.as_ref().map(|variant| quote!(::#variant));
        Case {
            path: quote!(#ident #variant),
            text: text(cx, input),
            metadata: metadata(cx, &input.fields),
        }
    });
    Model { cases: cases.collect() }
}

fn text<'a>(cx: &Ctxt, input: &'a Input) -> ErrorText<'a> {
    if let Some((key, code)) = input.code.get()
        && SUCCESS.contains(code)
    {
        cx.error(
            key,
            format_args!("{code} means success: give the error another code, such as 404"),
        );
    }
    let code = input.code.get().map(|(_, code)| *code);
    match (code, input.message.get()) {
        (code, Some(text)) => {
            let message = message::check(cx, text, &input.fields);
            ErrorText::Literal(code.unwrap_or(FAILED), message)
        }
        (Some(code), None) => ErrorText::Display(code),
        (None, None) => ErrorText::Internal,
    }
}

fn metadata<'a>(cx: &Ctxt, fields: &'a [Field]) -> Vec<Metadata<'a>> {
    let mut all: Vec<Metadata<'a>> = Vec::new();
    for Field { member, ty, meta } in fields {
        let Some((key, name)) = meta.get() else { continue };
        let place = name.as_ref().map_or_else(|| key.to_token_stream(), ToTokens::to_token_stream);
        let name = match (name, member) {
            (Some(name), _) => name.value(),
            (None, Member::Named(_)) => message::field_name(member),
            (None, Member::Unnamed(_)) => {
                cx.error(
                    key,
                    format_args!(
                        "a tuple field has no name: write one, `#[{ROUTE_ERROR}({META} = \
                         \"name\")]`"
                    ),
                );
                continue;
            }
        };
        if RESERVED.contains(&&*name) {
            cx.error(
                place,
                format_args!(
                    "`{name}` is reserved in the body of an error: give the field another name, \
                     `#[{ROUTE_ERROR}({META} = \"name\")]`"
                ),
            );
        } else if all.iter().any(|earlier| earlier.key == name) {
            cx.error(
                place,
                format_args!("`{name}` is the name of an earlier field: give this one another"),
            );
        } else {
            all.push(Metadata { member, ty, key: name });
        }
    }
    all
}
