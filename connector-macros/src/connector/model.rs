//! The parsed and the checked form of a connector.

use syn::Type;

use crate::attr::Slot;
use crate::parts::{self, Part};

pub(crate) type Input = parts::Input<Keys, Role>;

pub(crate) type Model<'a> = parts::Model<'a, Struct<'a>>;

/// The keys on a struct.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) socket: Slot<Type>,
    pub(crate) codec: Slot<Type>,
}

/// The role of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Listen,
    Config,
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

/// The arguments of `new` and `bind`.
pub(crate) struct Factory<'a> {
    pub(crate) listen: &'a Type,
    pub(crate) config: Option<&'a Type>,
}
