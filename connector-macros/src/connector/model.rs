//! What is known of a connector: first what was written, then what it means.

use syn::Type;

use crate::attr::Slot;
use crate::target::{Part, Variant};

/// What was written.
pub(crate) enum Input {
    Struct { keys: Box<Keys>, parts: Vec<Part<Role>> },
    Enum(Vec<Variant>),
}

/// The keys on a struct.
pub(crate) struct Keys {
    pub(crate) socket: Slot<Type>,
    pub(crate) codec: Slot<Type>,
}

/// The part that a field plays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Listen,
    Config,
}

/// What it means.
pub(crate) enum Model<'a> {
    Struct(Struct<'a>),
    Enum(&'a [Variant]),
}

/// A connector of parts.
pub(crate) struct Struct<'a> {
    pub(crate) socket: &'a Type,
    pub(crate) codec: &'a Type,
    pub(crate) listen: &'a Part<Role>,
    pub(crate) config: Option<&'a Part<Role>>,
    /// All other fields.
    pub(crate) rest: Vec<&'a Part<Role>>,
}

/// What the functions that make a connector take.
pub(crate) struct Factory<'a> {
    pub(crate) listen: &'a Type,
    pub(crate) config: Option<&'a Type>,
}
