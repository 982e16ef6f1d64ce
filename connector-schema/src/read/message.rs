//! Messages, their fields, and enums.

use protox::prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};

use super::options::{Options, deprecated};
use super::{Reader, tag};
use crate::messages;
use crate::model::{Enum, EnumValue, Field, FieldKind, Message, Push, Scalar, Type};

impl Reader<'_> {
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Message {
        let path = message.path();
        let options = Options::new(message.options(), path, tag::MESSAGE_OPTIONS);
        let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic());
        let oneofs = oneofs.map(|oneof| self.spanned(oneof.name(), oneof.path(), &[tag::NAME]));
        let oneofs = oneofs.collect();
        let nested = message.child_messages().filter(|child| !child.is_map_entry());
        let reserved = &message.descriptor_proto().reserved_name;
        for field in message.fields() {
            self.not_reserved(reserved, field.name(), field.path());
        }
        Message {
            name: self.spanned(message.full_name(), path, &[tag::NAME]),
            docs: self.locations.docs(path),
            fields: message.fields().map(|field| self.field(&field)).collect(),
            oneofs,
            push: self.push(&options, message.full_name()),
            messages: nested.map(|child| self.message(&child)).collect(),
            enums: message.child_enums().map(|child| self.enumeration(&child)).collect(),
            deprecated: options.deprecated(),
        }
    }

    fn push(&mut self, options: &Options<'_>, message: &str) -> Option<Push> {
        let route = self.text_option(options, "connector.push");
        let code = self.code_option(options, "connector.push_code");
        let json = self.flag_option(options, "connector.push_json");
        match (route, code) {
            (Some(route), code) => Some(Push { route, code, json }),
            (None, Some(code)) => {
                self.mistakes.add(&code.place, messages::code_without_push(message));
                None
            }
            (None, None) => None,
        }
    }

    fn field(&mut self, field: &FieldDescriptor) -> Field {
        if let Kind::Message(entry) = field.kind()
            && field.is_map()
            && let Kind::Enum(item) = entry.map_entry_value_field().kind()
            && item.default_value().number() != 0
        {
            // Protoc and buf refuse it, and protox does not.
            let place = self.locations.place(field.path(), &[tag::NAME]);
            self.mistakes.add(&place, messages::map_of_enum(field.name(), item.full_name()));
        }
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
        Field {
            name: self.spanned(field.name(), field.path(), &[tag::NAME]),
            docs: self.locations.docs(field.path()),
            number: field.number(),
            json_name: field.json_name().to_owned(),
            kind: field_kind(field),
            oneof: oneof.map(|oneof| oneof.name().to_owned()),
            presence: field.supports_presence(),
            required: field.cardinality() == Cardinality::Required,
            deprecated: deprecated(&field.options()),
        }
    }

    pub(super) fn enumeration(&mut self, item: &EnumDescriptor) -> Enum {
        let reserved = &item.enum_descriptor_proto().reserved_name;
        for value in item.values() {
            self.not_reserved(reserved, value.name(), value.path());
        }
        let mut values: Vec<_> = item.values().collect();
        // The first name of a number in front of its aliases; an item's path ends with its place
        // among others.
        values.sort_by_key(|value| (value.number(), value.path().last().copied()));
        let values = values.into_iter().map(|value| EnumValue {
            name: self.spanned(value.name(), value.path(), &[tag::NAME]),
            docs: self.locations.docs(value.path()),
            number: value.number(),
            deprecated: deprecated(&value.options()),
        });
        Enum {
            name: self.spanned(item.full_name(), item.path(), &[tag::NAME]),
            docs: self.locations.docs(item.path()),
            values: values.collect(),
            deprecated: deprecated(&item.options()),
        }
    }

    /// Checks that a name is not kept from use, which protox does not.
    fn not_reserved(&mut self, reserved: &[String], name: &str, path: &[i32]) {
        if reserved.iter().any(|other| other == name) {
            let place = self.locations.place(path, &[tag::NAME]);
            self.mistakes.add(&place, messages::name_reserved(name));
        }
    }
}

fn field_kind(field: &FieldDescriptor) -> FieldKind {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let key = value_type(&entry.map_entry_key_field().kind());
            FieldKind::Map { key, value: value_type(&entry.map_entry_value_field().kind()) }
        }
        kind if field.is_list() => FieldKind::Repeated(value_type(&kind)),
        kind => FieldKind::Single(value_type(&kind)),
    }
}

fn value_type(kind: &Kind) -> Type {
    Type::Scalar(match kind {
        Kind::Double => Scalar::Double,
        Kind::Float => Scalar::Float,
        Kind::Int32 => Scalar::Int32,
        Kind::Int64 => Scalar::Int64,
        Kind::Uint32 => Scalar::Uint32,
        Kind::Uint64 => Scalar::Uint64,
        Kind::Sint32 => Scalar::Sint32,
        Kind::Sint64 => Scalar::Sint64,
        Kind::Fixed32 => Scalar::Fixed32,
        Kind::Fixed64 => Scalar::Fixed64,
        Kind::Sfixed32 => Scalar::Sfixed32,
        Kind::Sfixed64 => Scalar::Sfixed64,
        Kind::Bool => Scalar::Bool,
        Kind::String => Scalar::String,
        Kind::Bytes => Scalar::Bytes,
        Kind::Enum(item) => return Type::Enum(item.full_name().to_owned()),
        Kind::Message(message) => return Type::Message(message.full_name().to_owned()),
    })
}
