//! Return values of methods, listeners and hooks.

use std::fmt::Display;

use connector_protocol::remix::Payload;
use connector_protocol::text::escaped;
use serde::Serialize;

use crate::plugin::PluginError;
use crate::plugin::calls::MethodResult;

/// Writes what a method has returned: nothing for `()`, as in JavaScript. The error of the
/// value's type is not sent.
pub(in crate::plugin) fn written<T: Serialize>(method: &str, result: &T) -> MethodResult {
    if is_nothing(result) {
        return Ok(None);
    }
    match Payload::of(result) {
        Ok(payload) => Ok(Some(payload)),
        Err(error) => {
            tracing::error!(method, error = %escaped(error), "a result could not be written");
            Err(PluginError::new("The result could not be written"))
        }
    }
}

/// The value that a method has returned. The inherent method is chosen for a `Result`, that
/// of [`Value`] for everything else.
#[allow(missing_debug_implementations)]
pub struct Returned<T>(pub T);

impl<T, E> Returned<Result<T, E>> {
    /// Writes the value, or returns the error.
    ///
    /// # Errors
    /// Returns the method's error.
    pub fn into_result(self, method: &str) -> MethodResult
    where
        T: MethodValue,
        E: MethodError,
    {
        match self.0 {
            Ok(value) => written(method, &value),
            Err(error) => Err(PluginError::new(error.to_string())),
        }
    }
}

/// The fallback of [`Returned`] for values that are not a `Result`.
pub trait Value: Sized {
    /// The value's type.
    type Value;

    /// Writes the value.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    fn into_result(self, method: &str) -> MethodResult
    where
        Self::Value: MethodValue;
}

impl<T> Value for Returned<T> {
    type Value = T;

    fn into_result(self, method: &str) -> MethodResult
    where
        T: MethodValue,
    {
        written(method, &self.0)
    }
}

/// The value of a method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a plugin's method",
    label = "does not implement `serde::Serialize`",
    note = "put `#[derive(serde::Serialize)]` on the type; `()` answers without a value"
)]
pub trait MethodValue: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> MethodValue for T {}

/// The error of a method, whose text is sent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a plugin's method",
    label = "does not implement `Display`, whose text is sent to the caller",
    note = "implement `Display` for it, for example by `thiserror`, or return a `PluginError`"
)]
pub trait MethodError: Display {}

#[diagnostic::do_not_recommend]
impl<E: Display> MethodError for E {}

/// A return value of a listener or a hook: nothing, or an error that is logged.
#[diagnostic::on_unimplemented(
    message = "a listener or a hook cannot return `{Self}`",
    label = "nobody gets this value",
    note = "return nothing, or a `Result<(), E>` whose error is logged"
)]
pub trait Done {
    /// Returns the error, if there is one.
    ///
    /// # Errors
    /// Returns the listener's or the hook's error.
    fn done(self) -> Result<(), PluginError>;
}

impl Done for () {
    fn done(self) -> Result<(), PluginError> {
        Ok(())
    }
}

impl<E: MethodError> Done for Result<(), E> {
    fn done(self) -> Result<(), PluginError> {
        self.map_err(|error| PluginError::new(error.to_string()))
    }
}

/// Returns whether a value is one as `()`, which is `null` and takes no memory. Nothing is
/// allocated to find out.
fn is_nothing<T: Serialize>(value: &T) -> bool {
    let mut null = *b"    ";
    size_of::<T>() == 0 && serde_json::to_writer(&mut null[..], value).is_ok() && null == *b"null"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Empty {}

    #[derive(Serialize)]
    enum Only {
        Nil,
    }

    /// A value without a form in JSON.
    struct Unwritable;

    impl Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("as wanted"))
        }
    }

    #[test]
    fn values_that_take_no_memory_are_nothing_only_if_they_are_null() {
        let text = |result: MethodResult| result.unwrap().map(|payload| payload.to_string());
        assert_eq!(text(written("m", &())), None);
        assert_eq!(text(written("m", &Unit)), None);
        assert_eq!(text(written("m", &Empty {})), Some("{}".to_owned()));
        assert_eq!(text(written("m", &[(); 0])), Some("[]".to_owned()));
        assert_eq!(text(written("m", &Only::Nil)), Some("\"Nil\"".to_owned()));
        assert_eq!(text(written("m", &None::<u8>)), Some("null".to_owned()));
        assert!(written("m", &Unwritable).is_err());
    }
}
