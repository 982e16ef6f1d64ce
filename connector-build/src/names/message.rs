//! Names within messages and enums.

use std::collections::BTreeSet;

use connector_schema::model::{Enum, Field, FieldKind, Message, Type};
use connector_schema::{Mistakes, Spanned};

use crate::emit::is_unknown;

use super::rust::{function, module, type_name, variant};
use super::scope::Scope;
use super::{has_module, short, short_name};

/// Finds the clashes within a message.
pub(super) fn check(message: &Message, mistakes: &mut Mistakes) {
    for field in message.fields.iter().filter(|field| is_unknown(field.kind.value())) {
        mistakes.add(&field.name.place, no_form(field));
    }
    fields(message, mistakes);
    functions(message, mistakes);
    for oneof in &message.oneofs {
        let mut scope = Scope::new("variant", mistakes);
        for field in of_oneof(message, oneof) {
            scope.take(type_name(&field.name.value), "field", &field.name);
        }
    }
    nested(message, mistakes);
}

fn no_form(field: &Field) -> String {
    let (Type::Message(ty) | Type::Enum(ty)) = field.kind.value() else { return String::new() };
    let name = &field.name.value;
    format!(
        "field `{name}` has the type `{ty}`, which describes schemas and has no JSON here: write \
         `bytes`, or a message of your own with the fields that you need"
    )
}

fn of_oneof<'a>(
    message: &'a Message,
    oneof: &'a Spanned<String>,
) -> impl Iterator<Item = &'a Field> {
    message.fields.iter().filter(|field| field.oneof.as_ref() == Some(&oneof.value))
}

fn own_fields(message: &Message) -> impl Iterator<Item = &Field> {
    message.fields.iter().filter(|field| field.oneof.is_none())
}

fn fields(message: &Message, mistakes: &mut Mistakes) {
    let mut scope = Scope::new("field", mistakes);
    for field in own_fields(message) {
        scope.take(function(&field.name.value), "field", &field.name);
    }
    for oneof in &message.oneofs {
        scope.take(function(&oneof.value), "oneof", oneof);
    }
}

/// The functions that prost makes for fields, whose names may be those of others.
fn functions(message: &Message, mistakes: &mut Mistakes) {
    let mut scope = Scope::new("method", mistakes);
    let mut names = BTreeSet::new();
    for field in own_fields(message) {
        let name = function(&field.name.value);
        // Fields of the same name are a mistake already.
        if !names.insert(name.clone()) {
            continue;
        }
        let functions: &[&str] = match &field.kind {
            FieldKind::Single(Type::Enum(_)) => &["", "set_"],
            FieldKind::Repeated(Type::Enum(_)) => &["", "push_"],
            FieldKind::Map { value: Type::Enum(_), .. } => &["get_", "insert_"],
            FieldKind::Single(Type::Scalar(_)) if field.presence && !field.required => &[""],
            _ => &[],
        };
        for prefix in functions.iter().filter(|_| !name.is_empty()) {
            scope.take(format!("{prefix}{name}"), "field", &field.name);
        }
    }
}

fn nested(message: &Message, mistakes: &mut Mistakes) {
    let mut scope = Scope::new("type", mistakes);
    for inner in &message.messages {
        scope.take(type_name(short(&inner.name.value)), "message", &short_name(&inner.name));
    }
    for inner in &message.enums {
        scope.take(type_name(short(&inner.name.value)), "enum", &short_name(&inner.name));
    }
    let inner = message.messages.iter().map(|inner| &inner.name);
    let inner = inner.chain(message.enums.iter().map(|inner| &inner.name));
    let inner: Vec<_> = inner.map(|name| type_name(short(&name.value))).collect();
    for oneof in &message.oneofs {
        let mut rust = type_name(&oneof.value);
        // Prost's way out where an inner message has the name.
        if inner.contains(&rust) {
            rust.push_str("OneOf");
        }
        scope.take(rust, "oneof", oneof);
    }
    let mut scope = Scope::new("module", mistakes);
    for inner in message.messages.iter().filter(|inner| has_module(inner)) {
        scope.content(module(short(&inner.name.value)), inner, None);
    }
}

/// Finds the clashes within an enum. Several names of one number are one variant.
pub(super) fn values(item: &Enum, mistakes: &mut Mistakes) {
    let mut scope = Scope::new("variant", mistakes);
    let mut before = None;
    for value in &item.values {
        if before.replace(value.number) != Some(value.number) {
            let rust = variant(short(&item.name.value), &value.name.value);
            scope.take(rust, "value", &value.name);
        }
    }
}
