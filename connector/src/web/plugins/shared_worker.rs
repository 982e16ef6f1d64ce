//! Shared workers, to which any page of the origin connects.

use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, MessagePort, SharedWorkerGlobalScope};

use super::early;
use crate::web::error::WebError;
use crate::web::listener::Listener;

/// Calls `connected` with the port of each page that connects to this shared worker, for as long
/// as the worker lives. Those that came while the program was compiled are first, if the package
/// `@connector-kit/web` has kept them.
///
/// Each port is a connection of its own, to an engine of its own:
///
/// ```no_run
/// use connector::plugin::{Methods, PluginClient, create_connector_client};
/// use connector::web::{PostLink, each_shared_port};
///
/// # fn example(methods: fn() -> Methods) -> Result<(), connector::web::WebError> {
/// each_shared_port(move |port| {
///     create_connector_client(PostLink::port(port), Some(PluginClient::new(methods())));
/// })?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Returns [`WebError::NotASharedWorker`] elsewhere.
pub fn each_shared_port(mut connected: impl FnMut(MessagePort) + 'static) -> Result<(), WebError> {
    let scope = js_sys::global().dyn_into::<SharedWorkerGlobalScope>();
    let scope = scope.map_err(|_| WebError::NotASharedWorker)?;
    for event in early::take() {
        connected(port(&event));
    }
    let listener =
        Listener::new(&scope, "connect", move |event: MessageEvent| connected(port(&event)));
    // The worker ends as a whole.
    std::mem::forget(listener);
    Ok(())
}

/// Returns the port of who connects, of which there is one.
fn port(event: &MessageEvent) -> MessagePort {
    event.ports().get(0).unchecked_into()
}
