//! From descriptors to the model.

use std::collections::BTreeMap;

use heck::ToLowerCamelCase;
use protox::prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor,
    FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
    Value,
};

use crate::model::{
    Code, Field, Form, Message, Method, Model, Package, Part, Route, Service, Word,
};
use crate::place::Text;
use crate::schema::Schema;

/// Tags in the descriptors of descriptors.
mod tag {
    pub(super) const NAME: i32 = 1;
    pub(super) const MESSAGE_OPTIONS: i32 = 7;
    pub(super) const METHOD_INPUT: i32 = 2;
    pub(super) const METHOD_OUTPUT: i32 = 3;
    pub(super) const METHOD_OPTIONS: i32 = 4;
    pub(super) const METHOD_CLIENT_STREAMING: i32 = 5;
    pub(super) const METHOD_SERVER_STREAMING: i32 = 6;
    pub(super) const SERVICE_OPTIONS: i32 = 3;
}

/// Reads all packages of the user's files.
pub(crate) fn read(schema: &Schema) -> Model {
    let mut packages = BTreeMap::new();
    for (file, path) in schema.user_files() {
        let reader = Reader { pool: &schema.pool, text: Text::new(path, &file) };
        let name = file.package_name().to_owned();
        let package = packages.entry(name.clone()).or_insert_with(|| Package {
            name,
            files: Vec::new(),
            services: Vec::new(),
            messages: Vec::new(),
            names: Vec::new(),
        });
        reader.file(&file, package);
    }
    Model { packages: packages.into_values().collect() }
}

struct Reader<'a> {
    pool: &'a DescriptorPool,
    text: Text<'a>,
}

impl Reader<'_> {
    fn file(&self, file: &FileDescriptor, package: &mut Package) {
        package.files.push(file.name().to_owned());
        for message in file.messages() {
            package.names.push(self.word(message.name(), message.path(), &[tag::NAME]));
            self.message(&message, &mut package.messages);
        }
        for item in file.enums() {
            package.names.push(self.word(item.name(), item.path(), &[tag::NAME]));
        }
        package.services.extend(file.services().map(|service| self.service(&service)));
    }

    fn service(&self, service: &ServiceDescriptor) -> Service {
        let name = self.word(service.name(), service.path(), &[tag::NAME]);
        let item = Item::new(service.options(), service.path(), tag::SERVICE_OPTIONS);
        let part = |option, default: &str| match self.text_option(&item, option) {
            Some(word) => Part { word, written: true },
            None => {
                let word = Word { text: default.to_owned(), place: name.place.clone() };
                Part { word, written: false }
            }
        };
        let server = part("connector.server", service.package_name());
        let handler = part("connector.handler", &service.name().to_lower_camel_case());
        let prefix = format!("{}.{}", server.word.text, handler.word.text);
        let methods = service.methods().map(|method| self.method(&method, &prefix)).collect();
        Service { name, server, handler, methods }
    }

    fn method(&self, method: &MethodDescriptor, prefix: &str) -> Method {
        let path = method.path();
        let name = self.word(method.name(), path, &[tag::NAME]);
        let item = Item::new(method.options(), path, tag::METHOD_OPTIONS);
        let route = match self.text_option(&item, "connector.route") {
            Some(word) => Route { word, written: true },
            None => {
                let text = format!("{prefix}.{}", method.name().to_lower_camel_case());
                Route { word: Word { text, place: name.place.clone() }, written: false }
            }
        };
        let streaming = [
            (method.is_client_streaming(), tag::METHOD_CLIENT_STREAMING),
            (method.is_server_streaming(), tag::METHOD_SERVER_STREAMING),
        ];
        let stream = streaming.into_iter().find(|(streams, _)| *streams);
        let notify = self.option(&item, "connector.notify");
        Method {
            name,
            route,
            notify: notify.and_then(|(value, _)| value.as_bool()).unwrap_or_default(),
            code: self.code(&item, "connector.code"),
            input: self.word(method.input().full_name(), path, &[tag::METHOD_INPUT]),
            output: self.word(method.output().full_name(), path, &[tag::METHOD_OUTPUT]),
            stream: stream.map(|(_, tag)| self.text.place(path, &[tag])),
            deprecated: method
                .method_descriptor_proto()
                .options
                .as_ref()
                .is_some_and(|options| options.deprecated()),
        }
    }

    fn message(&self, message: &MessageDescriptor, messages: &mut Vec<Message>) {
        if message.is_map_entry() {
            return;
        }
        let item = Item::new(message.options(), message.path(), tag::MESSAGE_OPTIONS);
        let nested = message.child_messages().filter(|child| !child.is_map_entry());
        let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic());
        messages.push(Message {
            name: self.word(message.full_name(), message.path(), &[tag::NAME]),
            fields: message.fields().map(|field| self.field(&field)).collect(),
            push: self.text_option(&item, "connector.push"),
            push_code: self.code(&item, "connector.push_code"),
            module: nested.count() + message.child_enums().count() + oneofs.count() > 0,
        });
        for child in message.child_messages() {
            self.message(&child, messages);
        }
    }

    fn field(&self, field: &FieldDescriptor) -> Field {
        Field {
            name: self.word(field.name(), field.path(), &[tag::NAME]),
            number: field.number(),
            json: field.json_name().to_owned(),
            form: form(field),
        }
    }

    fn word(&self, text: &str, item: &[i32], part: &[i32]) -> Word {
        Word { text: text.to_owned(), place: self.text.place(item, part) }
    }

    /// An option's value, if it is written.
    fn option(&self, item: &Item<'_>, name: &str) -> Option<(Value, ExtensionDescriptor)> {
        let extension = self.pool.get_extension_by_name(name)?;
        let written = item.options.has_extension(&extension);
        written.then(|| (item.options.get_extension(&extension).into_owned(), extension))
    }

    fn text_option(&self, item: &Item<'_>, name: &str) -> Option<Word> {
        let (value, option) = self.option(item, name)?;
        let part = [item.tag, option.number() as i32];
        Some(self.word(value.as_str()?, item.path, &part))
    }

    fn code(&self, item: &Item<'_>, name: &str) -> Option<Code> {
        let (value, option) = self.option(item, name)?;
        let place = self.text.place(item.path, &[item.tag, option.number() as i32]);
        Some(Code { number: value.as_u32()?, place })
    }
}

/// What may have options.
struct Item<'a> {
    options: DynamicMessage,
    path: &'a [i32],
    tag: i32,
}

impl<'a> Item<'a> {
    fn new(options: DynamicMessage, path: &'a [i32], tag: i32) -> Self {
        Self { options, path, tag }
    }
}

/// How a field's value stands in JSON.
fn form(field: &FieldDescriptor) -> Form {
    let kind = field.kind();
    match &kind {
        Kind::Message(entry) if field.is_map() => {
            Form::Map(Box::new(value_form(&entry.map_entry_value_field().kind())))
        }
        _ if field.cardinality() == Cardinality::Repeated => {
            Form::List(Box::new(value_form(&kind)))
        }
        _ => value_form(&kind),
    }
}

fn value_form(kind: &Kind) -> Form {
    Form::Named(match kind {
        Kind::Bool => "Bool",
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "Int32",
        Kind::Uint32 | Kind::Fixed32 => "UInt32",
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "Int64",
        Kind::Uint64 | Kind::Fixed64 => "UInt64",
        Kind::Float => "Float",
        Kind::Double => "Double",
        Kind::String => "Text",
        Kind::Bytes => "Bytes",
        Kind::Enum(item) => return enum_form(item),
        Kind::Message(message) => return message_form(message),
    })
}

fn enum_form(item: &EnumDescriptor) -> Form {
    match item.full_name() {
        "google.protobuf.NullValue" => Form::Named("Null"),
        _ => Form::Enum,
    }
}

fn message_form(message: &MessageDescriptor) -> Form {
    Form::Named(match message.full_name() {
        "google.protobuf.Any" => return Form::Unknown,
        "google.protobuf.Empty" => "Empty",
        "google.protobuf.Duration" => "Duration",
        "google.protobuf.FieldMask" => "FieldMask",
        "google.protobuf.ListValue" => "ListValue",
        "google.protobuf.Struct" => "Struct",
        "google.protobuf.Timestamp" => "Timestamp",
        "google.protobuf.Value" => "Value",
        "google.protobuf.BoolValue" => "Bool",
        "google.protobuf.BytesValue" => "Bytes",
        "google.protobuf.DoubleValue" => "Double",
        "google.protobuf.FloatValue" => "Float",
        "google.protobuf.Int32Value" => "Int32",
        "google.protobuf.Int64Value" => "Int64",
        "google.protobuf.StringValue" => "Text",
        "google.protobuf.UInt32Value" => "UInt32",
        "google.protobuf.UInt64Value" => "UInt64",
        _ => "Nested",
    })
}
