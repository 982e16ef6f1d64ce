//! Mistakes in options, above all in Connector's.

use super::found::Found;
use crate::place::Place;

/// The options: the kind of their item, their name, an example.
const OPTIONS: [(&str, &str, &str); 14] = [
    ("service", "server", "\"chat\""),
    ("service", "handler", "\"room\""),
    ("service", "plugin", "\"fileManager\""),
    ("method", "route", "\"chat.room.send\""),
    ("method", "notify", "true"),
    ("method", "code", "7"),
    ("method", "json", "true"),
    ("method", "serial", "true"),
    ("method", "concurrent", "true"),
    ("method", "key", "\"room.id\""),
    ("method", "timeout", "\"5s\""),
    ("message", "push", "\"onLine\""),
    ("message", "push_code", "8"),
    ("message", "push_json", "true"),
];

/// Protobuf's own options.
const PROTOBUF: [&str; 34] = [
    "allow_alias",
    "cc_enable_arenas",
    "cc_generic_services",
    "csharp_namespace",
    "ctype",
    "debug_redact",
    "default",
    "deprecated",
    "deprecated_legacy_json_field_conflicts",
    "go_package",
    "idempotency_level",
    "java_generic_services",
    "java_multiple_files",
    "java_outer_classname",
    "java_package",
    "java_string_check_utf8",
    "json_name",
    "jstype",
    "lazy",
    "message_set_wire_format",
    "no_standard_descriptor_accessor",
    "objc_class_prefix",
    "optimize_for",
    "packed",
    "php_class_prefix",
    "php_metadata_namespace",
    "php_namespace",
    "py_generic_services",
    "retention",
    "ruby_package",
    "swift_prefix",
    "targets",
    "unverified_lazy",
    "weak",
];

const IMPORT: &str = "import \"connector/options.proto\";";

pub(super) fn word(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    if found.what.ends_with("has already been set") {
        return Some(set_twice(found));
    }
    if let ["connector", ..] = &*found.quoted()
        && found.what.ends_with("is not defined")
        && found.what.starts_with("option")
    {
        let message = "the names of Connector's options are in parentheses: write `option \
                       (connector.route) = ..;`";
        return Some((found.place(), message.to_owned()));
    }
    if let Some(message) = own(found) {
        return Some((found.place(), message));
    }
    let undefined = found.what.strip_suffix("' is not defined")?;
    if let Some(name) = undefined.strip_prefix("name '")
        && found.rest().is_some_and(|rest| rest.contains(&format!("({name})")))
    {
        let message = format!(
            "option `({name})` does not exist: import the file that defines it, or remove it"
        );
        return Some((found.place(), message));
    }
    let option = undefined.strip_prefix("option field '")?;
    let near = PROTOBUF.iter().map(|own| (strsim::damerau_levenshtein(own, option), own)).min();
    let instead = match near {
        _ if option.contains('(') || option.contains('.') => {
            "import the file that defines it, or remove it".to_owned()
        }
        Some((0..=2, own)) => format!("write `{own}`"),
        _ => "write one of protobuf's own, or the name of an extension in parentheses".to_owned(),
    };
    Some((found.place(), format!("option `{option}` does not exist: {instead}")))
}

/// Describes a mistake in one of Connector's options.
fn own(found: &Found<'_>) -> Option<String> {
    let what = &found.what;
    let name = name(found)?;
    let known = OPTIONS.iter().find(|(_, known, _)| *known == name);
    let Some((item, _, example)) = known else {
        let near =
            OPTIONS.iter().filter(|(_, known, _)| strsim::damerau_levenshtein(known, name) <= 2);
        let near: Vec<_> = near.map(|(_, name, _)| format!("`(connector.{name})`")).collect();
        return Some(if near.is_empty() {
            let all = OPTIONS.map(|(item, name, _)| format!("`{name}` of a {item}"));
            format!("option `connector.{name}` does not exist: write one of {}", all.join(", "))
        } else {
            format!("option `connector.{name}` does not exist: write {}", near.join(" or "))
        });
    };
    let as_in = format!("as in `option (connector.{name}) = {example};`");
    if what.contains("not defined") {
        return Some(format!(
            "option `connector.{name}` is not known in this file: write `{IMPORT}` at its top"
        ));
    }
    if what.starts_with("expected an extension") {
        return Some(format!(
            "`connector.{name}` is an option of a {item}, and not of this: write it in a {item}, \
             {as_in}"
        ));
    }
    let value = found.quoted().last().map(|value| (*value).to_owned()).unwrap_or_default();
    Some(format!("`{value}` is not a value of option `connector.{name}`: write {as_in}"))
}

/// The name of one of Connector's options, without its package.
fn name<'a>(found: &'a Found<'_>) -> Option<&'a str> {
    let what = &*found.what;
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let name = found.quoted().into_iter().find_map(|quoted| {
        let name = quoted.trim_start_matches(['(', '.']).strip_prefix("connector.")?;
        name.split(|char| !is_word(char)).next()
    })?;
    // Types may have such names as well.
    let is_in_parentheses = |rest: &str| {
        rest.contains(&format!("(connector.{name}"))
            || rest.contains(&format!("(.connector.{name}"))
    };
    let is_option = what.starts_with("option ")
        || what.starts_with("expected an extension")
        || what.contains(" for option '")
        || what.contains("not defined") && found.rest().is_none_or(is_in_parentheses);
    is_option.then_some(name)
}

fn set_twice(found: &Found<'_>) -> (Option<Place>, String) {
    let quoted = found.quoted();
    let option = quoted.first().copied().unwrap_or_default();
    let first = found.earlier(option).map(|place| format!(" (first at {place})"));
    let (place, first) = (found.place(), first.unwrap_or_default());
    (place, format!("option `{option}` is set twice{first}: remove one of the two"))
}

#[cfg(test)]
mod tests {
    use super::OPTIONS;

    /// Of an item's options: its extensions of `MethodOptions` and the like.
    #[test]
    fn every_option_of_ours_is_known() {
        let mut item = String::new();
        let mut found = Vec::new();
        for line in connector_protocol::options::PROTO.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            match *words {
                ["extend", extended, "{"] => {
                    let name = extended.trim_start_matches("google.protobuf.");
                    item = name.trim_end_matches("Options").to_lowercase();
                }
                ["optional", _, name, "=", ..] => found.push((item.clone(), name)),
                _ => {}
            }
        }
        let known: Vec<_> = OPTIONS.map(|(item, name, _)| (item.to_owned(), name)).into();
        assert_eq!(known, found);
    }
}
