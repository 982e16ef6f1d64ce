//! Arguments of methods and listeners, read one after the other.

use connector_protocol::json::JsonError;
use connector_protocol::remix::{Arguments, RequestInfo};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::reading;
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::{PluginCall, PluginClient, PluginError, PluginEvent};

/// The arguments that are left: the last argument of a `#[method]` or a listener.
///
/// ```
/// use connector::plugin::{Payload, Rest, plugin};
///
/// struct Console;
///
/// #[plugin(name = "console")]
/// impl Console {
///     #[method]
///     fn log(&self, level: String, Rest(values): Rest<Payload>) -> usize {
///         values.len()
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest<T>(pub Vec<T>);

/// Reads the arguments of a call or an event as JavaScript passes them: missing ones are
/// `null`, and those that nobody reads are ignored.
#[derive(Debug)]
pub struct ArgumentReader<'a> {
    /// The method or the event, for errors.
    of: &'a str,
    texts: std::vec::IntoIter<&'a RawValue>,
    limits: &'a ConnectionLimits,
    /// There are more than texts.
    too_many: Option<JsonError>,
    /// The number of arguments that were read.
    read: usize,
}

impl<'a> ArgumentReader<'a> {
    pub(in crate::plugin) fn new(
        of: &'a str,
        payload: &'a Arguments,
        limits: &'a ConnectionLimits,
    ) -> Self {
        let (texts, too_many) = reading::split(payload, limits.enforced.values);
        Self { of, texts: texts.into_iter(), limits, too_many, read: 0 }
    }

    /// Leaves out the first arguments.
    pub(in crate::plugin) fn skip(mut self, arguments: usize) -> Self {
        self.read = arguments;
        if let Some(last) = arguments.checked_sub(1) {
            self.texts.nth(last);
        }
        self
    }

    /// Reads the next argument, which is called `name` in its method, if it has one.
    pub(in crate::plugin) fn next<T: DeserializeOwned>(
        &mut self,
        name: Option<&str>,
    ) -> Result<T, PluginError> {
        self.read += 1;
        let text = self.texts.next();
        let values = self.limits.enforced.values;
        reading::read(text.map_or("null", RawValue::get), values).map_err(|error| {
            self.limits.report_values(&error);
            let name = name.map(|name| format!(" (`{name}`)")).unwrap_or_default();
            let (read, of) = (self.read, self.of);
            PluginError::new(match text {
                Some(_) => format!("argument {read}{name} of `{of}` does not fit: {error}"),
                None => format!("argument {read}{name} of `{of}` is missing"),
            })
        })
    }

    /// Reads all arguments that are left.
    pub(in crate::plugin) fn rest<T: DeserializeOwned>(
        &mut self,
        name: Option<&str>,
    ) -> Result<Vec<T>, PluginError> {
        if let Some(error) = &self.too_many {
            self.limits.report_values(error);
            let of = self.of;
            return Err(PluginError::new(format!("the arguments of `{of}` do not fit: {error}")));
        }
        (0..self.texts.len()).map(|_| self.next(name)).collect()
    }
}

/// An argument that is read from what was sent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a plugin's method or listener",
    label = "this type does not implement `serde::Deserialize`, or it borrows",
    note = "put `#[derive(serde::Deserialize)]` on the type, and own what is read: `String` instead of `&str`",
    note = "what is left of the arguments is `Rest<T>`; `Payload` takes any JSON"
)]
pub trait Argument: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// Returns the error for the caller if the argument does not fit.
    fn read(arguments: &mut ArgumentReader<'_>, name: Option<&str>) -> Result<Self, PluginError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Argument for T {
    fn read(arguments: &mut ArgumentReader<'_>, name: Option<&str>) -> Result<Self, PluginError> {
        arguments.next(name)
    }
}

impl<T: DeserializeOwned> Argument for Rest<T> {
    fn read(arguments: &mut ArgumentReader<'_>, name: Option<&str>) -> Result<Self, PluginError> {
        arguments.rest(name).map(Self)
    }
}

/// A carrier of arguments: a call or an event.
pub trait Context {
    /// Returns a reader of the arguments from the first one on.
    fn arguments(&self) -> ArgumentReader<'_>;
}

impl Context for PluginCall {
    fn arguments(&self) -> ArgumentReader<'_> {
        ArgumentReader::new(&self.method, &self.payload, self.client.limits())
    }
}

impl Context for PluginEvent {
    fn arguments(&self) -> ArgumentReader<'_> {
        ArgumentReader::new(&self.key, &self.payload, self.client.limits())
    }
}

/// An argument that borrows from the call or the event, `C`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument here",
    label = "not one of the references that are passed",
    note = "a method gets `&PluginCall`, `&PluginClient`, and the caller as `&RequestInfo`; a listener gets `&PluginEvent` and `&PluginClient`",
    note = "an argument that was sent is owned: `String` instead of `&str`, `Vec<T>` instead of `&[T]`"
)]
pub trait Given<'a, C>: Sized {
    /// Borrows the value.
    ///
    /// # Errors
    /// Returns the error for the caller if there is no such value.
    fn given(context: &'a C) -> Result<Self, PluginError>;
}

impl<'a> Given<'a, PluginCall> for &'a PluginCall {
    fn given(call: &'a PluginCall) -> Result<Self, PluginError> {
        Ok(call)
    }
}

impl<'a> Given<'a, PluginCall> for &'a PluginClient {
    fn given(call: &'a PluginCall) -> Result<Self, PluginError> {
        Ok(call.client())
    }
}

impl<'a> Given<'a, PluginCall> for Option<&'a RequestInfo> {
    fn given(call: &'a PluginCall) -> Result<Self, PluginError> {
        Ok(call.request_info())
    }
}

impl<'a> Given<'a, PluginCall> for &'a RequestInfo {
    fn given(call: &'a PluginCall) -> Result<Self, PluginError> {
        call.request_info().ok_or_else(|| {
            PluginError::new(format!("the engine does not tell who calls `{}`", call.method()))
        })
    }
}

impl<'a> Given<'a, PluginEvent> for &'a PluginEvent {
    fn given(event: &'a PluginEvent) -> Result<Self, PluginError> {
        Ok(event)
    }
}

impl<'a> Given<'a, PluginEvent> for &'a PluginClient {
    fn given(event: &'a PluginEvent) -> Result<Self, PluginError> {
        Ok(event.client())
    }
}
