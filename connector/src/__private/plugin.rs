//! The items that expansions of `#[plugin]` name.

pub use std::string::String;
pub use std::vec::Vec;

pub use connector_protocol::remix::Profile;
pub use serde::Serialize;

pub use crate::plugin::expansion::{
    Argument, ArgumentReader, Context, Done, Given, MethodError, MethodValue, Returned, Value,
    announced, argument, done, events, given, names, unknown,
};
pub use crate::plugin::{
    CallError, MethodResult, Plugin, PluginCall, PluginClient, PluginError, PluginEvent,
    PluginMethods,
};
