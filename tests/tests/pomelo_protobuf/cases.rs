//! Random schemas, and messages that they can express.

use connector::protocol::pomelo::protobuf::MAX_TAG;
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// A schema file with one route, and a message of it.
pub(crate) struct Case {
    /// The text of the file, as a value.
    pub(crate) schemas: Value,
    /// The message, with fields that the schema does not have, and some numbers as texts.
    pub(crate) message: Value,
    /// The message as it is read again.
    pub(crate) expected: Value,
}

pub(crate) const ROUTE: &str = "game.gameHandler.play";

/// Messages beside the route, which may lie in themselves.
const ROOTS: [&str; 2] = ["Root", "other.Root"];
const SCALARS: [&str; 6] = ["uInt32", "int32", "sInt32", "float", "double", "string"];
/// The most messages in one another.
const DEEPEST: usize = 4;

impl Case {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let mut schemas = Map::new();
        for root in ROOTS {
            schemas.insert(format!("message {root}"), schema(rng, 1));
        }
        schemas.insert(ROUTE.into(), schema(rng, 0));
        let (message, expected) = message(rng, &schemas, &schemas[ROUTE], 0);
        Self { schemas: schemas.into(), message, expected }
    }
}

/// The fields of a message, and the messages in it.
fn schema(rng: &mut Rng, depth: usize) -> Value {
    let mut schema = Map::new();
    let mut nested = Vec::new();
    if depth < DEEPEST {
        for place in 0..rng.usize(..3) {
            let name = format!("Nested{place}");
            schema.insert(format!("message {name}"), self::schema(rng, depth + 1));
            nested.push(name);
        }
    }
    let mut tags = Vec::new();
    for place in 0..rng.usize(..8) {
        let tag = tag(rng);
        if tags.contains(&tag) {
            continue;
        }
        tags.push(tag);
        let (kind, options): (&str, &[&str]) = match rng.u8(..8) {
            0 => (rng.choice(ROOTS).unwrap(), &["optional", "repeated"]),
            1 | 2 if !nested.is_empty() => {
                (rng.choice(&nested).unwrap(), &["required", "optional", "repeated"])
            }
            _ => (rng.choice(SCALARS).unwrap(), &["required", "optional", "repeated"]),
        };
        let option = rng.choice(options).unwrap();
        let letters = rng.choice(["a", "Id", "f_", "名", "ü-", "$x"]).unwrap();
        schema.insert(format!("{option} {kind} {letters}{place}"), tag.into());
    }
    Value::Object(schema)
}

fn tag(rng: &mut Rng) -> u32 {
    match rng.u8(..4) {
        0..2 => rng.u32(1..16),
        2 => rng.u32(16..2_048),
        _ => rng.u32(2_048..=MAX_TAG),
    }
}

/// A message, and what is read of it.
fn message(
    rng: &mut Rng,
    schemas: &Map<String, Value>,
    schema: &Value,
    depth: usize,
) -> (Value, Value) {
    let mut fields: Vec<_> = schema.as_object().unwrap().keys().cloned().collect();
    rng.shuffle(&mut fields);
    let mut message = Map::new();
    let mut expected = Map::new();
    for field in fields {
        let [option, kind, name] = *field.split(' ').collect::<Vec<_>>() else { continue };
        let value = |rng: &mut Rng| value(rng, schemas, schema, kind, depth);
        match option {
            "optional" if rng.u8(..4) == 0 => {}
            // Messages beside the route would go on for ever.
            "optional" | "repeated" if depth >= DEEPEST && ROOTS.contains(&kind) => {}
            "repeated" => {
                let count = match rng.u8(..16) {
                    0 => rng.usize(120..140),
                    1..4 => 0,
                    _ => rng.usize(1..5),
                };
                let count = if SCALARS.contains(&kind) { count } else { count.min(4) };
                let (items, read): (Vec<_>, Vec<_>) = (0..count).map(|_| value(rng)).unzip();
                message.insert(name.into(), items.into());
                // A list without items is not written.
                if count > 0 {
                    expected.insert(name.into(), read.into());
                }
            }
            _ => {
                let (value, read) = value(rng);
                message.insert(name.into(), value);
                expected.insert(name.into(), read);
            }
        }
    }
    if rng.u8(..4) == 0 {
        message.insert("unknown".into(), json!([{ "a": null }]));
    }
    (message.into(), expected.into())
}

/// A value of a type, and what is read of it.
fn value(
    rng: &mut Rng,
    schemas: &Map<String, Value>,
    schema: &Value,
    kind: &str,
    depth: usize,
) -> (Value, Value) {
    match kind {
        "uInt32" => integer(rng, 0, (1 << 53) - 1),
        "int32" | "sInt32" => integer(rng, -(1 << 52), (1 << 53) - 1),
        "float" => same(f64::from(finite(rng, |rng| f32::from_bits(rng.u32(..)), f32::is_finite))),
        "double" => match rng.u8(..3) {
            0 => same(rng.i16(..)),
            _ => same(finite(rng, |rng| f64::from_bits(rng.u64(..)), f64::is_finite)),
        },
        "string" => same(text(rng)),
        _ => {
            let nested = schema.get(format!("message {kind}"));
            let schema = nested.unwrap_or_else(|| &schemas[&format!("message {kind}")]);
            message(rng, schemas, schema, depth + 1)
        }
    }
}

fn same(value: impl Into<Value>) -> (Value, Value) {
    let value = value.into();
    (value.clone(), value)
}

/// An integer of any length, now and then as a text or with a fraction.
fn integer(rng: &mut Rng, least: i64, most: i64) -> (Value, Value) {
    let bits = rng.u32(..64);
    let number = (rng.i64(..) >> bits).clamp(least, most);
    match rng.u8(..12) {
        0 => (number.to_string().into(), number.into()),
        1 if number.abs() < 1 << 20 => {
            let fraction = if number < 0 { -0.5 } else { 0.5 };
            ((number as f64 + fraction).into(), number.into())
        }
        _ => same(number),
    }
}

fn finite<T: Copy>(rng: &mut Rng, make: fn(&mut Rng) -> T, is_finite: fn(T) -> bool) -> T {
    loop {
        let number = make(rng);
        if is_finite(number) {
            return number;
        }
    }
}

fn text(rng: &mut Rng) -> String {
    let length = if rng.u8(..16) == 0 { rng.usize(120..300) } else { rng.usize(..12) };
    (0..length)
        .map(|_| match rng.u8(..4) {
            0 => rng.char(..),
            1 => rng.char('\0'..'\u{80}'),
            _ => rng.alphanumeric(),
        })
        .collect()
}
