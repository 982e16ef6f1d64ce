//! Names as prost spells them, without the prefix or suffix of keywords.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

/// Types that prost's code names without a path, so that a module of that name hides them.
const PRIMITIVES: [&str; 10] =
    ["bool", "f32", "f64", "i32", "i64", "str", "u32", "u64", "u8", "usize"];

/// The name of a type.
pub(super) fn type_name(name: &str) -> String {
    name.to_upper_camel_case()
}

/// The beginning of the names of the types that a service becomes.
pub(crate) fn type_stem(name: &str) -> String {
    not_a_number(name.to_upper_camel_case())
}

/// The name of a module.
pub(crate) fn module(name: &str) -> String {
    not_a_number(name.to_snake_case())
}

/// The name of a field or a function.
pub(super) fn function(name: &str) -> String {
    name.to_snake_case()
}

/// The name of a constant, which is never a keyword.
pub(crate) fn constant(name: &str) -> String {
    not_a_number(name.to_shouty_snake_case())
}

/// The name of an enum's value: without the name of the enum, if it begins with that.
pub(super) fn variant(item: &str, value: &str) -> String {
    let (item, value) = (type_name(item), type_name(value));
    let rest = value.strip_prefix(&item).filter(|rest| rest.starts_with(char::is_uppercase));
    rest.map(str::to_owned).unwrap_or(value)
}

/// Returns `true` for a module that hides a type of Rust.
pub(crate) fn hides_a_type(module: &str) -> bool {
    PRIMITIVES.contains(&module)
}

fn not_a_number(name: String) -> String {
    if name.starts_with(|char: char| char.is_ascii_digit()) { format!("_{name}") } else { name }
}
