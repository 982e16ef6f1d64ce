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
        let nested = message.child_messages().filter(|child| !child.is_map_entry());
        Message {
            name: self.spanned(message.full_name(), path, &[tag::NAME]),
            docs: self.locations.docs(path),
            fields: message.fields().map(|field| self.field(&field)).collect(),
            oneofs: oneofs.map(|oneof| oneof.name().to_owned()).collect(),
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

    fn field(&self, field: &FieldDescriptor) -> Field {
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

    pub(super) fn enumeration(&self, item: &EnumDescriptor) -> Enum {
        let values = item.values().map(|value| EnumValue {
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
