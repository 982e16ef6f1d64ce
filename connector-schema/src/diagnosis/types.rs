//! Names that stand for nothing, or for something else.

use prost_types::{DescriptorProto, FileDescriptorProto};

use super::found::{Found, messages};
use crate::place::Place;

/// Protobuf's own messages, and the files that define them.
pub(super) const WELL_KNOWN: [(&str, &str); 17] = [
    ("Any", "google/protobuf/any.proto"),
    ("Duration", "google/protobuf/duration.proto"),
    ("Empty", "google/protobuf/empty.proto"),
    ("FieldMask", "google/protobuf/field_mask.proto"),
    ("ListValue", "google/protobuf/struct.proto"),
    ("NullValue", "google/protobuf/struct.proto"),
    ("Struct", "google/protobuf/struct.proto"),
    ("Timestamp", "google/protobuf/timestamp.proto"),
    ("BoolValue", "google/protobuf/wrappers.proto"),
    ("BytesValue", "google/protobuf/wrappers.proto"),
    ("DoubleValue", "google/protobuf/wrappers.proto"),
    ("FloatValue", "google/protobuf/wrappers.proto"),
    ("Int32Value", "google/protobuf/wrappers.proto"),
    ("Int64Value", "google/protobuf/wrappers.proto"),
    ("StringValue", "google/protobuf/wrappers.proto"),
    ("UInt32Value", "google/protobuf/wrappers.proto"),
    ("UInt64Value", "google/protobuf/wrappers.proto"),
];

const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32",
    "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
];

/// The names of other languages, and the types that are meant.
const FOREIGN: [(&str, &str); 32] = [
    ("int", "`int32` or `int64`"),
    ("integer", "`int32` or `int64`"),
    ("short", "`int32`"),
    ("int8", "`int32`"),
    ("int16", "`int32`"),
    ("i32", "`int32`"),
    ("long", "`int64`"),
    ("i64", "`int64`"),
    ("byte", "`uint32`, or `bytes` for several"),
    ("char", "`string`"),
    ("uint", "`uint32` or `uint64`"),
    ("uint8", "`uint32`"),
    ("uint16", "`uint32`"),
    ("u32", "`uint32`"),
    ("u64", "`uint64`"),
    ("usize", "`uint64`"),
    ("float32", "`float`"),
    ("f32", "`float`"),
    ("float64", "`double`"),
    ("f64", "`double`"),
    ("number", "`double`, or `int32` for whole numbers"),
    ("decimal", "`double`, or `string` for exact ones"),
    ("str", "`string`"),
    ("text", "`string`"),
    ("boolean", "`bool`"),
    ("blob", "`bytes`"),
    ("datetime", "`google.protobuf.Timestamp`, and `import \"google/protobuf/timestamp.proto\";`"),
    ("time", "`google.protobuf.Timestamp`, and `import \"google/protobuf/timestamp.proto\";`"),
    ("date", "`google.protobuf.Timestamp`, and `import \"google/protobuf/timestamp.proto\";`"),
    ("object", "`google.protobuf.Struct`, and `import \"google/protobuf/struct.proto\";`"),
    ("void", "`google.protobuf.Empty`, and `import \"google/protobuf/empty.proto\";`"),
    ("list", "`repeated` and the type of the elements"),
];

pub(super) fn word(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    let what = &*found.what;
    if let Some(name) =
        what.strip_prefix("name '").and_then(|rest| rest.strip_suffix("' is not defined"))
    {
        let place = found.place().or_else(|| map_of(found, name));
        return Some((place, format!("{}: {}", unknown(found, name), instead(found, name))));
    }
    if what.contains("' resolves to '") {
        let [name, other] = &*found.quoted() else { return None };
        if name == other {
            let message = format!("{}: {}", unknown(found, name), instead(found, name));
            return Some((found.place().or_else(|| map_of(found, name)), message));
        }
        let message = format!(
            "`{name}` is looked for as `{other}`, since the names of the innermost scope come \
             first, and that does not exist: write `.{name}`"
        );
        return Some((found.place().or_else(|| map_of(found, name)), message));
    }
    if let Some((name, expected)) =
        what.strip_prefix('\'').and_then(|rest| rest.split_once("' is not "))
    {
        let defined = match &*found.places {
            [_, defined, ..] => format!(" (defined at {defined})"),
            _ => String::new(),
        };
        let message = format!("`{name}` is not {expected}{defined}: write the name of {expected}");
        return Some((found.place().or_else(|| map_of(found, name)), message));
    }
    None
}

/// Says what a name is not.
fn unknown(found: &Found<'_>, name: &str) -> String {
    match () {
        () if in_method(found, name) && SCALARS.contains(&name) => {
            format!("`{name}` is not a message, and a method takes and returns messages")
        }
        () if elsewhere(found).is_some() => format!("`{name}` is not known in this file"),
        () if short(name).is_some() => format!("`{name}` is not known in this file"),
        () => format!("there is no type `{name}`"),
    }
}

/// Says what to write instead of a name that does not exist.
fn instead(found: &Found<'_>, name: &str) -> String {
    // Another file that was read has it.
    if let Some(file) = elsewhere(found) {
        return format!("write `import \"{file}\";` at its top");
    }
    if let Some((_, file)) = short(name) {
        return format!("write `import \"{file}\";` at its top");
    }
    if in_method(found, name) && SCALARS.contains(&name) {
        return format!(
            "write a message that has it as a field, as in `message Text {{ {name} text = 1; }}`"
        );
    }
    let lower = name.to_ascii_lowercase();
    if let Some((_, meant)) = FOREIGN.iter().find(|(foreign, _)| *foreign == lower) {
        return format!("write {meant}");
    }
    if SCALARS.contains(&&*lower) {
        return format!("write `{lower}`");
    }
    if let Some((known, file)) = WELL_KNOWN.iter().find(|(known, _)| *known == name) {
        return format!("write `google.protobuf.{known}`, and `import \"{file}\";` at its top");
    }
    let near = names(found).into_iter().chain(SCALARS.map(str::to_owned));
    let mut near: Vec<_> = near.filter(|other| is_near(name, other)).collect();
    near.sort_by_key(|other| strsim::damerau_levenshtein(last(name), last(other)));
    match &*near {
        [] => "define a message or an enum of that name, or import the file that has it".to_owned(),
        [other, ..] => format!("write `{other}`"),
    }
}

/// The file that defines a name, if it was read for another one.
fn elsewhere<'a>(found: &'a Found<'_>) -> Option<&'a str> {
    let help = found.help.as_deref().filter(|_| !found.what.contains("' resolves to '"))?;
    help.split('\'').nth(3)
}

/// One of protobuf's own messages, by its full name.
fn short(name: &str) -> Option<&'static (&'static str, &'static str)> {
    let short = name.trim_start_matches('.').strip_prefix("google.protobuf.")?;
    WELL_KNOWN.iter().find(|(known, _)| *known == short)
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_near(name: &str, other: &str) -> bool {
    let (name, other) = (last(name), last(other));
    // Of a word of three letters, two other letters make another word.
    let most = if name.len() < 4 { 1 } else { 2 };
    strsim::damerau_levenshtein(name, other) <= most || name.eq_ignore_ascii_case(other)
}

/// Returns `true` if a method takes or returns the name.
fn in_method(found: &Found<'_>, name: &str) -> bool {
    let services = found.written().into_iter().flat_map(|file| &file.service);
    let mut methods = services.flat_map(|service| &service.method);
    let on_its_line = found.place().is_none_or(|place| {
        let text = found.source().and_then(|source| source.text.as_deref());
        let line = text.and_then(|text| text.lines().nth(place.line() - 1));
        line.is_none_or(|line| line.contains("rpc") || line.contains("returns"))
    });
    on_its_line && methods.any(|method| method.input_type() == name || method.output_type() == name)
}

/// The full names of the messages and enums of the file and of those that it imports.
fn names(found: &Found<'_>) -> Vec<String> {
    let imports = found.written().map(|file| &*file.dependency).unwrap_or_default();
    let is_seen = |name: &&String| *name == found.file || imports.contains(name);
    let files = found.sources.iter().filter(|(name, _)| is_seen(name));
    let own = found.written().map(FileDescriptorProto::package).unwrap_or_default();
    let mut names = Vec::new();
    for file in files.filter_map(|(_, source)| source.written.as_ref()) {
        // Within its package a name needs no package.
        let package = if file.package() == own { "" } else { file.package() };
        names.extend(file.enum_type.iter().map(|item| join(package, item.name())));
        for message in &file.message_type {
            add(package, message, &mut names);
        }
    }
    names
}

fn add(scope: &str, message: &DescriptorProto, names: &mut Vec<String>) {
    let name = join(scope, message.name());
    names.extend(message.enum_type.iter().map(|item| join(&name, item.name())));
    for inner in message.nested_type.iter().filter(|inner| !is_map(inner)) {
        add(&name, inner, names);
    }
    names.push(name);
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// The place of a map whose values have this type. Protox names none, since the message of a
/// map's entries is written nowhere.
fn map_of(found: &Found<'_>, value: &str) -> Option<Place> {
    for (message, path) in messages(found.written()?) {
        for entry in message.nested_type.iter().filter(|inner| is_map(inner)) {
            if entry.field.iter().any(|field| field.type_name() == value) {
                let mut fields = message.field.iter().zip(0..);
                let (_, field) =
                    fields.find(|(field, _)| last(field.type_name()) == entry.name())?;
                return found.place_of(&[&*path, &[2, field]].concat());
            }
        }
    }
    None
}

fn is_map(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry())
}
