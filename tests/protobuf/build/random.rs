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

const IMPORTS: [&str; 6] = ["any", "duration", "empty", "field_mask", "struct", "timestamp"];

/// Returns the text of a schema: the same one for the same seed.
pub(crate) fn schema(seed: u64, package: &str) -> String {
    let mut rng = Rng::with_seed(seed);
    // One of four.
    let proto2 = seed % 4 == 3;
    let syntax = if proto2 { "proto2" } else { "proto3" };
    let mut text = format!("syntax = \"{syntax}\";\n\npackage {package};\n\n");
    for import in IMPORTS.iter().chain(&["wrappers"]) {
        let _ = writeln!(text, "import \"google/protobuf/{import}.proto\";");
    }
    let mut plan = Plan { rng: &mut rng, proto2, messages: Vec::new(), enums: Vec::new() };
    let mut scope = Scope::default();
    scope.take("Root", "type");
    let messages = plan.items(&format!(".{package}"), &mut scope, 2);
    plan.messages.push(format!(".{package}.Root"));
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
        plan.message(message, &mut text);
    }
    for item in scope.enums {
        text.push_str(&item);
    }
    plan.service(&mut scope.names, &mut text);
    text
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
    /// The full names of all messages.
    messages: Vec<String>,
    /// The full names of all enums, with the numbers of their first values.
    enums: Vec<(String, i32)>,
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
        self.messages.push(path.clone());
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
        self.enums.push((format!("{path}.{name}"), number));
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

    fn message(&mut self, planned: &Planned, text: &mut String) {
        let _ = writeln!(text, "message {} {{", planned.name);
        for inner in &planned.inner {
            self.message(inner, text);
        }
        for item in &planned.scope.enums {
            text.push_str(item);
        }
        let mut scope = Scope::default();
        scope.names.exact.clone_from(&planned.scope.names.exact);
        let count = self.rng.usize(..9);
        text.push_str(&self.fields(&mut scope, count));
        text.push_str("}\n");
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
                    let ty = if self.enums.iter().any(begins) { "bytes".to_owned() } else { ty };
                    let name = scope.names.choose(self.rng, "field");
                    let _ = writeln!(text, "  map<{key}, {ty}> {name} = {number};");
                }
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
            0 if !self.enums.is_empty() => self.enums[self.rng.usize(..self.enums.len())].0.clone(),
            1 | 2 if !self.messages.is_empty() => {
                self.messages[self.rng.usize(..self.messages.len())].clone()
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
        for _ in 0..self.rng.usize(1..5) {
            let method = methods.choose(self.rng, "method");
            let mut body = || match self.rng.u8(..4) {
                0 => ".google.protobuf.Empty".to_owned(),
                _ => self.messages[self.rng.usize(..self.messages.len())].clone(),
            };
            let (input, output) = (body(), body());
            let _ = writeln!(text, "  rpc {method}({input}) returns ({output});");
        }
        text.push_str("}\n");
    }
}
