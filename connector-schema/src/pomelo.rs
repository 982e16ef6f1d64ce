//! Schemas of pomelo-protobuf, made of messages.

use std::collections::BTreeSet;

use crate::error::Mistakes;
use crate::messages;
use crate::model::{Field, FieldKind, Message, Package, Scalar, Type};
use crate::schema::Schema;

/// The schemas of a package's routes and pushes in pomelo's own language, which are the texts
/// of its two files.
///
/// Fields have the names that they have in JSON, and messages stand beside the routes, under
/// their full names:
///
/// ```json
/// {"onLine":{"optional chat.Line line":1},"message chat.Line":{"optional string text":1}}
/// ```
///
/// A message without fields has no schema, and is `{}` in JSON. Answers have `optional uInt32
/// code` and `optional string msg` besides, unless a field has that name, so that errors can
/// be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PomeloProtos {
    /// The schemas of what a server sends: pushes, and the answers to requests. In pomelo,
    /// `serverProtos.json`.
    pub server: String,
    /// The schemas of what clients send: requests and notifies. In pomelo,
    /// `clientProtos.json`.
    pub client: String,
}

impl PomeloProtos {
    /// Returns `true` if no route has a schema.
    pub fn is_empty(&self) -> bool {
        self.server == NOTHING && self.client == NOTHING
    }
}

impl Schema {
    /// Returns the schemas of a package's routes and pushes, except for those with
    /// `option (connector.json) = true;` or `push_json`. A field that pomelo-protobuf cannot
    /// express is a mistake.
    pub fn pomelo_protos(&self, package: &Package, mistakes: &mut Mistakes) -> PomeloProtos {
        let services = package.services.iter().filter(|service| service.plugin.is_none());
        let methods = services.flat_map(|service| &service.methods);
        let methods = methods.filter(|method| !method.json);
        let pushes = package.all_messages().filter_map(|message| {
            let push = message.push.as_ref().filter(|push| !push.json)?;
            Some(Root { route: &push.route.value, message, answers: false, option: "push_json" })
        });
        let root = |route, message: &str, answers| {
            Some(Root { route, message: self.message(message)?, answers, option: "json" })
        };
        let mut told = BTreeSet::new();
        let requests = methods
            .clone()
            .filter_map(|method| root(&method.route.text.value, &method.input.value, false));
        let client = self.protos(requests, &mut told, mistakes);
        let answers =
            methods.filter_map(|method| root(&method.route.text.value, &method.output.value, true));
        let server = self.protos(answers.chain(pushes), &mut told, mistakes);
        PomeloProtos { server, client }
    }

    /// The schemas of one direction. `told` has the fields whose mistakes are known.
    fn protos<'a>(
        &'a self,
        roots: impl Iterator<Item = Root<'a>>,
        told: &mut BTreeSet<(&'a str, u32)>,
        mistakes: &mut Mistakes,
    ) -> String {
        let mut members = Vec::new();
        let mut pending = Vec::new();
        for root in roots.filter(|root| !root.message.fields.is_empty()) {
            let mut fields = fields(root.message);
            if root.answers {
                add_error(root.message, &mut fields);
            }
            members.push((root.route.to_owned(), object(fields)));
            pending.push(root);
        }
        let mut named = BTreeSet::new();
        while let Some(root) = pending.pop() {
            for field in &root.message.fields {
                let name = &*root.message.name.value;
                if let Err(what) = self.express(field)
                    && told.insert((name, field.number))
                {
                    let place = &field.name.place;
                    mistakes.add(place, messages::not_in_pomelo(&what, root.route, root.option));
                }
                let Type::Message(inner) = field.kind.value() else { continue };
                let Some(message) = self.message(inner) else { continue };
                if named.insert(inner) {
                    members.push((format!("message {inner}"), object(fields(message))));
                    pending.push(Root { message, ..root });
                }
            }
        }
        object(members)
    }

    /// Says why pomelo-protobuf cannot express a field, and what to write instead.
    fn express(&self, field: &Field) -> Result<(), String> {
        let Field { json_name, number, .. } = field;
        let name = &field.name.value;
        if let FieldKind::Map { .. } = field.kind {
            return Err(messages::pomelo_map(name));
        }
        if let Some(oneof) = &field.oneof {
            return Err(messages::pomelo_oneof(name, oneof));
        }
        if json_name.starts_with("__") || json_name.contains(|char: char| !is_word(char)) {
            return Err(messages::pomelo_json_name(name, json_name));
        }
        if *number > MAX_TAG {
            return Err(messages::pomelo_number(name, *number, MAX_TAG));
        }
        match field.kind.value() {
            Type::Scalar(scalar) => match pomelo_type(*scalar) {
                Ok(_) => Ok(()),
                Err(instead) => Err(messages::pomelo_type(name, &scalar.to_string(), instead)),
            },
            Type::Enum(_) => Err(messages::pomelo_type(name, "enum", "`uint32` or `string`")),
            Type::Message(inner) if self.message(inner).is_none() => {
                Err(messages::pomelo_type(name, inner, "a message of your own"))
            }
            Type::Message(_) => Ok(()),
        }
    }
}

/// The schemas of a direction without any.
const NOTHING: &str = "{}";

/// The largest number of a field. The released pomelo-protobuf computes with 32 bits, of
/// which the type takes three and the sign one.
const MAX_TAG: u32 = (1 << 28) - 1;

/// A message of a route, or within one.
#[derive(Clone, Copy)]
struct Root<'a> {
    route: &'a str,
    message: &'a Message,
    /// True if it answers a request.
    answers: bool,
    /// The option by which the route has no schema.
    option: &'static str,
}

/// The members of a JSON object, which need no escapes.
fn object(members: Vec<(String, String)>) -> String {
    let members = members.iter().map(|(key, value)| format!("\"{key}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The schema of a message, whose fields can be expressed.
fn fields(message: &Message) -> Vec<(String, String)> {
    let members = message.fields.iter().map(|field| {
        let label = match &field.kind {
            FieldKind::Repeated(_) => "repeated",
            _ if field.required => "required",
            _ => "optional",
        };
        let kind = match field.kind.value() {
            Type::Scalar(scalar) => pomelo_type(*scalar).unwrap_or_default(),
            Type::Message(name) | Type::Enum(name) => name,
        };
        (format!("{label} {kind} {}", field.json_name), field.number.to_string())
    });
    members.collect()
}

/// Adds the fields of an error to the schema of an answer.
fn add_error(message: &Message, fields: &mut Vec<(String, String)>) {
    let is_free = |number: &u32| message.fields.iter().all(|field| field.number != *number);
    let mut free = (1..=MAX_TAG).filter(is_free);
    for (name, kind) in [("code", "uInt32"), ("msg", "string")] {
        if message.fields.iter().all(|field| field.json_name != name)
            && let Some(number) = free.next()
        {
            fields.push((format!("optional {kind} {name}"), number.to_string()));
        }
    }
}

/// The scalar in pomelo-protobuf, or what to write instead of one that it does not have.
/// Its integers are written alike whatever protobuf's encoding of them is.
fn pomelo_type(scalar: Scalar) -> Result<&'static str, &'static str> {
    Ok(match scalar {
        Scalar::Uint32 | Scalar::Fixed32 => "uInt32",
        Scalar::Int32 => "int32",
        Scalar::Sint32 | Scalar::Sfixed32 => "sInt32",
        Scalar::Float => "float",
        Scalar::Double => "double",
        Scalar::String => "string",
        Scalar::Uint64 | Scalar::Fixed64 => return Err("`uint32`, `double` or `string`"),
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => {
            return Err("`int32`, `double` or `string`");
        }
        Scalar::Bool => return Err("`uint32`, 0 or 1"),
        Scalar::Bytes => return Err("`string`, such as base64"),
    })
}

/// Names are words of a schema's language, and are not escaped.
fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '$')
}
