//! Comments of schemas as documentation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, Item, Lit, Meta, parse_quote};

/// Documentation as attributes.
pub(crate) fn attributes(lines: &[String]) -> TokenStream {
    let hides = may_have_code(lines);
    let lines = lines.iter().map(|line| attribute(line, hides));
    quote!(#(#lines)*)
}

/// A line of documentation. `hides` keeps it from what looks for tests in it.
fn attribute(line: &str, hides: bool) -> Attribute {
    if hides {
        parse_quote!(#[cfg_attr(not(doctest), doc = #line)])
    } else {
        parse_quote!(#[doc = #line])
    }
}

/// Returns `true` if Markdown may see code that is not fenced as text: in a list, in a
/// quotation, or behind a tab. Such comments are rare, so that this may be wrong about them.
fn may_have_code(lines: &[String]) -> bool {
    let is_list = |line: &String| {
        let rest = line.trim_start().trim_start_matches(|char: char| char.is_ascii_digit());
        rest.starts_with(['-', '*', '+', '.', ')'])
    };
    let has_list = lines.iter().any(is_list);
    lines.iter().any(|line| {
        let content = line.trim_start();
        let has_fence = ["```", "~~~"].iter().any(|fence| content.contains(fence));
        let begins_with_fence = content.starts_with(['`', '~']);
        line.contains('\t')
            || content.starts_with('>')
            || (has_fence && !begins_with_fence)
            || (has_list && line.contains("    "))
    })
}

/// Documentation as text.
pub(crate) fn text(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// Fences code in comments of schemas as `text`, so that rustdoc does not test
/// it.
pub(crate) fn fence_code_blocks(lines: Vec<String>) -> Vec<String> {
    let mut fencer = Fencer::default();
    for line in lines {
        fencer.add(line);
    }
    fencer.finish()
}

#[derive(Default)]
struct Fencer {
    lines: Vec<String>,
    block: Block,
    after_text: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Block {
    /// By this character, so many times.
    Fenced(char, usize),
    Indented,
    #[default]
    None,
}

impl Fencer {
    fn add(&mut self, line: String) {
        let content = line.strip_prefix(' ').unwrap_or(&line);
        // Prost adds a space to lines that begin with several.
        let indented = content.strip_prefix("     ").or_else(|| content.strip_prefix("    "));
        let blank = content.trim().is_empty();
        if self.block == Block::Indented && indented.is_none() && !blank {
            self.close();
        }
        let fence = fence(content);
        let line = match (self.block, indented) {
            (Block::Fenced(char, length), _) => {
                if fence.is_some_and(|(other, run)| other == char && run >= length) {
                    self.block = Block::None;
                }
                line
            }
            (Block::Indented, _) => format!(" {}", indented.unwrap_or_default()),
            // Behind a line of text, an indented line continues the text.
            (Block::None, Some(code)) if !self.after_text && !blank => {
                self.lines.push(" ```text".to_owned());
                self.block = Block::Indented;
                format!(" {code}")
            }
            (Block::None, _) => match fence {
                Some((char, length)) => {
                    self.block = Block::Fenced(char, length);
                    let indent = &content[..content.len() - content.trim_start().len()];
                    format!(" {indent}{}text", char.to_string().repeat(length))
                }
                None => line,
            },
        };
        self.after_text = !blank;
        self.lines.push(line.trim_end().to_owned());
    }

    /// Ends a block, before the blank lines that follow it.
    fn close(&mut self) {
        let end = self.lines.iter().rposition(|line| !line.trim().is_empty());
        let fence = match self.block {
            Block::Fenced(char, length) => char.to_string().repeat(length),
            Block::Indented | Block::None => "```".to_owned(),
        };
        self.lines.insert(end.map_or(0, |end| end + 1), format!(" {fence}"));
        self.block = Block::None;
        self.after_text = false;
    }

    fn finish(mut self) -> Vec<String> {
        if self.block != Block::None {
            self.close();
        }
        self.lines
    }
}

/// The character and the length of a line that begins or ends code.
fn fence(line: &str) -> Option<(char, usize)> {
    let line = line.trim_start();
    let char = line.chars().next().filter(|char| matches!(char, '`' | '~'))?;
    let length = line.chars().take_while(|other| *other == char).count();
    (length >= 3).then_some((char, length))
}

/// Fences the code blocks in the documentation of items and of their parts.
pub(crate) fn fence_all(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Enum(item) => {
                fence_item(&mut item.attrs);
                for variant in &mut item.variants {
                    fence_item(&mut variant.attrs);
                }
            }
            Item::Mod(item) => {
                if let Some((_, items)) = &mut item.content {
                    fence_all(items);
                }
            }
            Item::Struct(item) => {
                fence_item(&mut item.attrs);
                for field in &mut item.fields {
                    fence_item(&mut field.attrs);
                }
            }
            _ => {}
        }
    }
}

fn fence_item(attrs: &mut Vec<Attribute>) {
    let lines: Vec<_> = attrs.iter().filter_map(doc_line).collect();
    let rest = attrs.extract_if(.., |attr| doc_line(attr).is_none()).collect::<Vec<_>>();
    let lines = fence_code_blocks(lines);
    let hides = may_have_code(&lines);
    *attrs = lines.iter().map(|line| attribute(line, hides)).collect();
    attrs.extend(rest);
}

/// Returns the line of a doc attribute.
pub(crate) fn doc_line(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else { return None };
    let Expr::Lit(value) = &meta.value else { return None };
    match &value.lit {
        Lit::Str(line) if meta.path.is_ident("doc") => Some(line.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{fence_code_blocks, may_have_code};

    fn tame(text: &str) -> String {
        fence_code_blocks(text.lines().map(|line| format!(" {line}")).collect())
            .join("\n")
            .replace("\n ", "\n")
    }

    #[test]
    fn marks_code_as_text() {
        assert_eq!(tame("a\n```\nlet\n```\nb"), " a\n```text\nlet\n```\nb");
        assert_eq!(tame("- a\n  ```\n  b\n  ```"), " - a\n  ```text\n  b\n  ```");
        assert_eq!(tame("a\n```rust\nlet\n```"), " a\n```text\nlet\n```");
    }

    #[test]
    fn fences_indented_code() {
        assert_eq!(tame("a\n\n    x\n\n    y\nb"), " a\n\n```text\nx\n\ny\n```\nb");
        assert_eq!(tame("a\n\n    x"), " a\n\n```text\nx\n```");
    }

    #[test]
    fn recognizes_long_fences_and_tildes() {
        assert_eq!(tame("````c\n```\n````\nb"), " ````text\n```\n````\nb");
        assert_eq!(tame("~~~\n```"), " ~~~text\n```\n~~~");
    }

    #[test]
    fn ends_code_before_blank_lines() {
        assert_eq!(tame("    x\n\nb"), " ```text\nx\n```\n\nb");
    }

    #[test]
    fn leaves_continued_lines_and_single_back_ticks() {
        assert_eq!(tame("- a\n      b\n`c`"), " - a\n      b\n`c`");
    }

    #[test]
    fn sees_code_that_only_markdown_sees() {
        let may = |text: &str| may_have_code(&text.lines().map(str::to_owned).collect::<Vec<_>>());
        for text in [
            " a\n\n\tcode",
            " - a\n\n       code",
            " 1. a\n\n        code",
            " -     code",
            " > ```\n > code",
            " >     code",
            " - ```\n   code",
        ] {
            assert!(may(text), "{text}");
        }
        for text in [" a\n b", " ```text\n code\n ```", " - a\n - b", " a `b` c", " 1. a\n   b"] {
            assert!(!may(text), "{text}");
        }
    }

    #[test]
    fn closes_an_open_fence() {
        assert_eq!(tame("```\nx"), " ```text\nx\n```");
    }
}
