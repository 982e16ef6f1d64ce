//! Plugins in workers that the engine starts.

use std::io;
use std::rc::Rc;

use connector_protocol::CloseReason;
use connector_protocol::remix::Profile;
use wasm_bindgen::JsValue;
use web_sys::{ErrorEvent, Worker, WorkerOptions, WorkerType};

use super::post_link::PostLink;
use crate::plugin::{ConnectError, PluginConnector};
use crate::web::error::text;
use crate::web::listener::Listener;

/// An engine's connector to a plugin that it starts as a dedicated worker: Remix's
/// `WebWorkerPlugin`. Its script is at the profile's `url`, of the page's own origin.
///
/// A deactivation terminates the worker. An exception that it does not catch ends it too, as in
/// a program that panics, and the engine starts another one, see
/// [`PluginOptions::reconnect_delay`](crate::plugin::PluginOptions::reconnect_delay).
#[derive(Clone, Debug)]
pub struct WebWorkerPlugin {
    profile: Profile,
    kind: WorkerType,
}

impl WebWorkerPlugin {
    /// Creates the connector of a plugin whose script is a module.
    pub fn new(profile: Profile) -> Self {
        Self { profile, kind: WorkerType::Module }
    }

    /// Starts the script as a classic one, which has `importScripts` and no `import`.
    #[must_use]
    pub fn classic(mut self) -> Self {
        self.kind = WorkerType::Classic;
        self
    }
}

impl PluginConnector for WebWorkerPlugin {
    type Link = PostLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<PostLink, ConnectError> {
        if url.is_empty() {
            return Err(ConnectError::NoUrl);
        }
        let options = WorkerOptions::new();
        options.set_name(&self.profile.name);
        options.set_type(self.kind);
        let started = Worker::new_with_options(url, &options);
        let worker = started.map_err(|error: JsValue| ConnectError::Url(text(&error)))?;
        let (mut link, passage) = PostLink::listen(Rc::new(worker.clone()), &worker, |_| true);
        let url = url.to_owned();
        link.keep(Listener::new(&worker, "error", move |event: ErrorEvent| {
            // A script that cannot be loaded has no text.
            let exception = js_sys::Reflect::get(&event, &"message".into());
            let message = match exception {
                Ok(exception) if exception.is_string() => {
                    format!("the worker has failed: {}", text(&exception))
                }
                _ => format!("the worker's script `{url}` cannot be loaded"),
            };
            passage.end(CloseReason::Lost { kind: io::ErrorKind::Other, message });
        }));
        Ok(link)
    }
}
