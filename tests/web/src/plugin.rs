//! The plugin, over each link.

use connector::plugin::{ClientConnector, PluginClient, create_connector_client};
use connector::web::{Origins, PostLink, each_shared_port, follow_theme};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

use crate::exception;
use crate::methods::Toy;

/// Serves the page around this one, if it has one of these origins. Without any, all may.
#[wasm_bindgen]
pub fn serve_parent(origins: Vec<String>) -> Result<(), JsError> {
    let origins = match &origins[..] {
        [] => Origins::any(),
        [only @ .., last] if last == "loopback" => {
            Origins::only(only).map_err(exception)?.and_loopback()
        }
        only => Origins::only(only).map_err(exception)?,
    };
    let link = PostLink::parent(origins).map_err(exception)?;
    follow_theme(&serve(link));
    Ok(())
}

/// Serves the page that has started this worker.
#[wasm_bindgen]
pub fn serve_worker() -> Result<(), JsError> {
    serve(PostLink::worker_scope().map_err(exception)?);
    Ok(())
}

/// Serves each page that connects to this shared worker.
#[wasm_bindgen]
pub fn serve_shared_worker() -> Result<(), JsError> {
    each_shared_port(serve_port).map_err(exception)
}

/// Serves the other end of a port.
#[wasm_bindgen]
pub fn serve_port(port: MessagePort) {
    serve(PostLink::port(port));
}

/// Serves the other end of a channel.
#[wasm_bindgen]
pub fn serve_broadcast(name: &str) -> Result<(), JsError> {
    serve(PostLink::broadcast(name).map_err(exception)?);
    Ok(())
}

/// An engine, at the other end of a link.
#[derive(ClientConnector)]
struct Posted {
    #[connector(socket)]
    link: PostLink,
}

fn serve(link: PostLink) -> PluginClient {
    create_connector_client(Posted { link }, Some(PluginClient::new(Toy::default())))
}
