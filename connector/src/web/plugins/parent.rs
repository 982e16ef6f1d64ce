//! The page around a frame, seen from within.

use std::cell::RefCell;

use js_sys::Object;
use wasm_bindgen::JsValue;
use web_sys::{MessageEvent, Window};

use super::origins::Origins;
use super::target::Target;
use crate::web::error::WebError;

/// The origin of pages that have none of their own, which no message can be posted to by name.
pub(super) const OPAQUE: &str = "null";
/// The target of messages to whichever page is there.
pub(super) const ANYONE: &str = "*";

/// The window around a frame.
pub(super) struct Parent {
    window: Window,
    origins: Origins,
    /// The origin of the engine, once a message has come from it.
    engine: RefCell<Option<String>>,
}

impl Parent {
    /// Returns the window around that of a frame.
    pub(super) fn of(window: &Window, origins: Origins) -> Result<Self, WebError> {
        let parent = window.parent()?.filter(|parent| parent != window);
        let window = parent.ok_or(WebError::NoParent)?;
        Ok(Self { window, origins, engine: RefCell::new(None) })
    }

    /// Returns whether a message is the engine's. The first one settles the engine's origin: the
    /// window stays the same one when it shows another page.
    pub(super) fn accepts(&self, event: &MessageEvent) -> bool {
        let source = event.source();
        let origin = event.origin();
        let is_parent = source.is_some_and(|source| Object::is(&source, &self.window));
        if !is_parent || !self.origins.allow(&origin) {
            return false;
        }
        *self.engine.borrow_mut().get_or_insert_with(|| origin.clone()) == origin
    }
}

impl Target for Parent {
    /// Posts to the engine. Before that is known, the only message is the one that asks for a
    /// handshake, which any page may read.
    fn post(&self, value: &JsValue) -> Result<(), JsValue> {
        let engine = self.engine.borrow();
        let origin = engine.as_deref().filter(|origin| *origin != OPAQUE).unwrap_or(ANYONE);
        self.window.post_message(value, origin)
    }
}
