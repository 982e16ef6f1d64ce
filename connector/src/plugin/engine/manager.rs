//! The plugin `manager`, which every engine has.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use connector_protocol::json;
use connector_protocol::remix::{Arguments, HostCall, HostSession, Payload, Profile};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::core::{Core, State};
use super::person::permitted_to;
use crate::plugin::calls::MethodResult;
use crate::plugin::{PluginCall, PluginError, PluginMethods};

/// The manager's name.
pub(super) const MANAGER: &str = "manager";

/// The method by which a plugin is asked whether it may be deactivated.
const ASKED: &str = "canDeactivate";
/// The time for its answer, of a plugin that does not list it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most bytes of the JSON of a profile that its plugin has changed.
const PROFILE: usize = 256 << 10;

const METHODS: [&str; 6] =
    ["getProfile", "updateProfile", "activatePlugin", "deactivatePlugin", "isActive", "canCall"];
const EVENTS: [&str; 4] =
    ["profileAdded", "profileUpdated", "pluginActivated", "pluginDeactivated"];

pub(super) fn manager_profile() -> Profile {
    Profile::new(MANAGER)
        .display_name("Plugin manager")
        .description("Activates and deactivates plugins")
        .methods(METHODS)
        .events(EVENTS)
}

/// The values of an event about a plugin.
pub(super) fn event(profile: &Profile) -> Option<Arguments> {
    Arguments::of(&(profile,)).ok()
}

/// The manager's methods, as in Remix's engine.
pub(super) struct Manager(Weak<Core>);

/// A plugin's name, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Manager {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::downgrade(core))
    }
}

impl PluginMethods for Manager {
    fn methods(&self) -> Vec<String> {
        METHODS.map(str::to_owned).to_vec()
    }

    async fn call(&self, _: usize, call: PluginCall) -> MethodResult {
        let core = self.0.upgrade().ok_or_else(|| PluginError::new("The engine has ended"))?;
        let from = call.request_info().map_or(MANAGER, |info| &info.from).to_owned();
        match call.method() {
            "getProfile" => {
                let profile = core.state().session.profile(&call.arg::<String>(0)?).cloned();
                Ok(profile.map(|profile| Payload::of(&*profile)).transpose()?)
            }
            "updateProfile" => {
                if call.payload().as_payload().as_str().len() > PROFILE {
                    return Err(too_long());
                }
                core.update_profile(&from, call.arg(0)?).await
            }
            "activatePlugin" => {
                let names = core.known(call.arg(0)?);
                each(names, |name| core.activate_for(&from, name)).await
            }
            "deactivatePlugin" => {
                let names = core.known(call.arg(0)?);
                each(names, |name| core.deactivate_for(&from, name)).await
            }
            "isActive" => Ok(Some(Payload::of(&core.is_active(&call.arg::<String>(0)?))?)),
            "canCall" => {
                let (caller, to): (String, String) = (call.arg(0)?, call.arg(1)?);
                let (method, message): (String, Option<String>) = (call.arg(2)?, call.arg(3)?);
                // Or a plugin could have a person asked in another one's name.
                if from != MANAGER && from != to {
                    let text =
                        format!("Plugin {from} has no right to ask who may call plugin {to}");
                    return Err(PluginError::new(text));
                }
                let (caller, to) = (core.profile_of(&caller), core.profile_of(&to));
                let asked = core.permissions.can_call(&caller, &to, &method, message.as_deref());
                Ok(Some(Payload::of(&permitted_to(&core, &from, asked).await)?))
            }
            method => Err(PluginError::new(format!("no method {method}"))),
        }
    }
}

/// Does something to each plugin, to all of them at once and even if one fails. The result for
/// a list is an empty one, as in Remix's engine.
async fn each<F>(names: Names, change: impl Fn(String) -> F) -> MethodResult
where
    F: Future<Output = Result<(), PluginError>>,
{
    match names {
        Names::One(name) => change(name).await.map(|()| None),
        Names::Many(names) => {
            let changed = join_all(names.into_iter().map(change)).await;
            changed.into_iter().collect::<Result<(), _>>()?;
            Ok(Some(Arguments::default().into_payload()))
        }
    }
}

fn too_long() -> PluginError {
    PluginError::new(format!("A profile has at most {PROFILE} bytes"))
}

impl Core {
    /// Leaves each name out that a list has had before, and the unknown ones behind the first,
    /// whose error is that of the list.
    fn known(&self, names: Names) -> Names {
        let Names::Many(mut names) = names else { return names };
        let state = self.state();
        let mut seen = HashSet::new();
        names.retain(|name| {
            let plugin = state.session.profile(name).map(|profile| profile.name.as_str());
            seen.insert(plugin)
        });
        Names::Many(names)
    }

    fn profile_of(&self, name: &str) -> Arc<Profile> {
        let profile = self.state().session.profile(name).cloned();
        profile.unwrap_or_else(|| Arc::new(Profile::new(name)))
    }

    async fn activate_for(self: &Arc<Self>, from: &str, name: String) -> Result<(), PluginError> {
        if self.is_active(&name) {
            // Its connection may have been lost.
            return Ok(self.activate(&name).await?);
        }
        let (caller, to) = (self.profile_of(from), self.profile_of(&name));
        let asked = self.permissions.can_activate(&caller, &to, None);
        if !permitted_to(self, from, asked).await {
            let text = format!("Plugin {from} has no right to activate plugin {name}");
            return Err(PluginError::new(text));
        }
        Ok(self.activate(&name).await?)
    }

    async fn deactivate_for(self: &Arc<Self>, from: &str, name: String) -> Result<(), PluginError> {
        if !self.is_active(&name) {
            return Ok(());
        }
        let (caller, to) = (self.profile_of(from), self.profile_of(&name));
        if from != MANAGER {
            let asked = self.permissions.can_deactivate(&caller, &to);
            let may = permitted_to(self, from, asked).await
                && (from == name || self.agrees(&caller, &name).await?);
            if !may {
                let text = format!("Plugin {from} has no right to deactivate plugin {name}");
                return Err(PluginError::new(text));
            }
        }
        self.deactivate(&name).await;
        Ok(())
    }

    /// Asks a plugin whether another one may deactivate it: Remix's `canDeactivate`. Released
    /// plugins that do not list this method never answer, so silence is consent then.
    async fn agrees(&self, from: &Profile, name: &str) -> Result<bool, PluginError> {
        let lists = self.state().session.profile(name).is_some_and(|to| to.exposes(ASKED));
        if let Some(consent) = self.consent(name).filter(|_| !lists) {
            return Ok(consent.to_deactivation(from).await);
        }
        let call = HostCall::new(MANAGER, name, ASKED, Arguments::of(&(from,))?);
        let call = if lists { call } else { call.timeout(PATIENCE) };
        match self.call(call).await {
            Ok(answer) => Ok(answer.is_some_and(|answer| answer.is_truthy())),
            Err(_) if !lists => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the members of a plugin's profile that are given.
    async fn update_profile(
        self: &Arc<Self>,
        from: &str,
        given: Option<Map<String, Value>>,
    ) -> MethodResult {
        let Some(given) = given else { return Ok(None) };
        let (before, after) = self.state().updated(from, &given)?;
        let asked = self.permissions.can_update(&before, &after);
        if !permitted_to(self, from, asked).await {
            let text = format!("Plugin {from} has no right to update its profile");
            return Err(PluginError::new(text));
        }
        self.update(|state| {
            let (_, after) = state.updated(from, &given)?;
            if let Some(profile) = state.session.profile_mut(from) {
                profile.clone_from(&after);
            }
            state.tell("profileUpdated", &after);
            Ok(None)
        })
    }
}

impl State {
    /// Returns the profile of the plugin `from` before and after an update.
    fn updated(
        &self,
        from: &str,
        given: &Map<String, Value>,
    ) -> Result<(Arc<Profile>, Profile), PluginError> {
        let name = given.get("name").and_then(Value::as_str).unwrap_or("undefined");
        let Some(profile) = self.session.profile(name) else {
            let text = format!("Plugin {name} is not register, you cannot update it's profile.");
            return Err(PluginError::new(text));
        };
        if from != name {
            return Err(PluginError::new("A plugin cannot change its name."));
        }
        let url = given.get("url").filter(|url| !url.is_null());
        if url.is_some_and(|url| url.as_str() != profile.url.as_deref()) {
            return Err(PluginError::new("Url from Profile cannot be updated."));
        }
        let mut members = serde_json::to_value(&**profile)?;
        if let Value::Object(members) = &mut members {
            let given = given.iter().filter(|(member, _)| *member != "url");
            members.extend(given.map(|(member, value)| (member.clone(), value.clone())));
        }
        let members = members.to_string();
        if members.len() > PROFILE {
            return Err(too_long());
        }
        let after: Profile = json::read(&members, json::NESTING)?;
        if after.methods.as_ref().is_some_and(|methods| methods.len() > HostSession::MAX_METHODS) {
            let text = format!("A plugin has at most {} methods", HostSession::MAX_METHODS);
            return Err(PluginError::new(text));
        }
        Ok((profile.clone(), after))
    }
}
