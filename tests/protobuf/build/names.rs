//! Names that mean something in Rust, and are not alike there.

use std::collections::BTreeSet;

use fastrand::Rng;

/// Names that somebody's schema has had, or will have.
const NAMES: [&str; 96] = [
    "A",
    "Abstract",
    "Any",
    "Arc",
    "As",
    "Async",
    "Await",
    "Body",
    "Bool",
    "Box",
    "Break",
    "C",
    "Clone",
    "Const",
    "Copy",
    "Crate",
    "Cx",
    "D",
    "Debug",
    "Default",
    "Display",
    "Drop",
    "Dyn",
    "E",
    "Else",
    "Empty",
    "Enum",
    "Eq",
    "Err",
    "Error",
    "Extern",
    "F",
    "False",
    "Fn",
    "For",
    "From",
    "Future",
    "Gen",
    "Handler",
    "HashMap",
    "I32",
    "If",
    "Impl",
    "In",
    "Into",
    "Iterator",
    "K",
    "Let",
    "List",
    "Loop",
    "Map",
    "Match",
    "Message",
    "Mod",
    "Move",
    "Mut",
    "New",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "Pub",
    "Ref",
    "Result",
    "Return",
    "S",
    "Self",
    "Send",
    "Server",
    "Sized",
    "Some",
    "Static",
    "Str",
    "String",
    "Struct",
    "Super",
    "Sync",
    "T",
    "Trait",
    "True",
    "Try",
    "Type",
    "U8",
    "Union",
    "Unsafe",
    "Use",
    "Usize",
    "V",
    "Value",
    "Vec",
    "Where",
    "While",
    "XMLHttp2Request",
    "Yield",
    "_1st",
];

/// No message has these names: the module of what is in it would hide a type of Rust.
const PRIMITIVES: [&str; 5] = ["Bool", "I32", "Str", "U8", "Usize"];

/// Returns `true` if the module of a message of this name would hide a type of Rust.
pub(super) fn hides(name: &str) -> bool {
    let name = name.trim_matches('_');
    PRIMITIVES.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Names of a scope, which are not alike in Rust.
#[derive(Clone, Default)]
pub(super) struct Names {
    pub(super) exact: BTreeSet<String>,
    pub(super) alike: BTreeSet<(&'static str, String)>,
}

#[derive(Default)]
pub(super) struct Scope {
    pub(super) names: Names,
    pub(super) enums: Vec<String>,
}

impl Scope {
    pub(super) fn take(&mut self, name: &str, kind: &'static str) -> bool {
        self.names.take(name, kind)
    }
}

impl Names {
    pub(super) fn take(&mut self, name: &str, kind: &'static str) -> bool {
        let alike = name.to_ascii_lowercase().replace('_', "");
        if self.exact.contains(name) || self.alike.contains(&(kind, alike.clone())) {
            return false;
        }
        self.exact.insert(name.to_owned());
        self.alike.insert((kind, alike))
    }

    /// A name that is free, in one of the ways that people write names.
    pub(super) fn choose(&mut self, rng: &mut Rng, kind: &'static str) -> String {
        loop {
            let name = NAMES[rng.usize(..NAMES.len())];
            let name = match rng.u8(..6) {
                0 => name.to_ascii_lowercase(),
                1 => name.to_ascii_uppercase(),
                2 => format!("{name}_{}", NAMES[rng.usize(..NAMES.len())]),
                3 => format!("{}{}", name.to_ascii_lowercase(), NAMES[rng.usize(..NAMES.len())]),
                4 => format!("_{name}"),
                _ => name.to_owned(),
            };
            let name = name.replace("__", "_");
            if self.take(&name, kind) {
                return name;
            }
        }
    }
}
