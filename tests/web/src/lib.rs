//! What the pages, workers and threads of `tests/web` run: the plugin of `examples/remix-plugin`,
//! an engine with the host of `examples/remix-engine`, and a client.

#![cfg(target_family = "wasm")]

pub mod client;
pub mod engine;
#[path = "../../../examples/remix-engine/src/host.rs"]
mod host;
#[path = "../../../examples/remix-plugin/src/methods.rs"]
mod methods;
pub mod plugin;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use wasmtimer::tokio::sleep;

/// Makes panics tell what they are: all that a page sees of one is `unreachable`.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
}

/// Returns an error as an exception.
fn exception(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}
