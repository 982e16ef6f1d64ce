//! The plugin of `examples/remix-plugin` in a browser: in a page, which lists the calls, or in a
//! worker.

#![cfg(target_family = "wasm")]

#[path = "../../remix-plugin/src/methods.rs"]
mod methods;
mod page;
mod shown;

use connector::plugin::{PluginClient, create_connector_client};
use connector::web::{Origins, PostLink, WebError, follow_theme};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use wasmtimer::tokio::sleep;

use self::methods::Toy;
use self::page::Page;
use self::shown::Shown;

/// Serves the page around this one, which may have any origin: no method does harm.
#[wasm_bindgen]
pub fn serve_page() -> Result<(), JsError> {
    tell_panics();
    let page = Page::new("calls", "state");
    let link = match PostLink::parent(Origins::any()) {
        Ok(link) => link,
        Err(WebError::NoParent) => {
            page.set_state("An engine opens this page in a frame, and calls it.");
            return Ok(());
        }
        Err(error) => return Err(JsError::new(&error.to_string())),
    };
    let plugin = PluginClient::new(Shown::new(Toy::default(), page));
    follow_theme(&create_connector_client(link, Some(plugin)));
    Ok(())
}

/// Serves the page that has started this worker.
#[wasm_bindgen]
pub fn serve_worker() -> Result<(), JsError> {
    tell_panics();
    let link = PostLink::worker_scope().map_err(|error| JsError::new(&error.to_string()))?;
    create_connector_client(link, Some(PluginClient::new(Toy::default())));
    Ok(())
}

/// Makes panics tell what they are: all that a page sees of one is `unreachable`.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
}
