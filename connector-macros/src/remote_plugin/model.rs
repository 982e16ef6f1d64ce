//! The parsed and the checked form of another plugin's description.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Signature, Type, Visibility};

use crate::attr::Slot;
use crate::private::Private;

/// The parsed trait.
pub(crate) struct Input {
    pub(crate) private: Private,
    /// The plugin's name, or its path.
    pub(crate) name: Slot<LitStr>,
    /// The path of a file with its profile, and the key.
    pub(crate) profile: Slot<(Ident, LitStr)>,
    /// `false` if an argument could not be parsed.
    pub(crate) args_read: bool,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) items: Vec<Item>,
}

/// A method or an event of the trait.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// All attributes but ours.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) sig: Signature,
    pub(crate) name: Slot<LitStr>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Method,
    Event,
}

/// The checked plugin.
pub(crate) struct Model<'a> {
    pub(crate) name: String,
    /// The file of the profile, which the compiler is to look at.
    pub(crate) file: Option<&'a LitStr>,
    pub(crate) members: Vec<Member<'a>>,
    /// Members of the profile that the trait does not describe.
    pub(crate) untyped: Vec<Untyped>,
}

/// A described method or event.
pub(crate) struct Member<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) item: &'a Item,
    pub(crate) arguments: Vec<Argument<'a>>,
    /// The type of a method's result, if it has one.
    pub(crate) result: Option<&'a Type>,
    /// Its `#[cfg(..)]` attributes.
    pub(crate) cfgs: Vec<&'a Attribute>,
}

/// A named argument.
pub(crate) struct Argument<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
}

/// A method or event of which only the name is known.
pub(crate) struct Untyped {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) ident: Ident,
}

impl Kind {
    /// The word for it, with its article.
    pub(crate) fn one(self) -> &'static str {
        match self {
            Self::Method => "a method",
            Self::Event => "an event",
        }
    }

    /// Its attribute, which is the word for it as well.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Method => crate::symbol::METHOD,
            Self::Event => crate::symbol::EVENT,
        }
    }
}
