//! A schema of giants.

use std::fmt::Write;

/// Returns a schema with a message of 500 fields, an enum of 1,000 values, 64 messages in a cycle,
/// and a message `Root` that leads to them.
pub(crate) fn schema(package: &str) -> String {
    let mut text = format!("syntax = \"proto3\";\npackage {package};\nenum Value {{\n");
    for n in 0..1000 {
        let _ = writeln!(text, "VALUE_{n} = {n};");
    }
    text.push_str("}\nmessage Wide {\n");
    for n in 1..=500 {
        let ty = ["int32", "Value", "repeated string", "Turn0"][n % 4];
        let _ = writeln!(text, "{ty} field_{n} = {n};");
    }
    text.push_str("}\n");
    for n in 0..64 {
        let next = (n + 1) % 64;
        let _ = writeln!(text, "message Turn{n} {{ Turn{next} next = 1; Value value = 2; }}");
    }
    text.push_str("message Root { repeated Wide wide = 1; map<string, Value> values = 2; }\n");
    text
}
