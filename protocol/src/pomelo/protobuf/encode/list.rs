//! The items of a repeated field.

use std::fmt::{self, Display};

use serde::de::{Error, MapAccess, SeqAccess, Visitor};

use super::Encoder;
use super::value::FieldValue;
use crate::pomelo::protobuf::EncodeFault;
use crate::pomelo::protobuf::types::Field;
use crate::pomelo::protobuf::wire::fill_in;

/// The items of a repeated field.
pub(super) struct List<'a, 'e> {
    pub(super) encoder: &'a mut Encoder<'e>,
    pub(super) field: &'a Field,
}

impl List<'_, '_> {
    fn misfit<E: Error>(self, found: impl Display) -> E {
        let fault = EncodeFault::Type { found: found.to_string(), expected: "a list" };
        self.encoder.fail(fault)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Err(self.misfit(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<bool, E> {
        Err(self.misfit(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<bool, E> {
        Err(self.misfit(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<bool, E> {
        Err(self.misfit(number))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<bool, E> {
        Err(self.misfit("a text"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<bool, A::Error> {
        Err(self.misfit("an object"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let Self { encoder, field } = self;
        let &Field { kind, ref key, .. } = field;
        let before = encoder.out.len();
        let counted = kind.is_counted();
        let (count_at, key): (_, &[u8]) = if counted {
            encoder.out.extend_from_slice(key);
            (encoder.reserve(), b"")
        } else {
            (before, key)
        };
        let mut count = 0;
        loop {
            let item = FieldValue { encoder, kind, message: None, key };
            let item = items.next_element_seed(item).and_then(|item| match item {
                // A list has no place for it.
                Some(false) => Err(encoder.misfit("null", kind)),
                item => Ok(item),
            });
            let item = encoder.locate(item, format_args!("[{count}]"))?;
            if item.is_none() {
                break;
            }
            count += 1;
        }
        match count {
            0 => encoder.out.truncate(before),
            _ if counted => fill_in(count, count_at, encoder.out),
            _ => {}
        }
        Ok(true)
    }
}
