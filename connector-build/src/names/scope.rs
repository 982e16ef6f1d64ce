//! The names of one scope in Rust.

use std::collections::BTreeMap;

use connector_schema::model::Message;
use connector_schema::{Mistakes, Place, Spanned};

use super::rust::hides_a_type;
use super::short;

/// The names of one scope, each with its owner in the schema.
pub(super) struct Scope<'a> {
    /// What the names are in Rust.
    kind: &'static str,
    taken: BTreeMap<String, (String, Place)>,
    mistakes: &'a mut Mistakes,
}

impl<'a> Scope<'a> {
    pub(super) fn new(kind: &'static str, mistakes: &'a mut Mistakes) -> Self {
        Self { kind, taken: BTreeMap::new(), mistakes }
    }

    /// Gives a name to an item of the schema, unless another has it.
    pub(super) fn take(&mut self, rust: String, what: &str, owner: &Spanned<String>) {
        let Spanned { value: name, place } = owner;
        let kind = self.kind;
        if rust.is_empty() {
            let why = "has no letter, and would have no name in Rust: rename it";
            return self.mistakes.add(place, format!("{what} `{name}` {why}"));
        }
        if let Some((other, first)) = self.taken.get(&rust) {
            let what = format!("{what} `{name}` becomes the Rust {kind} `{rust}`");
            let message = format!("{what}, as does `{other}` ({first}): rename one of them");
            return self.mistakes.add(place, message);
        }
        self.taken.insert(rust, (name.clone(), place.clone()));
    }

    /// Gives the name of a module to the items that are nested in a message. `package` is
    /// one that has the name too.
    pub(super) fn content(&mut self, rust: String, message: &Message, package: Option<&&String>) {
        let Spanned { value: name, place } = &message.name;
        // Without a name in Rust, it is a mistake as a type.
        if rust.is_empty() {
            return;
        }
        let what = format!("the content of message `{name}` becomes the Rust module `{rust}`");
        if let Some(package) = package {
            let message = format!("{what}, as does package `{package}`: rename one of them");
            return self.mistakes.add(place, message);
        }
        if hides_a_type(&rust) {
            let why = "which hides the type of that name";
            return self.mistakes.add(place, format!("{what}, {why}: rename the message"));
        }
        // Another message of that name is a mistake as a type.
        if self.taken.contains_key(&rust) {
            return;
        }
        self.taken.insert(rust, (short(name).to_owned(), place.clone()));
    }
}
