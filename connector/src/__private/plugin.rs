//! The items that expansions for plugins name.

pub use std::string::String;
pub use std::vec::Vec;

pub use connector_protocol::remix::{Arguments, Message, Profile};
pub use serde::Serialize;
pub use serde::de::DeserializeOwned;

pub use crate::connector::Dial;
pub use crate::plugin::connector::dial;
pub use crate::plugin::expansion::{
    Argument, ArgumentReader, Context, Done, Given, MethodError, MethodValue, Returned, Value,
    announced, argument, done, events, given, names, unknown,
};
pub use crate::plugin::remote::{Remote, profile, read, sent, unread};
pub use crate::plugin::remote_fields::{field, gather, wide_field};
pub use crate::plugin::{
    CallError, ConnectError, Consent, EventListener, Events, IntoArguments, LocalLink, MessageIo,
    MessageLink, MethodResult, Plugin, PluginCall, PluginCaller, PluginClient, PluginConnector,
    PluginError, PluginEvent, PluginMethods,
};
