//! The fields of a message, written and read one by one.

use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserializer, Serialize, Serializer};

use super::Form;

/// The writer of a message's fields.
#[derive(Debug)]
pub struct Fields<S>(pub(super) S);

impl<S: SerializeMap> Fields<S> {
    /// Writes a field, whatever its value is.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn always<F: Form<T>, T>(&mut self, _: F, name: &str, value: &T) -> Result<(), S::Error> {
        self.0.serialize_entry(name, &Formed::<F, T>(value, PhantomData))
    }

    /// Writes a field with presence, if it is set.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn optional<F: Form<T>, T>(
        &mut self,
        form: F,
        name: &str,
        value: &Option<T>,
    ) -> Result<(), S::Error> {
        value.as_ref().map_or(Ok(()), |value| self.always(form, name, value))
    }

    /// Writes a field without presence, if it is not the default.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn plain<F: Form<T>, T>(&mut self, form: F, name: &str, value: &T) -> Result<(), S::Error> {
        if F::is_default(value) { Ok(()) } else { self.always(form, name, value) }
    }
}

/// A value with its form.
pub(super) struct Formed<'a, F, T>(pub(super) &'a T, pub(super) PhantomData<F>);

impl<F: Form<T>, T> Serialize for Formed<'_, F, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        F::write(self.0, serializer)
    }
}

/// The value of a field whose name was read.
#[derive(Debug)]
pub struct Entry<'a, A>(pub(super) &'a mut A);

impl<'de, A: MapAccess<'de>> Entry<'_, A> {
    /// Reads the value of a required field.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    pub fn always<F: Form<T>, T: Default>(self, form: F, place: &mut T) -> Result<(), A::Error> {
        self.plain(form, place)
    }

    /// Reads the value of a field of a oneof.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    pub fn choice<F: Form<T>, T, C>(
        self,
        _: F,
        place: &mut Option<C>,
        choose: impl FnOnce(T) -> C,
    ) -> Result<(), A::Error> {
        let Some(value) = self.take::<F, T>()? else { return Ok(()) };
        if place.is_some() {
            return Err(A::Error::custom("two fields of one `oneof` are set: write one of them"));
        }
        *place = Some(choose(value));
        Ok(())
    }

    /// Reads the value of a field with presence.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    pub fn optional<F: Form<T>, T>(self, _: F, place: &mut Option<T>) -> Result<(), A::Error> {
        *place = self.take::<F, T>()?;
        Ok(())
    }

    /// Reads the value of a field without presence.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    pub fn plain<F: Form<T>, T: Default>(self, _: F, place: &mut T) -> Result<(), A::Error> {
        *place = self.take::<F, T>()?.unwrap_or_default();
        Ok(())
    }

    /// Skips the value of an unknown field.
    ///
    /// # Errors
    /// Returns the deserializer's error.
    pub fn skip(self) -> Result<(), A::Error> {
        self.0.next_value::<IgnoredAny>().map(drop)
    }

    fn take<F: Form<T>, T>(self) -> Result<Option<T>, A::Error> {
        self.0.next_value_seed(OrNull::<F, T>(PhantomData))
    }
}

/// The seed that reads a value or `null`.
struct OrNull<F, T>(PhantomData<(F, T)>);

impl<'de, F: Form<T>, T> DeserializeSeed<'de> for OrNull<F, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, F: Form<T>, T> Visitor<'de> for OrNull<F, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(F::null())
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(F::null())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        F::read_known(deserializer)
    }
}

/// The seed that reads a value, and does not accept `null`. It yields `None` for a value that
/// is to be skipped.
pub(super) struct ReadKnown<F, T>(pub(super) PhantomData<(F, T)>);

impl<'de, F: Form<T>, T> DeserializeSeed<'de> for ReadKnown<F, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        F::read_known(deserializer)
    }
}

/// The seed that reads a value, and does not accept `null`.
pub(super) struct Read<F, T>(pub(super) PhantomData<(F, T)>);

impl<'de, F: Form<T>, T> DeserializeSeed<'de> for Read<F, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        F::read(deserializer)
    }
}
