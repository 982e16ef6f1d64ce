//! A pomelo client over the browser's WebSockets.

use std::time::Duration;

use connector::Json;
use connector::client::{Client, ClientBuilder, Reconnect};
use js_sys::Function;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

use crate::exception;

/// A client of a pomelo server.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PomeloClient(Client);

#[wasm_bindgen]
impl PomeloClient {
    /// Connects to `url`, and shakes hands. The connection stays lost when it is lost.
    pub async fn connect(url: String) -> Result<PomeloClient, JsError> {
        Self::opened(Client::builder().reconnect(Reconnect::never()), &url).await
    }

    /// The same, of a client that connects again, and takes packages up to a length.
    #[wasm_bindgen(js_name = connectWith)]
    pub async fn connect_with(url: String, max_package: usize) -> Result<PomeloClient, JsError> {
        let reconnect = Reconnect::new().first_wait(Duration::from_millis(20));
        let builder = Client::builder().reconnect(reconnect).max_package(max_package);
        Self::opened(builder, &url).await
    }

    /// Sends a request with a JSON body, and returns the answer's.
    pub async fn request(&self, route: String, body: String) -> Result<String, JsError> {
        ask(&self.0, &route, &body).await
    }

    /// Sends a request that has to be answered within so many milliseconds.
    #[wasm_bindgen(js_name = requestWithin)]
    pub async fn request_within(
        &self,
        ms: u32,
        route: String,
        body: String,
    ) -> Result<String, JsError> {
        ask(&self.0.with_request_timeout(Duration::from_millis(ms.into())), &route, &body).await
    }

    /// Sends a notify with a JSON body.
    pub async fn notify(&self, route: String, body: String) -> Result<(), JsError> {
        let body: Value = serde_json::from_str(&body).map_err(exception)?;
        self.0.notify(&route, Json(body)).await.map_err(exception)
    }

    /// Calls `heard` with the JSON body of each push on a route.
    pub fn on(&self, route: String, heard: Function) {
        let mut pushes = self.0.pushes::<Json<Value>>(&*route);
        wasm_bindgen_futures::spawn_local(async move {
            while let Some(push) = pushes.next().await {
                let text = push.map_or_else(|error| error.to_string(), |body| body.0.to_string());
                // What a test throws is the test's.
                let _ = heard.call1(&JsValue::NULL, &text.into());
            }
        });
    }

    /// Calls `changed` with each state of the connection, as Rust writes it.
    pub fn states(&self, changed: Function) {
        let mut states = self.0.states();
        wasm_bindgen_futures::spawn_local(async move {
            while let Some(state) = states.next().await {
                let _ = changed.call1(&JsValue::NULL, &format!("{state:?}").into());
            }
        });
    }

    /// Returns whether the connection is open.
    pub fn is_open(&self) -> bool {
        self.0.state().is_open()
    }

    /// Waits until the client is closed, and returns the reason.
    pub async fn closed(&self) -> String {
        self.0.closed().await.to_string()
    }

    /// Closes the connection.
    pub async fn close(&self) {
        self.0.close().await;
    }

    async fn opened(builder: ClientBuilder, url: &str) -> Result<PomeloClient, JsError> {
        builder.connect(url).await.map(Self).map_err(exception)
    }
}

async fn ask(client: &Client, route: &str, body: &str) -> Result<String, JsError> {
    let body: Value = serde_json::from_str(body).map_err(exception)?;
    let answer: Json<Value> = client.request(route, Json(body)).await.map_err(exception)?;
    Ok(answer.0.to_string())
}
