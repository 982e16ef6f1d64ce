//! The messages of the Remix plugin protocol, and the session machines of its two
//! sides.
//!
//! An engine hosts plugins. A link that keeps message boundaries connects the
//! engine to each remote plugin. Every message is a flat JSON object in a package
//! of text.
//!
//! | `action` | from | fields, as the released programs write them | meaning |
//! |---|---|---|---|
//! | `request` | engine | id, action, key, payload, requestInfo, name | calls this plugin, whose name is `name` |
//! | `request` (`call`) | plugin | action, name, key, payload, id | calls another plugin |
//! | `response` | plugin | action, name, key, id, payload or error | answers the request of the same id |
//! | `response` | engine | the plugin's request with payload or error | answers the request of the same name, key and id |
//! | `on` (`listen`), `once`, `off` | plugin | action, name, key, id | subscribes, unsubscribes |
//! | `emit` | plugin | action, key, payload | sends an event of this plugin |
//! | `notification` | engine | action, name, key, payload | delivers an event of another plugin |
//! | `cancel` | plugin | action, name, key | cancels calls that this plugin made: all of them without a key |
//!
//! The handshake is a `request` of the key `handshake`: the plugin asks with
//! id −1, which is never answered, and the engine asks with a further id and gets
//! the plugin's methods.
//!
//! | module | content |
//! |---|---|
//! | `message`, `fields`, `action` | the JSON object, its fields on the wire, its purpose |
//! | `payload`, `arguments` | JSON values that are passed on unread |
//! | `profile` | a plugin's description of itself |
//! | `plugin`, `call`, `subscriptions` | [`PluginSession`]: the plugin's side |
//! | `host`, `host_event`, `queue`, `waiting` | [`HostSession`]: the engine's side, for one plugin |
//! | `engine` | [`EngineSession`]: the engine, for all of its plugins |
//! | `texts` | lists of texts that a peer sends |
//! | `answer`, `error` | the outcomes of calls, with the exact texts of errors |
//!
//! A driver passes each package that arrived to [`Message::decode`] and the message
//! to the machine, and sends each message that the machine wrote as one package of
//! text. It logs and skips a package that is not a message, as the released
//! programs do. Time is a [`Duration`] since a moment of the driver's choice, which
//! stays the same for a machine.
//!
//! Anything that involves several plugins is part of [`EngineSession`] and not of the other
//! two: the registry, activation, a queue of calls for each plugin, subscriptions of one
//! plugin to another, and remembered events. Who may do what is its driver's decision.
//!
//! Source: remix-plugin at 1c37381 and the npm packages 0.3.44, measured.
//!
//! [`Duration`]: std::time::Duration

mod action;
mod answer;
mod arguments;
mod call;
mod engine;
mod error;
mod fields;
mod host;
mod host_event;
mod message;
mod own_calls;
mod payload;
mod plugin;
mod profile;
mod queue;
mod subscriptions;
#[cfg(test)]
mod tests;
mod texts;
mod waiting;

pub use action::Action;
pub use answer::{Answer, Outcome};
pub use arguments::{Arguments, ArgumentsError};
pub use call::{Call, Reply};
pub use engine::{Activity, EngineEvent, EngineSession, EventBounds};
pub use error::RemixError;
pub use host::HostSession;
pub use host_event::{HostEvent, HostReply};
pub use message::{Message, MessageError, RequestInfo};
pub use own_calls::CallId;
pub use payload::Payload;
pub use plugin::{PluginEvent, PluginSession};
pub use profile::Profile;
pub use queue::{HostCall, QueueOptions, Ticket};
pub use subscriptions::{ListenerId, Subscription};
