//! From what was written to what it means: the rules.

use quote::{ToTokens, quote};
use syn::Member;

use super::model::{Answer, Case, Field, Input, Metadata, Model};
use crate::ctxt::Ctxt;
use crate::symbol::{META, ROUTE_ERROR};
use crate::target::Target;

/// Clients read these codes as success.
const SUCCESS: [u16; 2] = [0, 200];
/// Where the code and the message stand on the wire.
const TAKEN: [&str; 2] = ["code", "msg"];
/// The code of a failure that names none.
const FAILED: u16 = 500;

/// The error that was meant; if there is none, `cx` knows why.
pub(crate) fn check<'a>(
    cx: &Ctxt,
    target: &Target,
    input: Option<&'a Vec<Input>>,
) -> Option<Model<'a>> {
    let cases = input?.iter().map(|input| {
        let ident = &target.ident;
        let variant = input.variant.as_ref().map(|variant| quote!(::#variant));
        Case {
            path: quote!(#ident #variant),
            answer: answer(cx, input),
            metadata: metadata(cx, &input.fields),
        }
    });
    Some(Model { cases: cases.collect() })
}

fn answer<'a>(cx: &Ctxt, input: &'a Input) -> Answer<'a> {
    if let Some((key, code)) = input.code.get()
        && SUCCESS.contains(code)
    {
        cx.error(
            key,
            format_args!("{code} tells of success: give an error another code, such as 404"),
        );
    }
    let code = input.code.get().map(|(_, code)| *code);
    match (code, input.message.get()) {
        (code, Some(message)) => Answer::Worded(code.unwrap_or(FAILED), message),
        (Some(code), None) => Answer::Told(code),
        (None, None) => Answer::Inside,
    }
}

fn metadata<'a>(cx: &Ctxt, fields: &'a [Field]) -> Vec<Metadata<'a>> {
    let mut all: Vec<Metadata<'a>> = Vec::new();
    for Field { member, ty, meta } in fields {
        let Some((key, name)) = meta.get() else { continue };
        let place = name.as_ref().map_or_else(|| key.to_token_stream(), ToTokens::to_token_stream);
        let name = match (name, member) {
            (Some(name), _) => name.value(),
            (None, Member::Named(ident)) => ident.to_string().trim_start_matches("r#").to_owned(),
            (None, Member::Unnamed(_)) => {
                cx.error(
                    key,
                    format_args!(
                        "a field without a name needs one here: `#[{ROUTE_ERROR}({META} = \
                         \"name\")]`"
                    ),
                );
                continue;
            }
        };
        if TAKEN.contains(&&*name) {
            cx.error(
                place,
                format_args!(
                    "`{name}` has a meaning of its own in the answer: give the field another \
                     name, `#[{ROUTE_ERROR}({META} = \"name\")]`"
                ),
            );
        } else if all.iter().any(|earlier| earlier.key == name) {
            cx.error(place, format_args!("`{name}` is there already: give the field another name"));
        } else {
            all.push(Metadata { member, ty, key: name });
        }
    }
    all
}
