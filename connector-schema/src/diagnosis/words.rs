//! Other mistakes, in the words of schemas.

use prost_types::{DescriptorProto, EnumDescriptorProto, ServiceDescriptorProto};

use super::found::{Found, enums, place_of};
use super::syntax::ticks;
use crate::place::Place;

pub(super) fn word(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    twice(found).or_else(|| number(found)).or_else(|| {
        let message = fixed(found).or_else(|| of_kind(found))?;
        Some((found.place(), message))
    })
}

/// Things that there are twice: the second place, naming the first.
fn twice(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    let what = &*found.what;
    let (place, first) = found.twice();
    let quoted = found.quoted();
    let message = match &*quoted {
        [name] if what.ends_with("is defined twice") => {
            format!("`{name}` is already defined{first}: rename one of the two")
        }
        [name, file] if what.contains("is already defined in file") => {
            let place = definition(found, name, file);
            let first = place.map_or_else(|| format!("`{file}`"), |place| place.to_string());
            format!("`{name}` is already defined ({first}): rename one of the two")
        }
        [number] if what.starts_with("field number") && what.ends_with("is already used") => {
            format!("number {number} is already that of another field{first}: write another number")
        }
        [name] if what.starts_with("a field with JSON name") => format!(
            "another field has the name `{name}` in JSON{first}: rename one of the two, or give \
             it a `json_name`"
        ),
        [one, two] if what.starts_with("camel-case name of field") => format!(
            "fields `{one}` and `{two}` have the same name in JSON{first}: rename one of the two"
        ),
        [number] if what.starts_with("enum number") && what.ends_with("already been used") => {
            format!(
                "number {number} is already that of another value{first}: write another number, \
                 or `option allow_alias = true;` in the enum"
            )
        }
        _ if what == "multiple package names specified" => {
            format!("the file has a package already{first}: remove one of the two lines")
        }
        _ => return None,
    };
    Some((place, message))
}

/// Numbers that are not free.
fn number(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    let what = &*found.what;
    let quoted = found.quoted();
    Some(match &*quoted {
        [number, range] if what.starts_with("field number") && what.contains("reserved range") => {
            let (place, first) = found.twice();
            (place, reserved(number, range, &first))
        }
        [number, range] if what.starts_with("field number") && what.contains("extension range") => {
            let (place, first) = found.twice();
            let range = shown(range);
            (
                place,
                format!(
                    "number {number} belongs to `extensions {range}`{first}: write another number"
                ),
            )
        }
        [number, range] if what.starts_with("enum number") && what.contains("reserved range") => {
            let first = found.places.last().map(|place| format!(" ({place})"));
            let place = value_of(found, number).or_else(|| found.place());
            (place, reserved(number, range, &first.unwrap_or_default()))
        }
        [number] if what.starts_with("invalid field number") => {
            let help = found.help.as_deref().unwrap_or_default();
            let why = match help.contains("reserved") {
                true => "protobuf keeps 19000 to 19999 for itself",
                false => "it has to be from 1 to 536870911",
            };
            (
                found.place(),
                format!("{number} is not the number of a field, since {why}: write another number"),
            )
        }
        [message, number] if what.ends_with("as an extension number") => (
            found.place(),
            format!(
                "message `{message}` has no `extensions` with {number}: write a number that it has"
            ),
        ),
        _ => return None,
    })
}

fn reserved(number: &str, range: &str, first: &str) -> String {
    let range = shown(range);
    format!("number {number} is reserved, by `reserved {range}`{first}: write another number")
}

/// A range of numbers, as schemas write it.
fn shown(range: &str) -> String {
    match range.split_once(" to ") {
        Some((first, last)) if first == last => first.to_owned(),
        Some((first, "536870911" | "2147483647")) => format!("{first} to max"),
        _ => range.to_owned(),
    }
}

/// The place of the value of an enum that has a reserved number.
fn value_of(found: &Found<'_>, number: &str) -> Option<Place> {
    let number: i32 = number.parse().ok()?;
    enums(found.written()?).into_iter().find_map(|(item, path)| {
        let mut ranges = item.reserved_range.iter();
        ranges.find(|range| (range.start()..=range.end()).contains(&number))?;
        let index = item.value.iter().position(|value| value.number() == number)?;
        found.place_of(&[&*path, &[2, i32::try_from(index).ok()?]].concat())
    })
}

/// The place where another file defines a message, an enum or a service.
fn definition(found: &Found<'_>, name: &str, file: &str) -> Option<Place> {
    let source = found.sources.get(file)?;
    let written = source.written.as_ref()?;
    let name = name.strip_prefix(written.package())?.trim_start_matches('.');
    let messages = written.message_type.iter().map(DescriptorProto::name).zip(0..);
    let enums = written.enum_type.iter().map(EnumDescriptorProto::name).zip(0..);
    let services = written.service.iter().map(ServiceDescriptorProto::name).zip(0..);
    let messages = messages.map(|(name, index)| (name, [4, index]));
    let enums = enums.map(|(name, index)| (name, [5, index]));
    let services = services.map(|(name, index)| (name, [6, index]));
    let (_, path) = messages.chain(enums).chain(services).find(|(other, _)| *other == name)?;
    place_of(written, &source.shown(file).into(), &path)
}

/// Texts that name nothing.
fn fixed(found: &Found<'_>) -> Option<String> {
    Some(match &*found.what {
        "invalid token" => {
            let char = found.rest()?.chars().next()?;
            format!("`{char}` is not allowed here: remove it, or put text in quotes")
        }
        "integer is too large" => {
            format!("the number is too large: write one of at most {}", u64::MAX)
        }
        "invalid identifier" => {
            "this is not a name: write letters, digits and `_`, with a letter first".to_owned()
        }
        "invalid group name" => match found.help.as_deref() {
            Some(help) if help.starts_with("imports") => {
                "an import is a path from an include folder: write it with single `/`, and \
                 without `.` and `..`"
                    .to_owned()
            }
            _ => "the name of a group begins with a capital letter: write it so".to_owned(),
        },
        "whitespace is required between an integer literal and an identifier" => {
            "a number and a word run together: write a space between them, or begin the name \
             with a letter"
                .to_owned()
        }
        "'f' suffix for float literals is not allowed" => {
            "a number has no suffix: remove the `f`".to_owned()
        }
        "identifiers may not be negative" => "a name has no sign: remove the `-`".to_owned(),
        "default values are not allowed in proto3" => {
            "proto3 has no `default`: remove it, or write `optional` in front of the field to \
             see whether it is set"
                .to_owned()
        }
        "extension fields may not be required" => {
            "an extension cannot be `required`: write `optional`".to_owned()
        }
        "map fields cannot have labels" => "a map has no label: remove it".to_owned(),
        "oneof fields cannot have labels" => {
            "a field of a oneof has no label: remove it".to_owned()
        }
        "groups are not allowed in proto3 syntax" => {
            "proto3 has no groups: write a message, and a field of its type".to_owned()
        }
        "required fields are not allowed in proto3 syntax" => {
            "proto3 has no required fields: remove `required`".to_owned()
        }
        "a map field key type must be an integer, boolean or string" => {
            "the keys of a map are integers, `bool` or `string`: write one of these, or a \
             `repeated` message of a key and a value"
                .to_owned()
        }
        "a oneof must have at least one field" => {
            "a oneof has at least one field: write one, or remove the oneof".to_owned()
        }
        "enums must have at least one value" => {
            "an enum has at least one value: write one, as in `NONE = 0;`".to_owned()
        }
        "the first value for proto3 enums must be 0" => {
            "the first value of an enum is 0 in proto3, since it is the default: write `= 0`, or \
             a value such as `UNKNOWN = 0;` in front"
                .to_owned()
        }
        _ => return None,
    })
}

/// Texts that name a kind or a value.
fn of_kind(found: &Found<'_>) -> Option<String> {
    let what = &*found.what;
    let quoted = found.quoted();
    if what.starts_with("fields must have a label with proto2 syntax") {
        let message = "a field of proto2 has a label: write `optional`, `required` or `repeated` \
                       in front of it";
        return Some(message.to_owned());
    }
    if what.starts_with("message numbers must be between") {
        return Some("this is not the number of a field: write one from 1 to 536870911".to_owned());
    }
    if what.starts_with("enum numbers must be between") {
        return Some("the number does not fit into 32 bits: write a smaller one".to_owned());
    }
    if what.starts_with("reached maximum recursion limit") {
        let help = found.help.as_deref().unwrap_or_default();
        return Some(format!(
            "the messages are nested too deeply ({help}): write some beside them"
        ));
    }
    if let Some(kind) = what.strip_suffix(" fields may not have default values") {
        return Some(format!("a {kind} field has no `default`: remove it"));
    }
    if let Some(kind) = what.strip_suffix(" fields are not allowed in extensions") {
        return Some(format!("an extension cannot be a {kind}: write a message that has it"));
    }
    if let Some(kind) = what.strip_suffix(" fields are not allowed in a oneof") {
        return Some(format!(
            "a {kind} field cannot be in a oneof: write a message that has it, and a field of \
             that message"
        ));
    }
    if let Some(rest) = what.strip_prefix("expected value to be ")
        && let Some(rest) = rest.strip_suffix(" is out of range")
    {
        let (kind, number) = rest.split_once(", but the value ")?;
        let range = found.help.as_deref()?.strip_prefix("the value must be between ")?;
        let (least, most) = range.strip_suffix(" inclusive")?.split_once(" and ")?;
        return Some(format!(
            "{number} does not fit into {kind}: write a number from {least} to {most}"
        ));
    }
    match &*quoted {
        [syntax] if what.starts_with("unknown syntax") => {
            Some(format!("there is no syntax `{syntax}`: write `syntax = \"proto3\";`"))
        }
        [value, kind] if what.starts_with("invalid default value") => {
            Some(format!("`{value}` is not a value of type `{kind}`: write another `default`"))
        }
        [ty, option] if what.starts_with("cannot set field for option") => Some(format!(
            "option `{ty}` has the type `{option}`, which has no fields to set: write a value of that type"
        )),
        [ty, option, value] if what.starts_with("expected a value of type") => {
            Some(format!("`{value}` is not a value of option `{option}`: write one of type `{ty}`"))
        }
        [.., value] if what.starts_with("expected value to be ") => {
            let expected = what.strip_prefix("expected value to be ")?.split(", but").next()?;
            Some(format!("`{value}` is not a value of this type: write {}", ticks(expected)))
        }
        _ => None,
    }
}
