//! The base of the clients that `#[remote_plugin]` makes.

use std::borrow::Cow;

use connector_protocol::json::JsonError;
use connector_protocol::remix::{Arguments, ArgumentsError, Payload, Profile};
use connector_protocol::text::escaped;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::events::ReadEvent;
use super::values::reading;
use super::warnings::{Warnings, warn_if};
use super::{CallError, EventListener, Events, IntoArguments, PluginCaller};
use crate::{MaybeSend, MaybeSync};

/// Another plugin: a handle that calls it, and its path.
#[derive(Clone, Debug)]
pub struct Remote<C> {
    caller: C,
    path: Cow<'static, str>,
}

impl<C: PluginCaller> Remote<C> {
    /// Creates the handle of the plugin at `path`.
    pub fn new(caller: &C, path: Cow<'static, str>) -> Self {
        Self { caller: caller.clone(), path }
    }

    /// Calls a method. The last `optional` arguments are left out if they are `null`. The
    /// future does not hold the arguments.
    pub fn call<'c, T: DeserializeOwned, A: Serialize>(
        &'c self,
        method: &'static str,
        arguments: &A,
        optional: usize,
    ) -> impl Future<Output = Result<T, CallError>> + use<'c, T, A, C> {
        let arguments = written(arguments, optional);
        async move {
            let called = self.caller.call_plugin(&self.path, method, arguments?);
            reading::read_result(called.await, self.caller.values_of(&self.path))
        }
    }

    /// Calls a method whose arguments are not declared.
    pub fn call_values<'c, T: DeserializeOwned, A: IntoArguments>(
        &'c self,
        method: &'static str,
        arguments: A,
    ) -> impl Future<Output = Result<T, CallError>> + use<'c, T, A, C> {
        let arguments = arguments.into_arguments();
        async move {
            let called = self.caller.call_plugin(&self.path, method, arguments?);
            reading::read_result(called.await, self.caller.values_of(&self.path))
        }
    }

    /// Calls a method. Returns its result, and how many values that may have.
    pub(super) async fn call_unread(
        &self,
        method: &str,
        arguments: Arguments,
    ) -> Result<(Payload, usize), CallError> {
        let values = self.caller.values_of(&self.path);
        let called = self.caller.call_plugin(&self.path, method, arguments).await;
        Ok((reading::read_result(called, values)?, values))
    }

    /// Calls a method, and ignores what it returns.
    pub fn run<'c, A: Serialize>(
        &'c self,
        method: &'static str,
        arguments: &A,
        optional: usize,
    ) -> impl Future<Output = Result<(), CallError>> + use<'c, A, C> {
        let call = self.call::<IgnoredAny, A>(method, arguments, optional);
        async move { call.await.map(drop) }
    }

    /// Listens to an event.
    pub fn events<T>(&self, event: &str, read: ReadEvent<T>) -> Events<T> {
        Events::new(&self.caller, &self.path, event, read)
    }

    /// Calls `callback` with each event. Those that are not a `T` are logged.
    pub fn on<T: DeserializeOwned + 'static>(
        &self,
        event: &'static str,
        callback: impl Fn(T) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener {
        self.on_read(event, read, callback)
    }

    /// Calls `callback` with each event that `read` can read. Others are logged.
    pub fn on_read<T: 'static>(
        &self,
        event: &'static str,
        read: ReadEvent<T>,
        callback: impl Fn(T) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener {
        let path = self.path.clone();
        let values = self.caller.values_of(&path);
        let warnings = Warnings::default();
        self.on_unread(event, move |arguments| match read(&arguments, values) {
            Ok(arguments) => callback(arguments),
            Err(error) => {
                let plugin = &*path;
                let is_due = warnings.is_due();
                warn_if!(is_due, plugin, event, error = %escaped(error), "an event does not fit");
            }
        })
    }

    /// Calls `callback` with the arguments of each event.
    pub fn on_unread(
        &self,
        event: &'static str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener {
        self.caller.listen_to_plugin(&self.path, event, callback)
    }
}

/// Returns a reference to an argument, whose type can be sent.
pub fn sent<T: Serialize>(argument: &T) -> &T {
    argument
}

/// Reads the arguments of an event.
///
/// # Errors
/// Returns [`JsonError`] if they are not a `T`, or more than this many values.
pub fn read<T: DeserializeOwned>(arguments: &Arguments, values: usize) -> Result<T, JsonError> {
    reading::read_arguments(arguments, values)
}

/// Returns the arguments of an event as they are.
///
/// # Errors
/// It never fails.
pub fn unread(arguments: &Arguments, _: usize) -> Result<Arguments, JsonError> {
    Ok(arguments.clone())
}

/// Creates the profile of a client.
pub fn profile(name: &str, methods: &[&str], events: &[&str]) -> Profile {
    Profile::new(name).methods(methods.iter().copied()).events(events.iter().copied())
}

/// Writes arguments, without the last ones that are `null` and optional: to JavaScript, an
/// argument that is missing has its default, and `null` has not.
fn written<A: Serialize>(arguments: &A, optional: usize) -> Result<Arguments, ArgumentsError> {
    let arguments = Arguments::of(arguments)?;
    if optional == 0 {
        return Ok(arguments);
    }
    let mut values = arguments.values();
    let given = values.len().saturating_sub(optional);
    while values.len() > given && values.last().is_some_and(|last| last.as_str() == "null") {
        values.pop();
    }
    Arguments::of::<[Payload]>(&values)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn optional_arguments_that_are_missing_are_left_out() {
        let written = |optional, arguments: (Option<i32>, Option<&str>, Option<Value>)| {
            written(&arguments, optional).unwrap().as_payload().to_string()
        };
        assert_eq!(written(0, (None, None, None)), "[null,null,null]");
        assert_eq!(written(1, (None, None, None)), "[null,null]");
        assert_eq!(written(3, (None, None, None)), "[]");
        assert_eq!(written(3, (None, Some("null]"), None)), r#"[null,"null]"]"#);
        assert_eq!(written(3, (Some(1), None, Some(Value::Null))), "[1]");
        assert_eq!(written(2, (None, None, Some(Value::Bool(false)))), "[null,null,false]");
    }
}
