//! Plugins in frames of the engine's page.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::rc::Rc;

use connector_protocol::CloseReason;
use connector_protocol::remix::Profile;
use tokio::sync::oneshot;
use wasm_bindgen::JsValue;
use web_sys::{Document, Element, Event, MessageEvent, Url};

use super::frame::{Frame, Framed};
use super::parent::OPAQUE;
use super::post_link::PostLink;
use crate::plugin::{ConnectError, PluginConnector};
use crate::web::error::{lost, text};
use crate::web::listener::Listener;

/// What a plugin's page may do, if nothing else is set. Remix's engine also lets it navigate the
/// whole tab away.
const SANDBOX: &str = "allow-scripts allow-same-origin allow-forms allow-popups";

/// An engine's connector to a plugin whose page it opens in a frame: Remix's `IframePlugin`.
///
/// An activation creates the frame at the profile's `url`, and a deactivation removes it. Every
/// message is checked: it must come from the frame's window, and the page there must have the
/// origin of the URL, also after a navigation. Messages to the plugin are delivered to that
/// origin alone.
///
/// When the page is loaded again, the calls that it runs fail, and the plugin is asked for its
/// methods anew. When the page's program removes the frame, the plugin is deactivated, and its
/// calls fail at once.
///
/// ```no_run
/// use connector::plugin::{Engine, Profile};
/// use connector::web::IframePlugin;
///
/// # async fn example(panel: web_sys::Element) -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::new();
/// let profile = Profile::new("compiler").url("https://compiler.example/plugin.html");
/// engine.register(IframePlugin::new(profile, panel))?;
/// engine.activate("compiler").await?;
/// # Ok(())
/// # }
/// ```
pub struct IframePlugin {
    profile: Profile,
    place: Box<dyn Fn(&Profile) -> Option<Element>>,
    sandbox: String,
    allow: String,
}

impl IframePlugin {
    /// Creates the connector of a plugin whose frame becomes a child of `element`.
    pub fn new(profile: Profile, element: Element) -> Self {
        Self::placed_by(profile, move |_| Some(element.clone()))
    }

    /// Creates the connector of a plugin whose frame becomes a child of what `place` returns,
    /// for example of what the host plugin of the profile's `location` has made room with: its
    /// `addView` is called before.
    pub fn placed_by(
        profile: Profile,
        place: impl Fn(&Profile) -> Option<Element> + 'static,
    ) -> Self {
        let (sandbox, allow) = (SANDBOX.to_owned(), String::new());
        Self { profile, place: Box::new(place), sandbox, allow }
    }

    /// Sets the frame's `sandbox`, a list of what the page may do. Without `allow-same-origin`
    /// the page has an origin of its own, which is nobody else's. Default: `allow-scripts
    /// allow-same-origin allow-forms allow-popups`. A plugin of the engine's own origin is not
    /// held back by a sandbox that has the first two of these.
    #[must_use]
    pub fn sandbox(mut self, sandbox: impl Into<String>) -> Self {
        self.sandbox = sandbox.into();
        self
    }

    /// Sets the frame's `allow`, the features of the browser that the page may use, such as
    /// `clipboard-write`. Default: none.
    #[must_use]
    pub fn allow(mut self, allow: impl Into<String>) -> Self {
        self.allow = allow.into();
        self
    }

    /// Returns the origin of the messages of a page at this URL.
    fn origin(&self, url: &Url) -> String {
        let has_own = self.sandbox.split_ascii_whitespace().any(|may| may == "allow-same-origin");
        if has_own { url.origin() } else { OPAQUE.to_owned() }
    }

    fn open(&self, document: &Document, url: &str) -> Result<Frame, ConnectError> {
        let place = (self.place)(&self.profile).ok_or_else(|| {
            let message = format!("there is no place for the frame of {}", self.profile.name);
            CloseReason::Lost { kind: io::ErrorKind::NotFound, message }
        })?;
        let name = format!("plugin-{}", self.profile.name);
        let attributes = [
            ("id", &*name),
            ("title", self.profile.display_name.as_deref().unwrap_or(&self.profile.name)),
            ("sandbox", &*self.sandbox),
            ("allow", &*self.allow),
            ("src", url),
        ];
        let frame = Frame::create(document, &attributes);
        let frame = frame.and_then(|frame| frame.show_in(&place));
        frame.map_err(|exception| lost(&exception).into())
    }
}

impl PluginConnector for IframePlugin {
    type Link = PostLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<PostLink, ConnectError> {
        let window = web_sys::window().ok_or_else(|| {
            ConnectError::Url(format!("`{url}`: only a page has frames, and this is a worker"))
        })?;
        let Some(document) = window.document() else { return Err(ConnectError::Stopped) };
        let url = page_url(&document, url)?;
        let origin = self.origin(&url);
        let frame = self.open(&document, &url.href())?;
        let target = Framed::new(&frame, &origin);

        let (ready, loaded) = oneshot::channel();
        let ready = Rc::new(Cell::new(Some(ready)));
        let is_ready = move || {
            if let Some(ready) = ready.take() {
                // Without a receiver the connection is given up.
                let _ = ready.send(());
            }
        };
        let (speaks, is_gone) = (is_ready.clone(), is_ready.clone());
        let framed = target.clone();
        let is_from = move |event: &MessageEvent| {
            let is_from = framed.accepts(event);
            if is_from {
                speaks();
            }
            is_from
        };
        let (mut link, passage) = PostLink::listen(Rc::new(target), &window, is_from);
        link.keep(Listener::new(frame.element(), "load", move |_: Event| is_ready()));
        let removed = move || {
            passage.end(CloseReason::PeerClosed);
            // It may not have loaded yet.
            is_gone();
        };
        link.keep(frame.watch(&document, removed).map_err(|exception| lost(&exception))?);
        link.keep(frame);
        // A page that has not begun to listen would miss the handshake. One that speaks listens.
        let _ = loaded.await;
        Ok(link)
    }

    /// Returns `false` for a frame that the page has removed, which is then not wanted.
    fn reconnects_after(&self, _: &PostLink, reason: &CloseReason) -> bool {
        !matches!(reason, CloseReason::Requested | CloseReason::PeerClosed)
    }
}

/// Returns the URL of a plugin's page. Others than those of pages, such as `javascript:`, would
/// run in the engine's page.
fn page_url(document: &Document, url: &str) -> Result<Url, ConnectError> {
    if url.is_empty() {
        return Err(ConnectError::NoUrl);
    }
    let base = document.base_uri().ok().flatten().unwrap_or_default();
    let parsed = Url::new_with_base(url, &base);
    let parsed = parsed.map_err(|error: JsValue| ConnectError::Url(text(&error)))?;
    if ["http:", "https:"].contains(&&*parsed.protocol()) {
        Ok(parsed)
    } else {
        Err(ConnectError::Url(format!("`{url}`: write `https://..`, `http://..` or a path")))
    }
}

impl fmt::Debug for IframePlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IframePlugin")
            .field("profile", &self.profile)
            .field("sandbox", &self.sandbox)
            .field("allow", &self.allow)
            .finish_non_exhaustive()
    }
}
