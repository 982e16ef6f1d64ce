//! The well-known types that stand in JSON as something else than a message.

mod value;

use std::fmt::Display;
use std::str::FromStr;

use heck_free::{lower_camel, snake};
use prost_types as known;
use serde::de::{Error, IgnoredAny, Unexpected};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use super::Form;
pub use value::{ListValue, Null, Struct, Value};
