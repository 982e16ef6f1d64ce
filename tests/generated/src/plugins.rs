//! An engine and its plugins, as a page has them: what they own need not be `Send` there.

use std::task::{Context, Poll};

use connector::CloseReason;
use connector::plugin::{
    CallError, ConnectError, Engine, EngineError, LocalPlugin, MessageIo, MessageLink, Methods,
    Permissions, PluginCall, PluginConnector, PluginError, PluginOptions,
};
use connector::protocol::remix::{Message, Profile};

#[cfg(not(target_family = "wasm"))]
use std::sync::Arc as Shared;

#[cfg(target_family = "wasm")]
use std::rc::Rc as Shared;

/// A window that messages are posted to.
#[derive(Clone, Debug, Default)]
pub struct Window {
    title: Shared<str>,
}

impl MessageLink for Window {
    fn send_message(&mut self, _: Message, _: &mut MessageIo) -> Result<(), CloseReason> {
        Err(CloseReason::PeerClosed)
    }

    fn poll_message(
        &mut self,
        _: &mut Context<'_>,
        _: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        Poll::Ready(Err(CloseReason::PeerClosed))
    }
}

/// A plugin in a frame.
#[derive(Debug)]
pub struct Frame {
    profile: Profile,
    window: Window,
}

impl PluginConnector for Frame {
    type Link = Window;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<Window, ConnectError> {
        if *self.window.title == *url { Err(ConnectError::NoUrl) } else { Ok(self.window.clone()) }
    }
}

/// Permissions that ask by a dialog.
#[derive(Debug, Default)]
pub struct Dialog(Window);

impl Permissions for Dialog {
    async fn can_activate(&self, from: &Profile, _: &Profile, _: Option<&str>) -> bool {
        *from.name != *self.0.title
    }
}

/// Creates an engine with a plugin in a frame, and one of its own.
///
/// # Errors
/// Returns an error if both have the same name.
pub fn engine(window: &Window) -> Result<Engine, EngineError> {
    let engine = Engine::with_permissions(Dialog(window.clone()));
    let own = window.clone();
    let methods = Methods::new().method("title", move |_: PluginCall| {
        let own = own.clone();
        async move { Ok::<_, PluginError>(own.title.to_string()) }
    });
    engine.register(LocalPlugin::new(Profile::new("host"), methods))?;
    let frame = Frame { profile: Profile::new("frame"), window: window.clone() };
    engine.register_with(frame, PluginOptions::new().at_once(4))?;
    let heard = window.clone();
    engine.on("frame", "loaded", move |_| drop(heard.clone()));
    Ok(engine)
}

/// Asks the engine's own plugin.
///
/// # Errors
/// Returns the error of the call.
pub async fn title(engine: &Engine) -> Result<String, CallError> {
    engine.activate("host").await.ok();
    engine.call("host", "title", ()).await
}
