//! Both sides against each other, in memory.

mod accepted;
mod attribute;
mod bursts;
mod by_hand;
mod calls;
#[cfg(all(unix, feature = "child-process"))]
mod children;
mod connections;
mod counts;
mod engine;
mod engine_links;
mod engine_options;
mod engine_person;
mod engine_rules;
mod engine_status;
mod engine_stops;
mod events;
mod hostile;
mod inbox;
mod pages;
mod panics;
mod pauses;
mod ports;
mod rates;
mod silence;
mod stops;
mod threads;
mod views;
mod wire;

use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::remix::{Arguments, Message, Payload, Profile};
use connector_protocol::ws::CloseCode;
use tokio::io::DuplexStream;

use super::*;
use crate::transport::{Memory, MemoryDialer, WebOptions, WebSocket, WebSocketLink};

/// An engine's side over a stream in memory.
struct MemoryPlugin {
    profile: Profile,
    dialer: MemoryDialer,
}

impl PluginConnector for MemoryPlugin {
    type Link = WebSocketLink<DuplexStream>;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<Self::Link, ConnectError> {
        let stream = self.dialer.dial().await.map_err(|error| CloseReason::lost(&error))?;
        Ok(WebSocketLink::client(stream, url, "/", true).unwrap())
    }

    fn reconnects_after(&self, link: &Self::Link, _: &CloseReason) -> bool {
        link.close_code() != Some(CloseCode::NORMAL)
    }
}

/// Serves a plugin in memory, in a task that ends with the test.
fn serve_in_memory(methods: impl PluginMethods) -> MemoryDialer {
    let memory = Memory::default();
    let dialer = memory.dialer();
    tokio::spawn(serve(methods, WebSocket::new(memory, WebOptions::new().text())));
    dialer
}

fn remote(dialer: MemoryDialer, handler: impl HostHandler, options: PluginOptions) -> RemotePlugin {
    let profile = Profile::new("remote").url("memory");
    RemotePlugin::new(MemoryPlugin { profile, dialer }, handler, options)
}

/// A plugin and an engine without any other plugin, which have shaken hands.
async fn connected(methods: impl PluginMethods) -> RemotePlugin {
    connected_to(methods, ()).await
}

async fn connected_to(methods: impl PluginMethods, handler: impl HostHandler) -> RemotePlugin {
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(1));
    let plugin = remote(serve_in_memory(methods), handler, options);
    plugin.connect().await.unwrap();
    plugin
}

fn error_of<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    result.unwrap_err().to_string()
}

/// Tells that it was dropped, and panics then.
struct PanicsWhenDropped(tokio::sync::mpsc::UnboundedSender<()>);

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
        if !std::thread::panicking() {
            panic!("as wanted");
        }
    }
}

/// Payloads in the order that they were heard.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn callback(&self) -> impl Fn(Arguments) + Send + Sync + use<> {
        let heard = self.0.clone();
        move |payload| heard.lock().unwrap().push(payload.as_payload().to_string())
    }

    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
