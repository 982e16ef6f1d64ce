//! The values of calls and events, as a program writes them.

use connector_protocol::remix::{Arguments, ArgumentsError};
use serde::Serialize;

/// The values of a call or an event: a tuple of up to 16, an array, a slice or a `Vec`, `()`
/// for none, or [`Arguments`]. A single value is a tuple of one.
///
/// ```
/// use connector::plugin::IntoArguments;
///
/// # fn main() -> Result<(), connector::plugin::ArgumentsError> {
/// assert_eq!(("x",).into_arguments()?.as_payload().as_str(), r#"["x"]"#);
/// assert_eq!((1, None::<u8>).into_arguments()?.as_payload().as_str(), "[1,null]");
/// assert_eq!(().into_arguments()?.as_payload().as_str(), "[]");
/// # Ok(())
/// # }
/// ```
///
/// A value alone does not compile:
///
/// ```compile_fail,E0277
/// use connector::plugin::{CallError, PluginClient};
///
/// async fn log(client: &PluginClient) -> Result<(), CallError> {
///     client.call("console", "log", "x").await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the values of a call or an event",
    label = "not a tuple, an array, a slice or a `Vec`",
    note = "write `(value,)` for a single value, and `()` for none",
    note = "a struct is a value too: `(value,)`; a tuple has at most 16"
)]
pub trait IntoArguments {
    /// Writes the values.
    ///
    /// # Errors
    /// Returns [`ArgumentsError::Json`] for values that cannot be JSON.
    fn into_arguments(self) -> Result<Arguments, ArgumentsError>;
}

impl IntoArguments for Arguments {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        Ok(self)
    }
}

impl IntoArguments for &Arguments {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        Ok(self.clone())
    }
}

impl IntoArguments for () {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        Ok(Arguments::default())
    }
}

impl<T: Serialize> IntoArguments for &[T] {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        Arguments::of(self)
    }
}

impl<T: Serialize> IntoArguments for Vec<T> {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        self.as_slice().into_arguments()
    }
}

impl<T: Serialize> IntoArguments for &Vec<T> {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        self.as_slice().into_arguments()
    }
}

// serde implements `Serialize` for short arrays alone.
impl<T: Serialize, const N: usize> IntoArguments for [T; N] {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        self.as_slice().into_arguments()
    }
}

impl<T: Serialize, const N: usize> IntoArguments for &[T; N] {
    fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
        self.as_slice().into_arguments()
    }
}

macro_rules! tuples {
    ($first:ident $($others:ident)*) => {
        impl<$first: Serialize, $($others: Serialize),*> IntoArguments for ($first, $($others,)*) {
            fn into_arguments(self) -> Result<Arguments, ArgumentsError> {
                Arguments::of(&self)
            }
        }
        tuples!($($others)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L M N O P);

#[cfg(test)]
mod tests {
    use super::*;

    fn text(values: impl IntoArguments) -> String {
        values.into_arguments().unwrap().as_payload().to_string()
    }

    #[test]
    fn values_are_lists() {
        let owned = vec!["a".to_owned()];
        assert_eq!(text(&owned), r#"["a"]"#);
        assert_eq!(text(&owned[..0]), "[]");
        assert_eq!(text(owned), r#"["a"]"#);
        assert_eq!(text([0; 40]).len(), 81);
        let pair = ["a".to_owned(), "b".to_owned()];
        assert_eq!(text(&pair), r#"["a","b"]"#);
        assert_eq!(text(pair), r#"["a","b"]"#);
        assert_eq!(text([0; 0]), "[]");
        assert_eq!(text(()), "[]");
        assert_eq!(text((None::<u8>,)), "[null]");
        assert_eq!(text((1, "b", [2], (), 5, 6, 7, 8, 9, 10, 11, 12)).matches(',').count(), 11);
        let arguments = (1,).into_arguments().unwrap();
        assert_eq!(text(&arguments), "[1]");
        assert_eq!(text(arguments), "[1]");
        let no_json = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(matches!((no_json,).into_arguments(), Err(ArgumentsError::Json(_))));
    }
}
