//! Representations in JSON, each of which is a type of the runtime.

use connector_schema::model::{FieldKind, Scalar, Type};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::ANY;
use super::found::FieldAccess;

/// The representation of a field, in a module so many levels below that of its package.
pub(super) fn json_repr(kind: &FieldKind, access: &FieldAccess, depth: usize) -> TokenStream {
    let value = match kind.value() {
        Type::Scalar(scalar) => named(of_scalar(*scalar)),
        Type::Enum(name) if name == "google.protobuf.NullValue" => named("Null"),
        Type::Enum(_) => {
            let path = &access.enumeration;
            quote!(__json::Enum::<#path>::new())
        }
        Type::Message(name) if name == ANY => {
            let outward = (0..depth).map(|_| quote!(super::));
            quote!(__json::Any::<#(#outward)*__Messages>::new())
        }
        Type::Message(name) => named(of_message(name)),
    };
    match kind {
        FieldKind::Single(_) => value,
        FieldKind::Repeated(_) => quote!(__json::List(#value)),
        FieldKind::Map { .. } => quote!(__json::Map(#value)),
    }
}

fn named(name: &str) -> TokenStream {
    let name = format_ident!("{name}");
    quote!(__json::#name)
}

fn of_scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Bool => "Bool",
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => "Int32",
        Scalar::Uint32 | Scalar::Fixed32 => "UInt32",
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => "Int64",
        Scalar::Uint64 | Scalar::Fixed64 => "UInt64",
        Scalar::Float => "Float",
        Scalar::Double => "Double",
        Scalar::String => "Text",
        Scalar::Bytes => "Bytes",
    }
}

/// Returns `true` for a type of `google.protobuf` that prost has and the runtime has no form
/// for: messages about schemas, which nobody puts into a body.
pub(crate) fn is_unknown(ty: &Type) -> bool {
    match ty {
        Type::Scalar(_) => false,
        Type::Enum(name) => name.starts_with(GOOGLE) && name != "google.protobuf.NullValue",
        Type::Message(name) => {
            name.starts_with(GOOGLE) && name != ANY && of_message(name) == NESTED
        }
    }
}

const GOOGLE: &str = "google.protobuf.";

/// The representation of messages whose fields have their own.
const NESTED: &str = "Nested";

/// The representation of a message.
fn of_message(name: &str) -> &'static str {
    match name {
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
        _ => NESTED,
    }
}
