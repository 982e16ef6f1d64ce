//! Comments of schemas as documentation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, Item, Lit, Meta, parse_quote};

/// Documentation as attributes.
pub(crate) fn attributes(lines: &[String]) -> TokenStream {
    quote!(#(#[doc = #lines])*)
}

/// Documentation as text.
pub(crate) fn text(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// Code in a comment of a schema is no Rust that rustdoc could test: it is
/// fenced, and said to be text.
pub(crate) fn tamed(lines: Vec<String>) -> Vec<String> {
    let mut tamed = Vec::with_capacity(lines.len());
    let (mut fenced, mut indented, mut after_text) = (false, false, false);
    for line in lines {
        let content = line.strip_prefix(' ').unwrap_or(&line);
        let is_indented = content.starts_with("    ") && !fenced;
        if indented && !is_indented && !content.trim().is_empty() {
            tamed.push(" ```".to_owned());
            indented = false;
        }
        // Indented behind a line of text, it only goes on with that.
        if is_indented && !indented && !after_text {
            tamed.push(" ```text".to_owned());
            indented = true;
        }
        let fence = content.trim_start().starts_with("```");
        let bare = content.trim() == "```";
        after_text = !content.trim().is_empty();
        tamed.push(match fence && !fenced {
            true if bare => format!("{}text", line.trim_end()),
            true => line.replacen("```", "```text,", 1),
            false => line,
        });
        fenced ^= fence;
    }
    if fenced || indented {
        tamed.push(" ```".to_owned());
    }
    tamed
}

/// Tames the documentation of all items and of what is in them.
pub(crate) fn tame(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Enum(item) => {
                tame_one(&mut item.attrs);
                for variant in &mut item.variants {
                    tame_one(&mut variant.attrs);
                }
            }
            Item::Mod(item) => {
                if let Some((_, items)) = &mut item.content {
                    tame(items);
                }
            }
            Item::Struct(item) => {
                tame_one(&mut item.attrs);
                for field in &mut item.fields {
                    tame_one(&mut field.attrs);
                }
            }
            _ => {}
        }
    }
}

fn tame_one(attrs: &mut Vec<Attribute>) {
    let lines: Vec<_> = attrs.iter().filter_map(doc_line).collect();
    let rest = attrs.extract_if(.., |attr| doc_line(attr).is_none()).collect::<Vec<_>>();
    *attrs = tamed(lines).into_iter().map(|line| parse_quote!(#[doc = #line])).collect();
    attrs.extend(rest);
}

fn doc_line(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else { return None };
    let Expr::Lit(value) = &meta.value else { return None };
    match &value.lit {
        Lit::Str(line) if meta.path.is_ident("doc") => Some(line.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::tamed;

    fn tame(text: &str) -> String {
        tamed(text.lines().map(|line| format!(" {line}")).collect()).join("\n").replace("\n ", "\n")
    }

    #[test]
    fn says_of_code_that_it_is_text() {
        assert_eq!(tame("a\n```\nlet\n```\nb"), " a\n```text\nlet\n```\nb");
        assert_eq!(tame("a\n```rust\nlet\n```"), " a\n```text,rust\nlet\n```");
    }

    #[test]
    fn fences_what_is_indented() {
        assert_eq!(tame("a\n\n    x\n\n    y\nb"), " a\n\n```text\n    x\n\n    y\n```\nb");
        assert_eq!(tame("a\n\n    x"), " a\n\n```text\n    x\n```");
    }

    #[test]
    fn leaves_continued_lines_and_single_back_ticks() {
        assert_eq!(tame("- a\n      b\n`c`"), " - a\n      b\n`c`");
    }

    #[test]
    fn closes_an_open_fence() {
        assert_eq!(tame("```\nx"), " ```text\nx\n```");
    }
}
