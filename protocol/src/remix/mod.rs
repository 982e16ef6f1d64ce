//! The messages of the Remix plugin protocol, and the machines of its two
//! sides.
//!
//! An engine hosts plugins. Between the engine and each remote plugin runs a
//! link that keeps message boundaries; every message is one flat JSON object
//! in a package of text.
//!
//! | `action` | from | fields, as the real programs write them | meaning |
//! |---|---|---|---|
//! | `request` | engine | id, action, key, payload, requestInfo, name | call this plugin; `name` is its own |
//! | `request` (`call`) | plugin | action, name, key, payload, id | call another plugin |
//! | `response` | plugin | action, name, key, id, payload or error | the engine matches by id |
//! | `response` | engine | the plugin's request with payload or error | the plugin matches by name, key and id |
//! | `on` (`listen`), `once`, `off` | plugin | action, name, key, id | subscribe, unsubscribe |
//! | `emit` | plugin | action, key, payload | an event of its own |
//! | `notification` | engine | action, name, key, payload | an event of another plugin |
//! | `cancel` | plugin | action, name, key | drop my calls, all without a key |
//!
//! The handshake is a `request` of the key `handshake`: the plugin asks with
//! id −1, which is never answered; the engine asks with an id of its own and
//! gets the plugin's methods.
//!
//! | module | holds |
//! |---|---|
//! | `message`, `fields`, `action` | the object, its order on the wire, its verb |
//! | `payload`, `arguments` | JSON that is carried and not read |
//! | `profile` | what a plugin says about itself |
//! | `plugin`, `call`, `subscriptions` | [`PluginSession`]: the plugin's side |
//! | `host`, `queue` | [`HostSession`]: the engine's side, for one plugin |
//! | `answer`, `error` | how calls end, with the exact texts |
//!
//! A driver hands each package that arrived to [`Message::decode`], what comes
//! of it to the machine, and sends each message that the machine wrote as one
//! package of text. A package that is no message is logged and forgotten: the
//! real peers survive it, so does ours. Time is a [`Duration`] since any moment
//! that stays the same for one machine.
//!
//! What spans plugins (the registry, activation, permissions, who listens to
//! whom, the memory of events) is the engine's and lives above these machines.
//!
//! Source: remix-plugin at 1c37381 and the npm packages 0.3.44, measured.
//!
//! [`Duration`]: std::time::Duration

mod action;
mod answer;
mod arguments;
mod call;
mod error;
mod fields;
mod host;
mod message;
mod payload;
mod plugin;
mod profile;
mod queue;
mod subscriptions;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use answer::{Answer, Outcome};
pub use arguments::{Arguments, ArgumentsError};
pub use call::{Call, Reply};
pub use error::RemixError;
pub use host::{HostEvent, HostReply, HostSession};
pub use message::{Message, MessageError, RequestInfo};
pub use payload::Payload;
pub use plugin::{CallId, PluginEvent, PluginSession};
pub use profile::Profile;
pub use queue::{HostCall, Ticket};
pub use subscriptions::{ListenerId, Subscription};
