//! Parsing the values of keys.

use proc_macro2::Ident;
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{Expr, Lit, LitStr, Path, Token, Type, token};

use crate::ctxt::error;
use crate::fields::Fields;

/// A key without a value.
pub(crate) fn flag(key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![=]) || input.peek(token::Paren) {
        return Err(error(key, format_args!("`{key}` takes no value: write `{key}` alone")));
    }
    Ok(())
}

/// `key = Type`
pub(crate) fn ty(key: &Ident, input: ParseStream<'_>) -> syn::Result<Type> {
    equals(key, "Type", input)?;
    no_text(key, "type", input)?;
    // A type does not parse as one of these.
    if let Ok(value @ (Expr::Call(_) | Expr::MethodCall(_) | Expr::Struct(_))) =
        input.fork().call(expression)
    {
        let ty = made(&value).map_or_else(|| "Type".to_owned(), |ty| ty.replace(' ', ""));
        let message = format_args!(
            "expected a type, found a value: write `{key} = {ty}`, whose `Default` makes the value"
        );
        return Err(error(value, message));
    }
    input.parse()
}

/// Returns the type that an expression names when it makes a value: that of `Type::default()`.
fn made(value: &Expr) -> Option<String> {
    match value {
        Expr::Struct(made) => Some(made.path.to_token_stream().to_string()),
        Expr::MethodCall(call) => made(&call.receiver),
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => {
                let mut ty = function.path.clone();
                if ty.segments.len() > 1 {
                    ty.segments.pop();
                    ty.segments.pop_punct();
                }
                Some(ty.to_token_stream().to_string())
            }
            _ => None,
        },
        _ => None,
    }
}

/// `key = name`
pub(crate) fn name(key: &Ident, input: ParseStream<'_>) -> syn::Result<Ident> {
    equals(key, "name", input)?;
    no_text(key, "name", input)?;
    input.parse()
}

/// `key = "string"`, with an example of a string.
pub(crate) fn string(key: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<LitStr> {
    let wanted = format!("\"{example}\"");
    equals(key, &wanted, input)?;
    if let Some(text) = text(input)? {
        return Ok(text);
    }
    let value: Expr = input.parse()?;
    Err(error(value, format_args!("expected a string: write `{key} = {wanted}`")))
}

/// `key = room.id`, or the same as a text
pub(crate) fn fields(key: &Ident, input: ParseStream<'_>) -> syn::Result<Fields> {
    equals(key, "room", input)?;
    match text(input)? {
        Some(text) => Fields::of_text(key, &text),
        None => Fields::parse(key, input),
    }
}

/// `key = 7`, from `least` on
pub(crate) fn number(key: &Ident, least: u16, input: ParseStream<'_>) -> syn::Result<u16> {
    equals(key, "7", input)?;
    let value = expression(input)?;
    if let Expr::Lit(syn::ExprLit { lit: Lit::Int(literal), .. }) = &value
        && let Ok(number) = literal.base10_parse()
        && number >= least
    {
        return Ok(number);
    }
    let message = format_args!("expected a number from {least} to 65535: write `{key} = 7`");
    Err(error(value, message))
}

/// `key = "5s"`, in milliseconds
pub(crate) fn milliseconds(key: &Ident, input: ParseStream<'_>) -> syn::Result<u64> {
    equals(key, "\"5s\"", input)?;
    let wanted = format!("expected a number with `ms`, `s` or `m`: write `{key} = \"5s\"`");
    let Some(text) = text(input)? else {
        let value: Expr = input.parse()?;
        return Err(error(value, wanted));
    };
    let value = text.value();
    match connector_protocol::milliseconds(&value) {
        Some(0) => {
            let message = format_args!(
                "no call returns within `{value}`: write a longer time, such as `{key} = \"5s\"`"
            );
            Err(error(text, message))
        }
        Some(milliseconds) => Ok(milliseconds),
        None => Err(error(text, wanted)),
    }
}

/// `key = "some::path"`
pub(crate) fn path(key: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    equals(key, "\"path\"", input)?;
    let wanted = |path| format!("expected a path in quotes: write `{key} = \"{path}\"`");
    match text(input)? {
        Some(text) => {
            text.parse_with(Path::parse_mod_style).map_err(|_| error(&text, wanted("my::sdk")))
        }
        None => {
            let value: Path = input.call(Path::parse_mod_style)?;
            let written = value.to_token_stream().to_string().replace(' ', "");
            Err(error(value, wanted(&written)))
        }
    }
}

/// `key = some::path`, or `key = [some::path, other]`
pub(crate) fn paths(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    equals(key, "name", input)?;
    no_text(key, "name", input)?;
    let several = match expression(input)? {
        Expr::Array(array) if array.elems.is_empty() => {
            let message =
                format_args!("the list is empty: write `{key} = [name]`, or remove `{key}`");
            return Err(error(array, message));
        }
        Expr::Array(array) => array.elems.into_iter().map(ungrouped).collect(),
        one => vec![one],
    };
    let path = |value| match value {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path),
        Expr::Closure(closure) if closure.asyncness.is_some() => Err(error(
            closure,
            format_args!(
                "a filter that waits is a type: write `impl Filter for SignedIn` with an `async fn \
                 before`, and `{key} = SignedIn`"
            ),
        )),
        Expr::Closure(closure) => Err(error(
            closure,
            format_args!(
                "a closure has no name: write a function, `fn signed_in(cx: &Cx<'_>, route: \
                 &RouteSpec) -> Result<(), HandlerError>`, and `{key} = signed_in`"
            ),
        )),
        other => Err(error(
            other,
            format_args!(
                "expected the name of a function, a constant, a static or a unit struct: give \
                 this value a name, such as `static NAME: .. = ..`, and write `{key} = NAME`"
            ),
        )),
    };
    several.into_iter().map(path).collect()
}

/// `key = "text"`, or another expression that is a text, such as `env!("..")`
pub(crate) fn text_expression(
    key: &Ident,
    example: &str,
    input: ParseStream<'_>,
) -> syn::Result<Expr> {
    equals(key, &format!("\"{example}\""), input)?;
    let value = expression(input)?;
    match &value {
        Expr::Lit(literal) if !matches!(literal.lit, Lit::Str(_)) => {
            Err(error(&value, format_args!("expected a string: write `{key} = \"{example}\"`")))
        }
        _ => Ok(value),
    }
}

/// `key`, or `key = false`
pub(crate) fn switch(key: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    if !input.peek(Token![=]) {
        flag(key, input)?;
        return Ok(true);
    }
    equals(key, "true", input)?;
    match expression(input)? {
        Expr::Lit(syn::ExprLit { lit: Lit::Bool(value), .. }) => Ok(value.value),
        other => Err(error(other, format_args!("expected `true` or `false`: write `{key}` alone"))),
    }
}

/// `key("a", "b")`, with an example of an item
pub(crate) fn texts(
    key: &Ident,
    example: &str,
    input: ParseStream<'_>,
) -> syn::Result<Vec<LitStr>> {
    let wanted = format!("\"{example}\"");
    list(key, &wanted, input, |item| list_text(&wanted, item))
}

/// `key("a"("b", "c"))`
pub(crate) fn texts_by_name(
    key: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<Vec<(LitStr, Vec<LitStr>)>> {
    let wanted = "\"fileManager\"(\"currentFileChanged\")";
    list(key, wanted, input, |item| {
        let name = list_text(wanted, item)?;
        if !item.peek(token::Paren) {
            return Err(error(
                &name,
                format_args!("the texts of this name are missing: write `{wanted}`"),
            ));
        }
        Ok((name, items(item, |item| list_text("\"currentFileChanged\"", item))?))
    })
}

/// `key(item, item)`, with an example of an item
pub(crate) fn list<T>(
    key: &Ident,
    example: &str,
    input: ParseStream<'_>,
    item: impl Fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    if !input.peek(token::Paren) {
        return Err(error(key, format_args!("`{key}` is a list: write `{key}({example})`")));
    }
    let items = items(input, item)?;
    if items.is_empty() {
        return Err(error(key, format_args!("`{key}` is empty: write `{key}({example})`")));
    }
    Ok(items)
}

/// A text in a list
pub(crate) fn list_text(example: &str, input: ParseStream<'_>) -> syn::Result<LitStr> {
    if let Some(text) = text(input)? {
        return Ok(text);
    }
    let found: proc_macro2::TokenTree = input.parse()?;
    Err(error(found, format_args!("expected a string: write `{example}`")))
}

/// `(item, item)`
pub(crate) fn items<T>(
    input: ParseStream<'_>,
    item: impl Fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    let content;
    syn::parenthesized!(content in input);
    let mut items = Vec::new();
    while !content.is_empty() {
        let parsed = item(&content).inspect_err(|_| {
            // What is behind the mistake is not one too.
            let _: syn::Result<proc_macro2::TokenStream> = content.parse();
        });
        items.push(parsed?);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(items)
}

/// An expression without the invisible groups of a user's macro.
fn expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    input.parse().map(ungrouped)
}

fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

fn equals(key: &Ident, value: &str, input: ParseStream<'_>) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(error(key, format_args!("`{key}` needs a value: write `{key} = {value}`")));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        let place = quote!(#key #equals);
        return Err(error(place, format_args!("`{key}` needs a value: write `{key} = {value}`")));
    }
    Ok(())
}

fn text(input: ParseStream<'_>) -> syn::Result<Option<LitStr>> {
    if input.peek(LitStr) { input.parse().map(Some) } else { Ok(None) }
}

/// Reports a string in the place of `what`.
fn no_text(key: &Ident, what: &str, input: ParseStream<'_>) -> syn::Result<()> {
    let Some(text) = text(input)? else { return Ok(()) };
    let value = text.value();
    Err(error(
        text,
        format_args!("expected a {what}, found a string: write `{key} = {value}` without quotes"),
    ))
}
