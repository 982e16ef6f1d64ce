//! Messages of any type, which are bytes with the name of their type.

use std::marker::PhantomData;

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde::de::Error;
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value as Json;

use super::distinct::Distinct;
use super::fields::Formed;
use super::{
    Bool, Bytes, Double, Duration, FieldMask, Fields, Float, Form, Int32, Int64, ListValue,
    Message, Struct, Text, Timestamp, UInt32, UInt64, Value,
};

type Object = serde_json::Map<String, Json>;

/// The messages that a schema has, by their names.
pub trait Registry {
    /// Calls `visit` with the message of this full name, if the schema has it.
    fn find<V: Visit>(name: &str, visit: V) -> Option<V::Output>;
}

/// A use of the message that a registry finds.
pub trait Visit {
    /// The result.
    type Output;

    /// Uses the message `M`.
    fn visit<M: Message + prost::Message>(self) -> Self::Output;
}

/// The form of an `Any`: the object of its message, with the address of the type as `@type`.
/// A message whose own form is not that of its fields, such as a `Timestamp`, is the member
/// `value` beside it.
///
/// The bytes of a message that the registry does not have are kept as base64 in a member
/// `@bytes`, by which one sees that the type was not known.
#[derive(Debug)]
pub struct Any<R>(PhantomData<R>);

impl<R> Any<R> {
    /// Creates the form, which has no state.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

const TYPE: &str = "@type";
const BYTES: &str = "@bytes";
const VALUE: &str = "value";

/// The most levels of messages in one another that an `Any` may add to its message, those in
/// further `Any`s among them. Prost's own limit holds for each of them by itself, since what is
/// in an `Any` are bytes.
const NESTING: usize = 32;

impl<R: Registry> Form<prost_types::Any> for Any<R> {
    fn write<S: Serializer>(any: &prost_types::Any, serializer: S) -> Result<S::Ok, S::Error> {
        if levels(&any.value, NESTING) >= NESTING {
            return Err(S::Error::custom(format_args!(
                "an `Any` has messages within {NESTING} others, which is the limit"
            )));
        }
        let mut fields = Fields(serializer.serialize_map(None)?);
        if *any != prost_types::Any::default() {
            fields.0.serialize_entry(TYPE, &any.type_url)?;
            write::<R, _>(any, &mut fields)?;
        }
        fields.0.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<prost_types::Any, D::Error> {
        // The type may come behind the fields.
        let Distinct(Json::Object(mut object)) = Distinct::deserialize(deserializer)? else {
            return Err(D::Error::custom("an `Any` is an object with `@type`"));
        };
        let type_url = match object.shift_remove(TYPE) {
            Some(Json::String(url)) => url,
            None if object.is_empty() => return Ok(prost_types::Any::default()),
            _ => return Err(D::Error::custom("an `Any` has the address of its type as `@type`")),
        };
        let value = read::<R>(&type_url, object).map_err(D::Error::custom)?;
        Ok(prost_types::Any { type_url, value })
    }

    fn is_default(_: &prost_types::Any) -> bool {
        false
    }
}

/// Returns how deeply messages are nested in what may be one, `most` at most. Without its
/// type, whatever can be read as a message counts as one.
fn levels(mut bytes: &[u8], most: usize) -> usize {
    let (mut deepest, mut groups) = (0, 0_usize);
    while !bytes.is_empty() && deepest < most {
        let Ok((number, wire)) = decode_key(&mut bytes) else { return 0 };
        let inner = match wire {
            WireType::LengthDelimited => {
                let length = decode_varint(&mut bytes).ok().and_then(|len| len.try_into().ok());
                let Some((inner, rest)) = length.and_then(|len| bytes.split_at_checked(len)) else {
                    return 0;
                };
                bytes = rest;
                1 + levels(inner, most.saturating_sub(groups + 1))
            }
            WireType::StartGroup => {
                groups += 1;
                0
            }
            WireType::EndGroup => {
                groups = groups.saturating_sub(1);
                0
            }
            _ if skip_field(wire, number, &mut bytes, DecodeContext::default()).is_ok() => 0,
            _ => return 0,
        };
        deepest = deepest.max(groups + inner);
    }
    deepest
}

/// The name of a type, which is what follows the last `/` of its address.
fn name(type_url: &str) -> Option<&str> {
    let (_, name) = type_url.rsplit_once('/')?;
    Some(name).filter(|name| !name.is_empty())
}

/// Writes what follows the type.
fn write<R: Registry, M: SerializeMap>(
    any: &prost_types::Any,
    fields: &mut Fields<M>,
) -> Result<(), M::Error> {
    let name = name(&any.type_url).unwrap_or_default();
    if let Some(written) = well_known::<R, _>(name, Write { bytes: &any.value, fields }) {
        return written;
    }
    match R::find(name, Write { bytes: &any.value, fields }) {
        Some(written) => written,
        None => fields.0.serialize_entry(BYTES, &Formed::<Bytes, _>(&any.value, PhantomData)),
    }
}

/// Reads the bytes of a message of this type.
fn read<R: Registry>(type_url: &str, mut object: Object) -> Result<Vec<u8>, serde_json::Error> {
    // Bytes that were kept are what they were, also if the type is known here, or has no name.
    if let Some(bytes) = object.shift_remove(BYTES) {
        return Bytes::read(bytes);
    }
    let Some(name) = name(type_url) else {
        return Err(Error::custom(format_args!(
            "`{type_url}` is not the address of a type, such as `type.googleapis.com/chat.Line`"
        )));
    };
    let known = well_known::<R, _>(name, Parse { object: &mut object });
    known.or_else(|| R::find(name, Parse { object: &mut object })).unwrap_or_else(|| {
        Err(Error::custom(format_args!("the message `{name}` in an `Any` is not in the schema")))
    })
}

struct Write<'a, M> {
    bytes: &'a [u8],
    fields: &'a mut Fields<M>,
}

impl<M> Write<'_, M> {
    fn decode<T: prost::Message + Default, E: serde::ser::Error>(&self) -> Result<T, E> {
        T::decode(self.bytes).map_err(|error| {
            E::custom(format_args!("the bytes of an `Any` are not of its type: {error}"))
        })
    }
}

impl<S: SerializeMap> Visit for Write<'_, S> {
    type Output = Result<(), S::Error>;

    fn visit<M: Message + prost::Message>(self) -> Self::Output {
        let message: M = self.decode()?;
        message.write(self.fields)
    }
}

impl<S: SerializeMap> VisitForm for Write<'_, S> {
    fn visit_form<F: Form<T>, T: prost::Message + Default>(self) -> Self::Output {
        let message: T = self.decode()?;
        self.fields.0.serialize_entry(VALUE, &Formed::<F, T>(&message, PhantomData))
    }

    fn visit_nothing(self) -> Self::Output {
        Ok(())
    }
}

/// Reads a message from its object without the type.
struct Parse<'a> {
    object: &'a mut Object,
}

impl Visit for Parse<'_> {
    type Output = Result<Vec<u8>, serde_json::Error>;

    fn visit<M: Message + prost::Message>(self) -> Self::Output {
        let message: M = super::deserialize(Json::Object(std::mem::take(self.object)))?;
        Ok(message.encode_to_vec())
    }
}

impl VisitForm for Parse<'_> {
    fn visit_form<F: Form<T>, T: prost::Message + Default>(self) -> Self::Output {
        let Some(value) = self.object.shift_remove(VALUE) else {
            return Err(Error::custom("the member `value` is missing beside `@type`"));
        };
        Ok(F::read(value)?.encode_to_vec())
    }

    fn visit_nothing(self) -> Self::Output {
        Ok(Vec::new())
    }
}

/// A use of a message that has a form of its own.
trait VisitForm: Visit {
    fn visit_form<F: Form<T>, T: prost::Message + Default>(self) -> Self::Output;

    /// Uses `Empty`, whose form is that of a message without fields.
    fn visit_nothing(self) -> Self::Output;
}

/// Calls `visit` with the form of one of protobuf's own messages.
fn well_known<R: Registry, V: VisitForm>(name: &str, visit: V) -> Option<V::Output> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Any" => visit.visit_form::<Any<R>, _>(),
        "BoolValue" => visit.visit_form::<Bool, bool>(),
        "BytesValue" => visit.visit_form::<Bytes, Vec<u8>>(),
        "DoubleValue" => visit.visit_form::<Double, f64>(),
        "Duration" => visit.visit_form::<Duration, _>(),
        "Empty" => visit.visit_nothing(),
        "FieldMask" => visit.visit_form::<FieldMask, _>(),
        "FloatValue" => visit.visit_form::<Float, f32>(),
        "Int32Value" => visit.visit_form::<Int32, i32>(),
        "Int64Value" => visit.visit_form::<Int64, i64>(),
        "ListValue" => visit.visit_form::<ListValue, _>(),
        "StringValue" => visit.visit_form::<Text, String>(),
        "Struct" => visit.visit_form::<Struct, _>(),
        "Timestamp" => visit.visit_form::<Timestamp, _>(),
        "UInt32Value" => visit.visit_form::<UInt32, u32>(),
        "UInt64Value" => visit.visit_form::<UInt64, u64>(),
        "Value" => visit.visit_form::<Value, _>(),
        _ => return None,
    })
}
