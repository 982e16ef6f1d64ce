//! The fields in the text of a message.

use quote::ToTokens;
use syn::{LitStr, Member};

use super::model::{Field, Message};
use crate::ctxt::Ctxt;

/// The message with the fields that its text names in braces: `no {room}`, `{0} of {1:?}`.
pub(super) fn check<'a>(cx: &Ctxt, text: &LitStr, fields: &'a [Field]) -> Message<'a> {
    let value = text.value();
    let mut format = String::new();
    let mut args: Vec<&Member> = Vec::new();
    let mut rest = &*value;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        format.push_str(before);
        if let Some(escaped) = ["{{", "}}"].into_iter().find(|pair| behind.starts_with(pair)) {
            format.push_str(escaped);
            rest = &behind[escaped.len()..];
            continue;
        }
        let Some(end) = behind.find('}').filter(|_| behind.starts_with('{')) else {
            let brace = &behind[..1];
            cx.error(
                text,
                format_args!(
                    "`{brace}` stands alone: a field is named as in `{{room}}`, and the character \
                     is written twice, `{brace}{brace}`"
                ),
            );
            break;
        };
        let inside = &behind[1..end];
        rest = &behind[end + 1..];
        let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
        let found = fields.iter().find(|field| field_name(&field.member) == name.trim());
        let Some(Field { member, .. }) = found else {
            cx.error(text, not_a_field(inside, name.trim(), fields));
            continue;
        };
        let place = args.iter().position(|arg| *arg == member).unwrap_or_else(|| {
            args.push(member);
            args.len() - 1
        });
        let colon = if inside.contains(':') { ":" } else { "" };
        format.push_str(&format!("{{{place}{colon}{spec}}}"));
    }
    format.push_str(rest);
    if args.is_empty() {
        format = format.replace("{{", "{").replace("}}", "}");
    }
    Message { text: LitStr::new(&format, text.span()), args }
}

/// The name of a field in a text: `room`, or `0` of a tuple.
pub(super) fn field_name(member: &Member) -> String {
    member.to_token_stream().to_string().trim_start_matches("r#").to_owned()
}

fn not_a_field(inside: &str, name: &str, fields: &[Field]) -> String {
    let known: Vec<_> =
        fields.iter().map(|field| format!("`{{{}}}`", field_name(&field.member))).collect();
    let fix = match &*known {
        [] => "there are none; write the text without braces, or double them".to_owned(),
        [one] => format!("write {one}"),
        [some @ .., last] => format!("write {} or {last}", some.join(", ")),
    };
    match name {
        "" => format!("`{{{inside}}}` does not name a field: {fix}"),
        _ => format!("`{name}` is not a field: {fix}"),
    }
}
