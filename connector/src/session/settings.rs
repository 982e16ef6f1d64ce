//! The data that an application keeps with a session: settings by key, and values by type.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Session;
use crate::{MaybeSend, MaybeSync};

impl Session {
    /// Stores a setting for the lifetime of the session.
    ///
    /// # Errors
    /// Returns an error if JSON cannot express the value.
    pub fn set<T: Serialize + ?Sized>(
        &self,
        key: impl Into<String>,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let (key, value) = (key.into(), serde_json::to_value(value)?);
        self.state().extras_mut().settings.insert(key, value);
        Ok(())
    }

    /// Returns a setting, if it exists and is of this type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state().extras.as_ref()?.settings.get(key)?.clone();
        serde_json::from_value(value).ok()
    }

    /// Removes a setting, and returns its value.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.state().extras.as_mut()?.settings.remove(key)
    }

    /// Returns all settings.
    pub fn settings(&self) -> BTreeMap<String, Value> {
        self.state().extras.as_ref().map(|extras| extras.settings.clone()).unwrap_or_default()
    }

    /// Stores a value for the lifetime of the session, at most one of each type. Returns
    /// the one before. Unlike a [setting](Self::set) it is not written as JSON.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// #[derive(Clone, Debug, PartialEq)]
    /// struct Level(u32);
    ///
    /// # fn example(session: &Session) {
    /// assert_eq!(session.set_value(Level(7)), None);
    /// assert_eq!(session.value(), Some(Level(7)));
    /// # }
    /// ```
    pub fn set_value<T: Clone + MaybeSend + MaybeSync + 'static>(&self, value: T) -> Option<T> {
        // What was there is cloned and dropped without the lock.
        let before = self.state().extras_mut().values.insert(value);
        before.as_ref()?.get().cloned()
    }

    /// Returns a clone of the value of this type.
    pub fn value<T: Clone + 'static>(&self) -> Option<T> {
        let value = self.state().extras.as_ref()?.values.shared::<T>();
        value.as_ref()?.get().cloned()
    }

    /// Returns a clone of the value of this type, and stores what `make` returns if there is
    /// none. If two tasks do so at once, both get the value of one of them.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// # fn example(session: &Session) {
    /// let calls = session.value_or_insert_with(Arc::<AtomicU32>::default);
    /// calls.fetch_add(1, Ordering::Relaxed);
    /// # }
    /// ```
    pub fn value_or_insert_with<T: Clone + MaybeSend + MaybeSync + 'static>(
        &self,
        make: impl FnOnce() -> T,
    ) -> T {
        if let Some(value) = self.value() {
            return value;
        }
        let value = make();
        let made = value.clone();
        let first = {
            let mut state = self.state();
            let values = &mut state.extras_mut().values;
            match values.shared::<T>() {
                None => {
                    values.insert(made);
                    None
                }
                first => first,
            }
        };
        first.and_then(|first| first.get().cloned()).unwrap_or(value)
    }

    /// Removes the value of this type, and returns it.
    pub fn remove_value<T: Clone + 'static>(&self) -> Option<T> {
        let value = self.state().extras.as_mut()?.values.remove::<T>();
        value.as_ref()?.get().cloned()
    }
}
