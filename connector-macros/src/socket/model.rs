//! What is known of a socket: first what was written, then what it means.

use proc_macro2::Ident;
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
    pub(crate) framing: Slot<(Ident, Type)>,
    pub(crate) session: Slot<Type>,
    pub(crate) batch: Slot<Batch>,
}

/// The part that a field plays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Io,
    Link,
    Peer,
}

/// How several packages are joined.
#[derive(Clone, Copy)]
pub(crate) enum Batch {
    Array,
    Concat,
    Each,
}

/// What it means.
pub(crate) enum Model<'a> {
    Struct(Struct<'a>),
    Enum(&'a [Variant]),
}

/// A socket of parts.
pub(crate) struct Struct<'a> {
    pub(crate) carrier: Carrier<'a>,
    pub(crate) peer: &'a Part<Role>,
    /// All other fields.
    pub(crate) rest: Vec<&'a Part<Role>>,
    /// None: no session machine.
    pub(crate) session: Option<&'a Type>,
    /// None: as the carrier does.
    pub(crate) batch: Option<Batch>,
}

/// What carries the packages.
pub(crate) enum Carrier<'a> {
    /// A byte stream, cut by a framing.
    Io { part: &'a Part<Role>, framing: &'a Type },
    /// A link.
    Link(&'a Part<Role>),
}
