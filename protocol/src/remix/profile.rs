//! Profiles: plugins' descriptions of themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A plugin's description of itself.
///
/// One type for all profiles of the protocol: an external plugin has a `url`, a
/// plugin with a place on the screen a `location`, and a library `notifications`.
/// The engine reads the name, the methods and these three. All other fields are for
/// the program around the engine. Absent fields stay absent, and unknown ones are
/// kept in `extra`.
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
    /// The plugin's name, unique in an engine.
    pub name: String,
    /// The name that is shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The methods that may be called. A handshake replaces them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// The events that the plugin emits. They are documentation, and not enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// `true` if the plugin's methods need permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<bool>,
    /// The hash of the plugin's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// The description of the plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The address of the documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// The plugin's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The group of the plugin, such as `compiler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The plugins that this one may activate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_activate: Option<Vec<String>>,
    /// The address of the icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The maintainer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintained_by: Option<String>,
    /// The author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The address of the source code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The contact address of the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_contact: Option<String>,
    /// The host plugin that shows this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The address of an external plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The events that a library subscribes to, by plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications: Option<BTreeMap<String, Vec<String>>>,
    /// All other fields.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

impl Profile {
    /// Creates a profile that has only a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Returns whether the list of methods contains this one.
    pub fn exposes(&self, method: &str) -> bool {
        self.methods.iter().flatten().any(|exposed| exposed == method)
    }

    /// Returns the address at which a plugin is found whose `url` begins with `ipfs://` or
    /// `swarm://`: that of a public gateway, as in the released engine. Others are found at
    /// their `url`.
    pub fn gateway(&self) -> Option<String> {
        let url = self.url.as_deref()?;
        let gateway = if let Some(hash) = url.strip_prefix("ipfs://") {
            format!("https://{}.dyn.plugin.remixproject.org/ipfs/{hash}", self.name)
        } else if let Some(hash) = url.strip_prefix("swarm://") {
            format!("https://swarm-gateways.net/bzz-raw://{hash}")
        } else {
            url.to_owned()
        };
        Some(gateway)
    }

    /// Sets whether the plugin's methods need permission.
    #[must_use]
    pub fn permission(self, permission: bool) -> Self {
        Self { permission: Some(permission), ..self }
    }

    /// Adds events of `plugin` that a library subscribes to.
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
        display_name "the name that is shown to people",
        hash "the hash of the plugin's content",
        description "the description of the plugin",
        documentation "the address of the documentation",
        version "the plugin's version",
        kind "the group of the plugin",
        icon "the address of the icon",
        maintained_by "the maintainer",
        author "the author",
        repo "the address of the source code",
        author_contact "the contact address of the author",
        location "the host plugin that shows this one",
        url "the address of an external plugin";
    lists:
        methods "the methods that may be called",
        events "the events that the plugin emits",
        can_activate "the plugins that this one may activate",
}
