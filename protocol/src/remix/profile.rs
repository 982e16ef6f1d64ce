//! What a plugin says about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a plugin says about itself.
///
/// One type for all of the protocol's profiles: an external one has a `url`,
/// one with a place on the screen a `location`, a library's `notifications`.
/// The engine reads the name, the methods and these three; the rest is for the
/// program around it. Absent fields stay absent, unknown ones are kept.
///
/// ```
/// use connector_protocol::remix::Profile;
///
/// let profile = Profile::new("compiler")
///     .display_name("Solidity compiler")
///     .methods(["compile"])
///     .events(["finished"])
///     .url("ws://127.0.0.1:65520");
/// assert!(profile.exposes("compile"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Profile {
    /// The name it is called by; unique in an engine.
    pub name: String,
    /// The name that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What may be called. A handshake replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// What it emits; documentation, never enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// Whether it guards its methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<bool>,
    /// The hash of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where its documentation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The group it belongs to, such as `compiler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The plugins that it may activate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_activate: Option<Vec<String>>,
    /// The address of its icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Who maintains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintained_by: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Where its source is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Where its author can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_contact: Option<String>,
    /// The host plugin that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Where an external plugin is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The events that a library wants, by plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications: Option<BTreeMap<String, Vec<String>>>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

impl Profile {
    /// A profile with nothing but a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Whether the list of methods has this one.
    pub fn exposes(&self, method: &str) -> bool {
        self.methods.iter().flatten().any(|exposed| exposed == method)
    }

    /// Sets whether it guards its methods.
    #[must_use]
    pub fn permission(self, permission: bool) -> Self {
        Self { permission: Some(permission), ..self }
    }

    /// Adds events of `plugin` that a library wants.
    #[must_use]
    pub fn notifications<T: Into<String>>(
        mut self,
        plugin: impl Into<String>,
        events: impl IntoIterator<Item = T>,
    ) -> Self {
        let wanted = self.notifications.get_or_insert_default().entry(plugin.into()).or_default();
        wanted.extend(events.into_iter().map(T::into));
        self
    }
}

macro_rules! setters {
    (texts: $($text:ident $what:literal),*; lists: $($list:ident $whats:literal),* $(,)?) => {
        impl Profile {
            $(
                #[doc = concat!("Sets ", $what, ".")]
                #[must_use]
                pub fn $text(self, $text: impl Into<String>) -> Self {
                    Self { $text: Some($text.into()), ..self }
                }
            )*
            $(
                #[doc = concat!("Sets ", $whats, ".")]
                #[must_use]
                pub fn $list<T: Into<String>>(self, $list: impl IntoIterator<Item = T>) -> Self {
                    Self { $list: Some($list.into_iter().map(T::into).collect()), ..self }
                }
            )*
        }
    };
}
setters! {
    texts:
        display_name "the name that people see",
        hash "the hash of its content",
        description "what it does",
        documentation "where its documentation is",
        version "its version",
        kind "the group it belongs to",
        icon "the address of its icon",
        maintained_by "who maintains it",
        author "who wrote it",
        repo "where its source is",
        author_contact "where its author can be reached",
        location "the host plugin that shows it",
        url "where an external plugin is";
    lists:
        methods "what may be called",
        events "what it emits",
        can_activate "the plugins that it may activate",
}
