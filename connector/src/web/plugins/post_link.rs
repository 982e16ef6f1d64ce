//! Links of posted messages.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;
use wasm_bindgen::JsCast;
use web_sys::{
    BroadcastChannel, DedicatedWorkerGlobalScope, Event, EventTarget, MessageEvent, MessagePort,
};

use super::early;
use super::origins::Origins;
use super::parent::Parent;
use super::passage::Passage;
use super::target::Target;
use crate::plugin::{CallbackLink, MessageIo, MessageLink};
use crate::web::error::WebError;
use crate::web::listener::Listener;

/// A link whose messages are objects that are posted by `postMessage`, as those of Remix's
/// frames and workers. It is a [`ClientConnector`](crate::plugin::ClientConnector).
///
/// | constructor | other end |
/// |---|---|
/// | [`PostLink::parent`] | the page around the frame that this page is in |
/// | [`PostLink::worker_scope`] | the page that has started this dedicated worker |
/// | [`PostLink::port`] | that of a `MessagePort`: shared workers, `worker_threads` of Node |
/// | [`PostLink::broadcast`] | a page or worker of the same origin, by a `BroadcastChannel` |
///
/// An engine's ends of these are opened by [`IframePlugin`](crate::web::IframePlugin),
/// [`WebWorkerPlugin`](crate::web::WebWorkerPlugin) and [`PortPlugin`](crate::web::PortPlugin).
///
/// Posted values are not JSON. The [module](crate::web#values) lists what becomes of those that
/// JSON lacks. A value that is not a message is skipped. A message that is longer than
/// [`Limits::package`](crate::Limits::package), in characters of its JSON, ends the connection,
/// and is not copied into the program's memory.
pub struct PostLink {
    link: CallbackLink<Passage>,
    /// The longest message that is taken, in characters.
    limit: Rc<Cell<usize>>,
    /// What lives as long as the link: listeners, and the frame.
    kept: Vec<Box<dyn Any>>,
}

impl PostLink {
    /// Creates the link of a frame's page to the page around it, which is the engine, and one of
    /// these origins. The first message that comes from such a page settles its origin, and all
    /// others have to come from there.
    ///
    /// # Errors
    /// Returns [`WebError::NoParent`] in a page that is not in a frame.
    pub fn parent(origins: Origins) -> Result<Self, WebError> {
        let window = web_sys::window().ok_or(WebError::NoParent)?;
        let parent = Rc::new(Parent::of(&window, origins)?);
        let checks = parent.clone();
        let is_from = move |event: &MessageEvent| checks.accepts(event);
        Ok(Self::listen_early(parent, &window, is_from))
    }

    /// Creates the link of a dedicated worker to the page that has started it.
    ///
    /// # Errors
    /// Returns [`WebError::NotAWorker`] outside of a dedicated worker.
    pub fn worker_scope() -> Result<Self, WebError> {
        let scope = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>();
        let scope = scope.map_err(|_| WebError::NotAWorker)?;
        // Its owner alone posts to it.
        Ok(Self::listen_early(Rc::new(scope.clone()), &scope, |_| true))
    }

    /// Creates the link of a port. It closes the port, and ends when the other one is closed,
    /// where the platform tells that.
    pub fn port(port: MessagePort) -> Self {
        let (mut link, passage) = Self::listen(Rc::new(port.clone()), &port, |_| true);
        let closed = move |_: Event| passage.end(CloseReason::PeerClosed);
        link.keep(Listener::new(&port, "close", closed));
        port.start();
        link
    }

    /// Creates the link to the one other end of a channel of this name. Whoever has the page's
    /// origin can take part in it.
    ///
    /// # Errors
    /// Returns [`WebError::Refused`] if the platform does not open it.
    pub fn broadcast(name: &str) -> Result<Self, WebError> {
        let channel = BroadcastChannel::new(name)?;
        Ok(Self::listen(Rc::new(channel.clone()), &channel, |_| true).0)
    }

    /// Creates the link of a target, whose messages are events of `source`, of those for which
    /// `is_from` returns `true`. Also returns the way into it.
    pub(super) fn listen(
        target: Rc<dyn Target>,
        source: &EventTarget,
        is_from: impl Fn(&MessageEvent) -> bool + 'static,
    ) -> (Self, Passage) {
        let (passage, inbox) = Passage::new(target);
        let into = passage.clone();
        let take = move |event: MessageEvent| {
            if is_from(&event) {
                into.take(&event.data());
            }
        };
        let link = inbox.with_sender(passage.clone());
        let mut link = Self { link, limit: passage.limit(), kept: Vec::new() };
        link.keep(Listener::new(source, "message", take));
        (link, passage)
    }

    /// Creates a link like [`PostLink::listen`], which begins with what has come before.
    fn listen_early(
        target: Rc<dyn Target>,
        source: &EventTarget,
        is_from: impl Fn(&MessageEvent) -> bool + Clone + 'static,
    ) -> Self {
        let (link, passage) = Self::listen(target, source, is_from.clone());
        for event in early::take().iter().filter(|event| is_from(event)) {
            passage.take(&event.data());
        }
        link
    }

    /// Keeps something alive until the link has ended.
    pub(super) fn keep(&mut self, kept: impl Any) {
        self.kept.push(Box::new(kept));
    }
}

impl MessageLink for PostLink {
    fn poll_open_link(
        &mut self,
        _: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        self.limit.set(io.package_limit());
        Poll::Ready(Ok(()))
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        self.link.send_message(message, io)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        self.link.poll_message(cx, io)
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        self.kept.clear();
        self.link.poll_close_link(cx, reason, io)
    }
}

impl fmt::Debug for PostLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostLink").finish_non_exhaustive()
    }
}
