//! Listeners of events.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

/// A listener of events of one kind, until it is dropped.
pub(super) struct Listener {
    target: EventTarget,
    kind: &'static str,
    callback: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    /// Adds a listener. `E` is the type of the events, which is not checked.
    pub(super) fn new<E: JsCast + 'static>(
        target: &EventTarget,
        kind: &'static str,
        mut on: impl FnMut(E) + 'static,
    ) -> Self {
        let callback = Closure::new(move |event: JsValue| on(event.unchecked_into()));
        // It fails for nothing that is a target of events.
        let _ = target.add_event_listener_with_callback(kind, as_function(&callback));
        Self { target: target.clone(), kind, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = as_function(&self.callback);
        let _ = self.target.remove_event_listener_with_callback(self.kind, callback);
    }
}

fn as_function(callback: &Closure<dyn FnMut(JsValue)>) -> &js_sys::Function {
    callback.as_ref().unchecked_ref()
}
