//! The parsed and the checked form of a socket.

use proc_macro2::Ident;
use syn::Type;

use crate::attr::Slot;
use crate::parts::{self, Part};

pub(crate) type Input = parts::Input<Keys, Role>;

pub(crate) type Model<'a> = parts::Model<'a, Struct<'a>>;

/// The keys on a struct.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) framing: Slot<(Ident, Type)>,
    pub(crate) session: Slot<Type>,
    pub(crate) batch: Slot<Batch>,
}

/// The role of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Io,
    Link,
    Peer,
}

/// The way in which several packages are joined.
#[derive(Clone, Copy)]
pub(crate) enum Batch {
    Array,
    Concat,
    Each,
}

/// A socket of parts.
pub(crate) struct Struct<'a> {
    pub(crate) carrier: Carrier<'a>,
    pub(crate) peer: &'a Part<Role>,
    /// All other fields.
    pub(crate) rest: Vec<&'a Part<Role>>,
    /// `None` for no session machine.
    pub(crate) session: Option<&'a Type>,
    /// `None` for the carrier's own.
    pub(crate) batch: Option<Batch>,
}

/// The field that carries the packages.
pub(crate) enum Carrier<'a> {
    /// A byte stream, cut by a framing.
    Io { part: &'a Part<Role>, framing: &'a Type },
    /// A link.
    Link(&'a Part<Role>),
}
