//! The parts that expansions of `#[plugin]` are made of.

use connector_protocol::remix::PluginSession;

pub use super::values::arguments::{Argument, ArgumentReader, Context, Given};
pub use super::values::returned::{Done, MethodError, MethodValue, Returned, Value};

use super::{PluginCall, PluginError};

/// Returns the names of a plugin's methods.
pub fn names(names: &[(&str,)]) -> Vec<String> {
    names.iter().map(|(name,)| (*name).to_owned()).collect()
}

/// Returns the methods for the profile: those that the handshake announces.
pub fn announced(names: &[(&'static str,)]) -> Vec<&'static str> {
    let names: Vec<_> = names.iter().map(|(name,)| *name).collect();
    PluginSession::announced(&names)
}

/// Returns the plugins and events that a plugin listens to.
pub fn events(events: &[(&str, &str)]) -> Vec<(String, String)> {
    events.iter().map(|(plugin, event)| ((*plugin).to_owned(), (*event).to_owned())).collect()
}

/// Reads the next argument.
///
/// # Errors
/// Returns the error for the caller if the argument does not fit.
pub fn argument<T: Argument>(
    arguments: &mut ArgumentReader<'_>,
    name: Option<&str>,
) -> Result<T, PluginError> {
    T::read(arguments, name)
}

/// Borrows an argument from the call or the event.
///
/// # Errors
/// Returns the error for the caller if there is no such value.
pub fn given<'a, T: Given<'a, C>, C>(context: &'a C) -> Result<T, PluginError> {
    T::given(context)
}

/// Returns what a listener or a hook returns.
///
/// # Errors
/// Returns its error.
pub fn done<T: Done>(value: T) -> Result<(), PluginError> {
    value.done()
}

/// Returns the error of an index beyond the plugin's methods.
pub fn unknown(call: &PluginCall) -> PluginError {
    call.unknown()
}
