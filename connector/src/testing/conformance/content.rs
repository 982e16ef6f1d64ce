//! The content that a connector's packages may have.

use super::Behaviour;

/// The content that a connector's packages may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Any bytes.
    #[default]
    Bytes,
    /// UTF-8 with any characters.
    Text,
    /// UTF-8 without control characters, such as ends of lines.
    Line,
}

impl Content {
    /// Returns why packages of this content cannot have a behaviour, if that is so.
    pub(super) fn exempt(self, behaviour: Behaviour) -> Option<&'static str> {
        let is_text = self != Self::Bytes && behaviour == Behaviour::Bytes;
        is_text.then_some("its packages are text")
    }
}
