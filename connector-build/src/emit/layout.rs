//! The layout of the code that is generated here.
//!
//! It is written from tokens alone, since to parse them and to print what was parsed took most of
//! a build script's time. Only what is generated here is laid out: it compares no numbers, so `<`
//! is always the start of a type's arguments.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use syn::Lit;

/// The longest line that is not broken at its parentheses.
const WIDTH: usize = 100;
/// The spaces of each level.
pub(super) const INDENT: usize = 4;
/// The words that are no names, behind which an operand begins.
const KEYWORDS: [&str; 10] =
    ["as", "dyn", "for", "if", "impl", "let", "match", "mut", "return", "use"];

/// Appends items or statements, each on lines of its own.
pub(super) fn write(tokens: TokenStream, indent: usize, out: &mut String) {
    for statement in statements(tokens) {
        line(&statement, indent, out);
    }
}

/// Splits tokens behind each `;`, each `,`, each block and each attribute.
fn statements(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut statements = vec![Vec::new()];
    let mut angles = 0_usize;
    let mut tokens = tokens.into_iter().peekable();
    let mut before = ' ';
    while let Some(token) = tokens.next() {
        let next = match tokens.peek() {
            Some(TokenTree::Punct(punct)) => punct.as_char(),
            Some(TokenTree::Ident(ident)) if ident == "else" => 'e',
            _ => ' ',
        };
        let ends = match &token {
            TokenTree::Punct(punct) => {
                let character = punct.as_char();
                match character {
                    '<' => angles += 1,
                    '>' if !"-=".contains(before) => angles = angles.saturating_sub(1),
                    _ => {}
                }
                let is_arrow = "-=".contains(character) && punct.spacing() == Spacing::Joint;
                before = if is_arrow { character } else { ' ' };
                character == ';' || character == ',' && angles == 0
            }
            TokenTree::Group(group) => {
                let is_attribute = before == '#';
                before = ' ';
                match group.delimiter() {
                    Delimiter::Brace => angles == 0 && !",;.?e)".contains(next),
                    _ => is_attribute,
                }
            }
            _ => {
                before = ' ';
                false
            }
        };
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#') {
            before = '#';
        }
        if let Some(statement) = statements.last_mut() {
            statement.push(token);
        }
        if ends {
            statements.push(Vec::new());
        }
    }
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// Appends a statement.
fn line(tokens: &[TokenTree], indent: usize, out: &mut String) {
    let margin = " ".repeat(INDENT * indent);
    if let Some(docs) = doc(tokens) {
        out.push_str(&format!("{margin}///{docs}\n"));
        return;
    }
    out.push_str(&margin);
    let is_item = is_item(tokens);
    let is_long = margin.len() + header(tokens, is_item) > WIDTH;
    let longest = tokens.iter().enumerate().filter_map(|(index, token)| match token {
        TokenTree::Group(group) if is_long && !opens(group, is_item) => {
            Some((group.stream().to_string().len(), index)).filter(|(length, _)| *length > 0)
        }
        _ => None,
    });
    let longest = longest.max().map(|(_, index)| index);
    let mut place = Place::default();
    for (index, token) in tokens.iter().enumerate() {
        out.push_str(place.space_before(token));
        match token {
            TokenTree::Group(group) if longest == Some(index) || opens(group, is_item) => {
                let (start, end) = delimiters(group.delimiter());
                out.push_str(start);
                out.push('\n');
                let inner = statements(group.stream());
                for statement in &inner {
                    line(statement, indent + 1, out);
                }
                if group.delimiter() != Delimiter::Brace && inner.len() > 1 && !out.ends_with(",\n")
                {
                    out.insert(out.len() - 1, ',');
                }
                out.push_str(&margin);
                out.push_str(end);
            }
            _ => out.push_str(&text(token, &place)),
        }
        place.pass(token);
    }
    out.push('\n');
}

/// Returns the length of a statement without the content of its blocks.
fn header(tokens: &[TokenTree], is_item: bool) -> usize {
    let mut place = Place::default();
    let mut length = 0;
    for token in tokens {
        length += place.space_before(token).len();
        length += match token {
            TokenTree::Group(group) if opens(group, is_item) => 1,
            _ => text(token, &place).len(),
        };
        place.pass(token);
    }
    length
}

/// Returns `true` for a group whose content is on lines of its own, however short it is: a block,
/// or parentheses around one.
fn opens(group: &Group, is_item: bool) -> bool {
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    if group.delimiter() == Delimiter::Brace && !inner.is_empty() && (is_item || is_block(&inner)) {
        return true;
    }
    inner.iter().any(|token| match token {
        TokenTree::Group(group) => opens(group, false),
        _ => false,
    })
}

/// Returns `true` for statements and arms, and `false` for the fields of a value.
fn is_block(inner: &[TokenTree]) -> bool {
    let mut joint = false;
    inner.iter().any(|token| {
        let TokenTree::Punct(punct) = token else {
            joint = false;
            return false;
        };
        let is_arm = joint && punct.as_char() == '>';
        joint = punct.as_char() == '=' && punct.spacing() == Spacing::Joint;
        is_arm || punct.as_char() == ';'
    })
}

/// Returns `true` for an item with a body, whatever stands in that.
fn is_item(tokens: &[TokenTree]) -> bool {
    let mut words = tokens.iter().map_while(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    words.any(|word| ["enum", "fn", "impl", "mod", "struct", "trait"].contains(&&*word))
}

/// Returns tokens on one line.
fn flat(tokens: &[TokenTree]) -> String {
    let mut out = String::new();
    let mut place = Place::default();
    for token in tokens {
        out.push_str(place.space_before(token));
        out.push_str(&text(token, &place));
        place.pass(token);
    }
    out
}

fn text(token: &TokenTree, place: &Place) -> String {
    let TokenTree::Group(group) = token else { return token.to_string() };
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let (start, end) = delimiters(group.delimiter());
    // Not within the braces of an import, which stand behind `::`.
    let is_value = group.delimiter() == Delimiter::Brace && !matches!(place.before, Before::Prefix);
    let space = if is_value && !inner.is_empty() { " " } else { "" };
    format!("{start}{space}{}{space}{end}", flat(&inner))
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// Returns the text of an attribute that is a line of documentation.
fn doc(tokens: &[TokenTree]) -> Option<String> {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute)] = tokens else { return None };
    let mut inner = attribute.stream().into_iter();
    let (Some(TokenTree::Ident(doc)), Some(_), Some(TokenTree::Literal(literal)), None) =
        (inner.next(), inner.next(), inner.next(), inner.next())
    else {
        return None;
    };
    let Lit::Str(text) = Lit::new(literal) else { return None };
    let text = text.value();
    (hash.as_char() == '#' && doc == "doc" && !text.contains(['\n', '\r'])).then_some(text)
}

/// What stands before a token on its line.
#[derive(Default)]
enum Before {
    #[default]
    Nothing,
    /// A name or a value, or the end of one.
    Operand,
    /// A word that is no name.
    Keyword,
    /// What an operand follows without a space: `&`, `!`, `::`, and the first half of an operator.
    Prefix,
    /// What an operand follows with a space.
    Operator,
    /// The end of a type's arguments.
    Arguments,
}

#[derive(Default)]
struct Place {
    before: Before,
    /// The last character, if it is that of an operator with more of them.
    joint: Option<char>,
    /// Whether it is within the `|..|` of a closure.
    in_closure: bool,
}

impl Place {
    fn space_before(&self, token: &TokenTree) -> &'static str {
        let is_space = match (&self.before, token) {
            (Before::Nothing | Before::Prefix, _) => false,
            (before, TokenTree::Punct(punct)) => match punct.as_char() {
                ',' | ';' | '?' | '>' => false,
                '|' => !self.in_closure,
                '.' | '!' | '<' => matches!(before, Before::Operator),
                ':' => match before {
                    Before::Operand | Before::Arguments => false,
                    _ => punct.spacing() == Spacing::Joint,
                },
                _ => true,
            },
            (Before::Operand, TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
            (Before::Arguments, TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
            _ => true,
        };
        if is_space { " " } else { "" }
    }

    fn pass(&mut self, token: &TokenTree) {
        let joint = self.joint.take();
        self.before = match token {
            // A lifetime is no operand either.
            TokenTree::Ident(_) if joint == Some('\'') => Before::Keyword,
            TokenTree::Ident(ident) if KEYWORDS.iter().any(|word| ident == word) => Before::Keyword,
            TokenTree::Punct(punct) => {
                let character = punct.as_char();
                if character == '|' {
                    let opens = !self.in_closure
                        && matches!(self.before, Before::Nothing | Before::Operator);
                    self.in_closure = opens;
                    self.before = if opens { Before::Prefix } else { Before::Operator };
                    return;
                }
                let is_joint = punct.spacing() == Spacing::Joint;
                self.joint = is_joint.then_some(character);
                match (joint, character) {
                    (_, '&' | '!' | '#' | '\'' | '.' | '*' | '<') => Before::Prefix,
                    (Some(':'), ':') => Before::Prefix,
                    (Some('-' | '='), '>') => Before::Operator,
                    (_, '>') => Before::Arguments,
                    (_, '?') => Before::Operand,
                    (_, ':' | '=' | '-') if is_joint => Before::Prefix,
                    (_, '-') => Before::Prefix,
                    _ => Before::Operator,
                }
            }
            _ => Before::Operand,
        };
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[track_caller]
    fn assert_layout(tokens: TokenStream, expected: &str) {
        let mut text = String::new();
        write(tokens, 0, &mut text);
        assert_eq!(text, expected);
        let before = text.parse::<TokenStream>().unwrap();
        let mut again = String::new();
        write(before, 0, &mut again);
        assert_eq!(again, expected, "it is not laid out as what it was");
    }

    #[test]
    fn blocks_are_on_lines_of_their_own() {
        assert_layout(
            quote! {
                /// A pair.
                #[must_use]
                pub struct Pair<T> { left: ::std::vec::Vec<(T, u8)>, right: &'static [T], }
                impl<'a, T> Pair<T> where T: 'a + Copy {
                    pub fn of(number: i32) -> Self {
                        match number { -1 | 1 => { return None; } _ => Self { left, ..right }, }
                    }
                }
            },
            "/// A pair.\n#[must_use]\npub struct Pair<T> {\n    \
             left: ::std::vec::Vec<(T, u8)>,\n    right: &'static [T],\n}\n\
             impl<'a, T> Pair<T> where T: 'a + Copy {\n    pub fn of(number: i32) -> Self {\n        \
             match number {\n            -1 | 1 => {\n                return None;\n            }\n            \
             _ => Self { left, ..right },\n        }\n    }\n}\n",
        );
    }

    #[test]
    fn long_statements_are_broken_at_their_longest_parentheses() {
        let long = "a".repeat(60);
        assert_layout(
            quote! {
                use a::b::{c as d, e};
                let x = f::<u8>(g(|x| &x.y, || !z?), #long)?.map(|()| h);
            },
            &format!(
                "use a::b::{{c as d, e}};\nlet x = f::<u8>(\n    g(|x| &x.y, || !z?),\n    \
                 \"{long}\",\n)?.map(|()| h);\n"
            ),
        );
    }
}
