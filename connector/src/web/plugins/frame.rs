//! Frames, seen from the page around them.

use js_sys::Object;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Document, Element, HtmlIFrameElement, MessageEvent, MutationObserver, MutationObserverInit,
};

use super::parent::{ANYONE, OPAQUE};
use super::target::Target;

/// A frame in the page, until it is dropped.
pub(super) struct Frame(HtmlIFrameElement);

impl Frame {
    /// Creates a frame that is not in the page yet.
    pub(super) fn create(
        document: &Document,
        attributes: &[(&str, &str)],
    ) -> Result<Self, JsValue> {
        let frame = Self(document.create_element("iframe")?.unchecked_into());
        for (name, value) in attributes {
            frame.0.set_attribute(name, value)?;
        }
        Ok(frame)
    }

    /// Puts it into an element of the page, which loads it.
    pub(super) fn show_in(self, place: &Element) -> Result<Self, JsValue> {
        place.append_child(&self.0)?;
        Ok(self)
    }

    pub(super) fn element(&self) -> &HtmlIFrameElement {
        &self.0
    }

    /// Calls `removed` when the frame is not in the page any more, until what is returned is
    /// dropped.
    pub(super) fn watch(
        &self,
        document: &Document,
        removed: impl Fn() + 'static,
    ) -> Result<Watch, JsValue> {
        let frame = self.0.clone();
        let callback = Closure::<dyn FnMut()>::new(move || {
            if !frame.is_connected() {
                removed();
            }
        });
        let observer = MutationObserver::new(callback.as_ref().unchecked_ref())?;
        let options = MutationObserverInit::new();
        options.set_child_list(true);
        options.set_subtree(true);
        observer.observe_with_options(document, &options)?;
        // It may be in the shadow of an element, into which the document's observer does not see.
        observer.observe_with_options(&self.0.get_root_node(), &options)?;
        Ok(Watch { observer, _callback: callback })
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// The watch over a frame.
pub(super) struct Watch {
    observer: MutationObserver,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// The page in a frame.
#[derive(Clone)]
pub(super) struct Framed {
    frame: HtmlIFrameElement,
    origin: String,
}

impl Framed {
    pub(super) fn new(frame: &Frame, origin: &str) -> Self {
        Self { frame: frame.0.clone(), origin: origin.to_owned() }
    }

    /// Returns whether a message is that of the page.
    pub(super) fn accepts(&self, event: &MessageEvent) -> bool {
        let Some(window) = self.frame.content_window() else { return false };
        let source = event.source();
        source.is_some_and(|source| Object::is(&source, &window)) && event.origin() == self.origin
    }
}

impl Target for Framed {
    fn post(&self, value: &JsValue) -> Result<(), JsValue> {
        let Some(window) = self.frame.content_window() else {
            return Err("the frame has been removed".into());
        };
        let origin = if self.origin == OPAQUE { ANYONE } else { &self.origin };
        window.post_message(value, origin)
    }
}
