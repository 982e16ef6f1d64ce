//! Random schemas: every feature of proto2 and proto3, under names that mean something in Rust.

use std::fmt::Write;

use fastrand::Rng;

use crate::names::{Names, Scope, hides};

const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32",
    "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
];

const KEYS: [&str; 8] =
    ["int32", "int64", "uint32", "uint64", "sint32", "fixed64", "bool", "string"];

const WELL_KNOWN: [&str; 16] = [
    "Any",
    "BoolValue",
    "BytesValue",
    "DoubleValue",
    "Duration",
    "Empty",
    "FieldMask",
    "FloatValue",
    "Int32Value",
    "Int64Value",
    "ListValue",
    "StringValue",
    "Struct",
    "Timestamp",
    "UInt32Value",
    "Value",
];

const EMPTY: &str = ".google.protobuf.Empty";

/// The first number that is free for extensions.
const EXTENSIONS: u32 = 500_000;

const IMPORTS: [&str; 6] = ["any", "duration", "empty", "field_mask", "struct", "timestamp"];

/// A random schema.
pub(crate) struct Schema {
    pub(crate) text: String,
    types: Types,
}

/// The types that fields may have.
#[derive(Clone, Default)]
struct Types {
    /// The full names of messages.
    messages: Vec<String>,
    /// The full names of enums, with the numbers of their first values.
    enums: Vec<(String, i32)>,
}

/// Returns the package of a seed's schema, which is the name of its file.
pub(crate) fn package(seed: u64) -> String {
    format!("random{seed}")
}

/// Returns the schema of a seed: always the same one. An odd one imports the one before it.
pub(crate) fn schema(seed: u64) -> Schema {
    let package = &*package(seed);
    let mut rng = Rng::with_seed(seed);
    // One of four, which is an odd one: proto3 knows no enums of proto2.
    let proto2 = seed % 4 == 3;
    let syntax = if proto2 { "proto2" } else { "proto3" };
    let mut text = format!("syntax = \"{syntax}\";\n\npackage {package};\n\n");
    for import in IMPORTS.iter().chain(&["wrappers"]) {
        let _ = writeln!(text, "import \"google/protobuf/{import}.proto\";");
    }
    let _ = writeln!(text, "import \"connector/options.proto\";");
    let mut imported = Types::default();
    if seed % 2 == 1 {
        let _ = writeln!(text, "import \"{}.proto\";", self::package(seed - 1));
        imported = schema(seed - 1).types;
    }
    let mut plan = Plan { rng: &mut rng, proto2, package, types: imported.clone(), codes: 0 };
    let mut scope = Scope::default();
    scope.take("Root", "type");
    let messages = plan.items(&format!(".{package}"), &mut scope, 2);
    plan.types.messages.push(format!(".{package}.Root"));
    let mut root = Scope::default();
    let mut fields = plan.fields(&mut root, 12);
    // All that there is can be reached.
    for message in messages.iter().map(|message| message.name.clone()) {
        fields.push_str(&plan.field(
            &mut root,
            &format!(".{package}.{message}"),
            1000 + fields.len(),
        ));
    }
    let _ = write!(text, "\nmessage Root {{\n{fields}}}\n");
    for message in &messages {
        let push = plan.push();
        plan.message(message, &push, &mut text);
    }
    for item in scope.enums {
        text.push_str(&item);
    }
    if proto2 {
        plan.extensions(&messages, &mut scope.names, &mut text);
    }
    plan.service(&mut scope.names, &mut text);
    // What it has imported is not its own, and is not seen by who imports it.
    let mut types = plan.types;
    types.messages.drain(..imported.messages.len());
    types.enums.drain(..imported.enums.len());
    Schema { text, types }
}

/// A message that is not written yet, since its fields may have the types of all others.
struct Planned {
    name: String,
    scope: Scope,
    inner: Vec<Self>,
}

struct Plan<'a> {
    rng: &'a mut Rng,
    proto2: bool,
    package: &'a str,
    /// The imported ones first.
    types: Types,
    /// How many routes and pushes have codes.
    codes: u32,
}

impl Plan<'_> {
    /// Plans the messages and enums of a scope.
    fn items(&mut self, path: &str, scope: &mut Scope, depth: u32) -> Vec<Planned> {
        for _ in 0..self.rng.usize(1..3) {
            let item = self.enumeration(path, scope);
            scope.enums.push(item);
        }
        let count = self.rng.usize(1..4);
        (0..count).map(|_| self.planned(path, scope, depth)).collect()
    }

    fn planned(&mut self, path: &str, scope: &mut Scope, depth: u32) -> Planned {
        let name = loop {
            let name = scope.names.choose(self.rng, "type");
            if !hides(&name) {
                break name;
            }
        };
        let path = format!("{path}.{name}");
        self.types.messages.push(path.clone());
        let mut own = Scope::default();
        let inner = match depth > 0 && self.rng.bool() {
            true => self.items(&path, &mut own, depth - 1),
            false => Vec::new(),
        };
        Planned { name, scope: own, inner }
    }

    fn enumeration(&mut self, path: &str, scope: &mut Scope) -> String {
        let name = scope.names.choose(self.rng, "type");
        let mut values = Names::default();
        let aliased = self.rng.bool();
        let mut text = format!("enum {name} {{\n");
        if aliased {
            text.push_str("  option allow_alias = true;\n");
        }
        // The first one is the default, which is 0 in proto3.
        let mut largest = if self.proto2 { self.rng.i32(-3..3) } else { 0_i32 };
        let mut number = largest;
        self.types.enums.push((format!("{path}.{name}"), number));
        for index in 0..self.rng.usize(2..5) {
            // Values are names of the scope that the enum is in.
            let value = loop {
                let value = format!("{name}_{}", values.choose(self.rng, "value"));
                if scope.names.take(&value, "value") {
                    break value;
                }
            };
            let _ = writeln!(text, "  {value} = {number};");
            if !(aliased && index == 0) {
                largest = largest.abs() + self.rng.i32(1..1000);
                number = if self.rng.bool() { -largest } else { largest };
            }
        }
        text.push_str("}\n");
        text
    }

    fn message(&mut self, planned: &Planned, options: &str, text: &mut String) {
        let _ = writeln!(text, "message {} {{\n{options}", planned.name);
        for inner in &planned.inner {
            self.message(inner, "", text);
        }
        for item in &planned.scope.enums {
            text.push_str(item);
        }
        let mut scope = Scope { names: planned.scope.names.clone(), enums: Vec::new() };
        let count = self.rng.usize(..9);
        text.push_str(&self.fields(&mut scope, count));
        if self.proto2 {
            let _ = writeln!(text, "  extensions {EXTENSIONS} to max;");
        }
        text.push_str("}\n");
    }

    /// The options of a message that is pushed, or none.
    fn push(&mut self) -> String {
        if self.rng.u8(..3) > 0 {
            return String::new();
        }
        let code = self.code();
        let mut text = format!("  option (connector.push) = \"on_{}_{code}\";\n", self.package);
        if self.rng.bool() {
            let _ = writeln!(text, "  option (connector.push_code) = {code};");
        }
        if self.rng.bool() {
            text.push_str("  option (connector.push_json) = true;\n");
        }
        text
    }

    /// A number that no route and no push of the schema has.
    fn code(&mut self) -> u32 {
        self.codes += 1;
        self.codes
    }

    /// Extensions of the messages, which are unknown fields to us.
    fn extensions(&mut self, messages: &[Planned], names: &mut Names, text: &mut String) {
        for message in messages {
            let (ty, name) = (self.ty(), names.choose(self.rng, "extension"));
            let label = if self.rng.bool() { "repeated" } else { "optional" };
            let _ = writeln!(
                text,
                "extend {} {{\n  {label} {ty} {name} = {EXTENSIONS};\n}}",
                message.name
            );
        }
    }

    /// A group: a field and its message in one.
    fn group(&mut self, scope: &mut Scope, number: usize) -> String {
        let name = loop {
            let name = scope.names.choose(self.rng, "type");
            let begins = name.starts_with(|first: char| first.is_ascii_uppercase());
            if begins && !hides(&name) && scope.names.take(&name.to_ascii_lowercase(), "field") {
                break name;
            }
        };
        let label = if self.rng.bool() { "repeated" } else { "optional" };
        let fields = self.fields(&mut Scope::default(), 2);
        format!("  {label} group {name} = {number} {{\n{fields}  }}\n")
    }

    fn fields(&mut self, scope: &mut Scope, count: usize) -> String {
        let mut text = String::new();
        let mut number = 0;
        for _ in 0..count {
            number += if self.rng.u8(..8) == 0 { self.rng.usize(100..9000) } else { 1 };
            let ty = self.ty();
            match self.rng.u8(..8) {
                0 => {
                    let name = scope.names.choose(self.rng, "field");
                    let _ = writeln!(text, "  oneof {name} {{");
                    for _ in 0..self.rng.usize(1..4) {
                        let (ty, name) = (self.ty(), scope.names.choose(self.rng, "field"));
                        let _ = writeln!(text, "    {ty} {name} = {number};");
                        number += 1;
                    }
                    text.push_str("  }\n");
                }
                1 => {
                    let key = KEYS[self.rng.usize(..KEYS.len())];
                    // An enum in a map begins with 0.
                    let begins = |(name, first): &(String, i32)| *name == ty && *first != 0;
                    let ty =
                        if self.types.enums.iter().any(begins) { "bytes".to_owned() } else { ty };
                    let name = scope.names.choose(self.rng, "field");
                    let _ = writeln!(text, "  map<{key}, {ty}> {name} = {number};");
                }
                2 if self.proto2 => text.push_str(&self.group(scope, number)),
                _ => text.push_str(&self.field(scope, &ty, number)),
            }
        }
        text
    }

    /// A field of this type, with a label.
    fn field(&mut self, scope: &mut Scope, ty: &str, number: usize) -> String {
        let name = scope.names.choose(self.rng, "field");
        let scalar = !ty.starts_with('.');
        let label = match self.rng.u8(..6) {
            0 | 1 => "repeated ",
            2 if self.proto2 && scalar => "required ",
            _ if self.proto2 => "optional ",
            2 => "optional ",
            _ => "",
        };
        let option = match self.rng.u8(..6) {
            0 => format!(" [json_name = \"json {number}\"]"),
            1 => " [deprecated = true]".to_owned(),
            2 if label == "repeated " && scalar && !matches!(ty, "string" | "bytes") => {
                format!(" [packed = {}]", self.rng.bool())
            }
            3 if label == "optional " && self.proto2 && ty == "int32" => {
                " [default = -7]".to_owned()
            }
            _ => String::new(),
        };
        format!("  {label}{ty} {name} = {number}{option};\n")
    }

    fn ty(&mut self) -> String {
        match self.rng.u8(..10) {
            0 if !self.types.enums.is_empty() => {
                self.types.enums[self.rng.usize(..self.types.enums.len())].0.clone()
            }
            1 | 2 if !self.types.messages.is_empty() => {
                self.types.messages[self.rng.usize(..self.types.messages.len())].clone()
            }
            3 => format!(".google.protobuf.{}", WELL_KNOWN[self.rng.usize(..WELL_KNOWN.len())]),
            _ => SCALARS[self.rng.usize(..SCALARS.len())].to_owned(),
        }
    }

    fn service(&mut self, names: &mut Names, text: &mut String) {
        let name = loop {
            let name = names.choose(self.rng, "type");
            let is_free = |suffix: &str| {
                let alike = format!("{name}{suffix}").to_ascii_lowercase().replace('_', "");
                !names.alike.contains(&("type", alike))
            };
            if ["server", "client", "routes"].into_iter().all(is_free) {
                break name;
            }
        };
        let mut methods = Names::default();
        let _ = writeln!(text, "service {name} {{");
        if self.rng.bool() {
            let _ = writeln!(text, "  option (connector.handler) = \"ownHandler\";");
        }
        for _ in 0..self.rng.usize(1..5) {
            let method = methods.choose(self.rng, "method");
            let mut body = || match self.rng.u8(..4) {
                0 => EMPTY.to_owned(),
                _ => self.types.messages[self.rng.usize(..self.types.messages.len())].clone(),
            };
            let (input, output) = (body(), body());
            let options = self.options(output == EMPTY);
            let _ = writeln!(text, "  rpc {method}({input}) returns ({output}) {{\n{options}  }}");
        }
        text.push_str("}\n");
    }

    /// The options of a method, which may be a notify.
    fn options(&mut self, may_notify: bool) -> String {
        let code = self.code();
        let mut options = vec![format!("code) = {code}"), "json) = true".to_owned()];
        options.push(format!("timeout) = \"{}ms\"", self.rng.u16(1..)));
        options.push(format!("route) = \"{}.own.method{code}\"", self.package));
        options.push(["serial) = true", "concurrent) = true"][self.rng.usize(..2)].to_owned());
        if may_notify {
            options.push("notify) = true".to_owned());
        }
        options.retain(|_| self.rng.u8(..3) == 0);
        options.iter().map(|option| format!("    option (connector.{option};\n")).collect()
    }
}
