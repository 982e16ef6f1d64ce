//! Words and signs of other languages, in places where schemas have their own.

use super::found::Found;
use super::syntax::unexpected;
use crate::place::Place;

pub(super) fn word(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    let written = Written::new(found)?;
    let message = if found.what == "invalid token" {
        written.nullable()
    } else {
        let (expected, read) = unexpected(found)?;
        match read {
            "[" | "<" => written.list(read),
            ">" => written.half_a_map(),
            ":" => written.type_behind_name(),
            "," => written.comma(expected),
            ")" if expected.contains("'stream'") => Some(NO_MESSAGE.to_owned()),
            "." if expected.starts_with("';'") => written.bare_path(),
            _ if expected.contains("'package'") => item(read),
            _ if expected.contains("'rpc'") => method(read),
            _ => written.named_message(read).or_else(|| written.many(read)),
        }
    };
    Some((found.place(), message?))
}

const NO_MESSAGE: &str = "a method names a message each way: write `google.protobuf.Empty` for \
                          none, and `import \"google/protobuf/empty.proto\";` at the top";
const ONE_MESSAGE: &str = "a method takes one message: write one that has all of it";

/// A line around a mistake.
struct Written<'a> {
    /// What stands before the mistake, without the spaces at its end.
    before: &'a str,
    /// The mistake, and what stands behind it.
    rest: &'a str,
}

impl<'a> Written<'a> {
    fn new(found: &Found<'a>) -> Option<Self> {
        Some(Self { before: found.before()?.trim_end(), rest: found.rest()? })
    }

    /// The word in front of the mistake.
    fn last(&self) -> &'a str {
        self.before.rsplit(|char| !is_of_name(char)).next().unwrap_or_default()
    }

    /// The word behind the sign that is the mistake.
    fn next(&self) -> &'a str {
        first_name(self.rest.get(1..).unwrap_or_default())
    }

    fn is_in_method(&self) -> bool {
        self.before.trim_start().starts_with("rpc ") && self.before.contains('(')
    }

    fn is_in_map(&self) -> bool {
        self.before.contains("map<")
    }

    /// `string?`
    fn nullable(&self) -> Option<String> {
        let ty = self.last();
        (self.rest.starts_with('?') && !ty.is_empty())
            .then(|| format!("`{ty}?` is not a type: write `optional {ty}`"))
    }

    /// `string[]` and `list<string>`
    fn list(&self, read: &str) -> Option<String> {
        let (last, next) = (self.last(), self.next());
        if read == "[" {
            let is_list = self.rest.starts_with("[]") && !last.is_empty();
            return match self.is_in_method() {
                true if is_list => Some(format!(
                    "a method takes one message: write one with a `repeated {last}` field"
                )),
                _ => is_list.then(|| format!("`{last}[]` is not a type: write `repeated {last}`")),
            };
        }
        let written = self.rest.split_inclusive('>').next().unwrap_or_default();
        let instead = match &*last.to_lowercase() {
            "list" | "array" | "vector" | "vec" | "set" | "seq" | "slice" | "repeated" => {
                format!("repeated {next}")
            }
            "option" | "optional" | "nullable" | "maybe" => format!("optional {next}"),
            "hashmap" | "dictionary" | "dict" | "record" | "map" => format!("map{written}"),
            _ => return None,
        };
        Some(format!("`{last}{written}` is not a type: write `{instead}`"))
    }

    /// `map<string>`
    fn half_a_map(&self) -> Option<String> {
        let value = self.last();
        self.is_in_map().then(|| {
            format!(
                "a map has keys and values: write the types of both, as in `map<string, {value}>`"
            )
        })
    }

    /// `map<string, repeated string>`, and `repeated` in front of a method's message
    fn many(&self, read: &str) -> Option<String> {
        let label = self.last();
        if !matches!(label, "repeated" | "optional") || !read.starts_with(is_of_name) {
            return None;
        }
        if self.is_in_method() {
            return Some(format!(
                "a method takes one message: remove `{label}`, or write a message with a \
                 `{label}` field"
            ));
        }
        self.is_in_map().then(|| {
            format!(
                "the values of a map are not `{label}`: write a message with a `{label}` field, \
                 and a map of that message"
            )
        })
    }

    /// `text: string`
    fn type_behind_name(&self) -> Option<String> {
        let (name, ty) = (self.last(), self.next());
        let is_first = self.before.trim_start() == name;
        (is_first && !ty.is_empty())
            .then(|| format!("the type stands in front of the name: write `{ty} {name} = 1;`"))
    }

    /// `enum Kind { A, B }`, `A = 0, B = 1` and `rpc Send(One, Other)`
    fn comma(&self, expected: &str) -> Option<String> {
        if self.is_in_method() {
            return Some(ONE_MESSAGE.to_owned());
        }
        if expected.starts_with("';'") {
            return Some("`,` is not expected here: write `;` in place of it".to_owned());
        }
        let statement = self.before.rsplit(['{', ';', ',']).next()?.trim();
        (expected == "'='" && !statement.is_empty() && statement.chars().all(is_of_name)).then(
            || format!("a value of an enum has a number and a `;`: write as in `{statement} = 0;`"),
        )
    }

    /// `option (connector.key) = room.id`
    fn bare_path(&self) -> Option<String> {
        let first = self.last();
        let path = first_path(self.rest);
        (self.before.contains("option ") && self.before.contains('='))
            .then(|| format!("a text stands in quotes: write `\"{first}{path}\"`"))
    }

    /// `rpc Send(Line line)`
    fn named_message(&self, read: &str) -> Option<String> {
        let ty = self.last();
        let is_named = self.is_in_method()
            && read.starts_with(is_of_name)
            && !matches!(ty, "" | "stream" | "repeated" | "optional" | "returns")
            && self.before.ends_with(ty)
            && !self.before.ends_with(')');
        is_named.then(|| format!("the message of a method has no name: remove `{read}`"))
    }
}

/// A word that begins an item elsewhere.
fn item(read: &str) -> Option<String> {
    let lower = read.to_lowercase();
    let word = match &*lower {
        "class" | "struct" | "interface" | "record" | "type" | "table" => "message",
        "namespace" | "module" => "package",
        "include" | "use" | "using" | "require" => "import",
        "message" | "enum" | "service" | "import" | "option" | "package" => &*lower,
        _ => return None,
    };
    Some(format!("`{read}` is not a word of schemas: write `{word}`"))
}

/// A word that begins a method elsewhere.
fn method(read: &str) -> Option<String> {
    let is_word = read.starts_with(|char: char| char.is_ascii_alphabetic());
    is_word.then(|| {
        format!("`{read}` does not begin a method: write as in `rpc Send(Line) returns (Sent);`")
    })
}

fn is_of_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn first_name(text: &str) -> &str {
    let text = text.trim_start();
    text.split(|char| !is_of_name(char)).next().unwrap_or_default()
}

fn first_path(text: &str) -> &str {
    text.split(|char| !is_of_name(char) && char != '.').next().unwrap_or_default()
}
