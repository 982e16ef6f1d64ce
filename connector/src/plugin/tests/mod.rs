//! Both sides against each other, in memory.

mod calls;
mod connections;
mod events;
mod pages;
mod stops;
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
    link: Option<WebSocketLink<DuplexStream>>,
}

impl PluginConnector for MemoryPlugin {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str, io: &mut MessageIo) -> Result<(), ConnectError> {
        let refused = |error: std::io::Error| CloseReason::lost(&error);
        let stream = self.dialer.dial().await.map_err(refused)?;
        let mut link = WebSocketLink::client(stream, url, "/", true).unwrap();
        poll_fn(|cx| io.poll_open(&mut link, cx)).await?;
        self.link = Some(link);
        Ok(())
    }

    fn send(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        io.send(self.link.as_ref().unwrap(), &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        io.poll_message(self.link.as_mut().unwrap(), cx)
    }

    fn poll_disconnect(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        match &mut self.link {
            Some(link) => io.poll_close(link, cx, reason),
            None => Poll::Ready(()),
        }
    }

    fn abandon(&mut self) {
        self.link = None;
    }

    fn reconnects_after(&self, _: &CloseReason) -> bool {
        self.link.as_ref().and_then(WebSocketLink::close_code) != Some(CloseCode::NORMAL)
    }
}

/// Serves a plugin in memory, in a task that ends with the test.
fn serve_in_memory(methods: Methods) -> MemoryDialer {
    let memory = Memory::default();
    let dialer = memory.dialer();
    tokio::spawn(serve(methods, WebSocket::new(memory, WebOptions::new().text())));
    dialer
}

fn remote(dialer: MemoryDialer, handler: impl HostHandler, options: PluginOptions) -> RemotePlugin {
    let profile = Profile::new("remote").url("memory");
    RemotePlugin::new(MemoryPlugin { profile, dialer, link: None }, handler, options)
}

/// A plugin and an engine without any other plugin, which have shaken hands.
async fn connected(methods: Methods) -> RemotePlugin {
    connected_to(methods, ()).await
}

async fn connected_to(methods: Methods, handler: impl HostHandler) -> RemotePlugin {
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(1));
    let plugin = remote(serve_in_memory(methods), handler, options);
    plugin.connect().await.unwrap();
    plugin
}

fn error_of<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    result.unwrap_err().to_string()
}

/// Payloads in the order that they were heard.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn callback(&self) -> impl Fn(Arguments) + Send + Sync + use<> {
        let heard = self.0.clone();
        move |payload| heard.lock().unwrap().push(payload.as_payload().to_string())
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
