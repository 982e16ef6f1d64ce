//! The parsed and the checked form of a plugin.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Expr, LitStr, Signature, Type};

use crate::attr::Slot;
use crate::block::Block;
use crate::private::Private;

/// The parsed `impl` block.
pub(crate) struct Input {
    pub(crate) private: Private,
    pub(crate) name: Slot<LitStr>,
    pub(crate) profile: Profile,
    pub(crate) events: Slot<Vec<Event>>,
    /// `false` if an argument could not be parsed.
    pub(crate) args_read: bool,
    pub(crate) block: Block,
    pub(crate) docs: String,
    pub(crate) methods: Vec<Method>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) hooks: Vec<Hook>,
    /// `true` if the block has functions without our attributes.
    pub(crate) unmarked: bool,
}

impl Input {
    /// Returns `true` for a plugin that neither is called nor emits anything.
    pub(crate) fn is_without_members(&self) -> bool {
        self.block.is_whole
            && !self.block.of_trait
            && self.methods.is_empty()
            && self.listeners.is_empty()
            && self.hooks.is_empty()
            && self.events.get().is_none()
    }
}

/// The fields of the profile besides the name, the methods and the events.
#[derive(Default)]
pub(crate) struct Profile {
    /// The fields that are texts: their keys, which are the setters too, and their values.
    pub(crate) texts: Vec<(Ident, Expr)>,
    pub(crate) permission: Slot<bool>,
    pub(crate) can_activate: Slot<Vec<LitStr>>,
    /// The events of other plugins, by plugin.
    pub(crate) notifications: Slot<Vec<(LitStr, Vec<LitStr>)>>,
}

/// An event that the plugin emits.
pub(crate) struct Event {
    pub(crate) name: LitStr,
    /// The types of its values, if they are declared.
    pub(crate) values: Option<Vec<Type>>,
}

/// A method with `#[method]`.
pub(crate) struct Method {
    pub(crate) sig: Signature,
    pub(crate) name: Slot<LitStr>,
    pub(crate) service: Slot<LitStr>,
    /// `#[cfg(..)]` attributes.
    pub(crate) cfgs: Vec<Attribute>,
}

/// A method with `#[on]`.
pub(crate) struct Listener {
    pub(crate) sig: Signature,
    /// The other plugin and its event.
    pub(crate) event: Option<(LitStr, LitStr)>,
    pub(crate) cfgs: Vec<Attribute>,
}

/// A method with the attribute of a hook.
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) attr: Ident,
    pub(crate) sig: Signature,
    pub(crate) cfgs: Vec<Attribute>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookKind {
    Activated,
    Deactivated,
    CanActivate,
    CanDeactivate,
}

/// The checked plugin.
#[derive(Default)]
pub(crate) struct Model<'a> {
    pub(crate) name: String,
    /// In the order of their methods.
    pub(crate) methods: Vec<Target>,
    pub(crate) listeners: Vec<Target>,
    pub(crate) hooks: Vec<&'a Hook>,
    pub(crate) emitters: Vec<Emitter<'a>>,
}

/// A method or a listener.
pub(crate) struct Target {
    /// A method's name, with its service in front; for a listener the plugin and the event.
    pub(crate) names: Vec<String>,
    pub(crate) function: Ident,
    /// It is not `async`.
    pub(crate) plain: bool,
    pub(crate) arguments: Vec<Argument>,
    /// The tokens at which a wrong return type is reported.
    pub(crate) returned: TokenStream,
    /// The predicate of its `cfg(..)`.
    pub(crate) cfg: Option<TokenStream>,
}

/// An argument, with inferred lifetimes in its type.
pub(crate) enum Argument {
    /// Read from what was sent.
    Sent { name: Option<String>, ty: TokenStream },
    /// Borrowed from the call or the event.
    Given(TokenStream),
}

/// The function that emits an event.
pub(crate) struct Emitter<'a> {
    pub(crate) event: &'a Event,
    pub(crate) function: Ident,
}
