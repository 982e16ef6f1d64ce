//! The contents of schemas, without any language's names.

mod message;
mod service;

pub use message::{Enum, EnumValue, Field, FieldKind, Message, Push, Scalar, Type};
pub(crate) use service::Streams;
pub use service::{Method, Order, RouteText, Service};

/// A package, from all files that contribute to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Package {
    /// The name; empty for files without a package.
    pub name: String,
    /// The names of its files, as imports refer to them.
    pub files: Vec<String>,
    /// The services.
    pub services: Vec<Service>,
    /// The messages that are not nested in others.
    pub messages: Vec<Message>,
    /// The enums that are not nested in messages.
    pub enums: Vec<Enum>,
}

impl Package {
    pub(crate) fn new(name: String) -> Self {
        Self { name, files: vec![], services: vec![], messages: vec![], enums: vec![] }
    }

    /// Returns the full name of an item of this package.
    pub fn full_name(&self, item: &str) -> String {
        if self.name.is_empty() { item.to_owned() } else { format!("{}.{item}", self.name) }
    }

    /// Returns all messages, each followed by those that are nested in it.
    pub fn all_messages(&self) -> impl Iterator<Item = &Message> {
        let mut pending: Vec<_> = self.messages.iter().rev().collect();
        std::iter::from_fn(move || {
            let message: &Message = pending.pop()?;
            pending.extend(message.messages.iter().rev());
            Some(message)
        })
    }
}
