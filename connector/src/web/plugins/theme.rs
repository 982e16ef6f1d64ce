//! The engine's theme in a plugin's page.

use connector_protocol::text::escaped;
use serde::Deserialize;
use web_sys::{Document, Element, Url};

use crate::plugin::PluginClient;
use crate::plugin::profiles::theme::Theme;
use crate::runtime;

/// The id of the element with the theme's style sheet.
const ELEMENT: &str = "connector-theme";

/// The part of a [`Theme`] that a page is given. All of it would make each module larger by the
/// code that reads it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Look {
    url: Option<String>,
    quality: Option<String>,
    brightness: String,
}

/// Gives the page the theme of the engine's plugin `theme`, and each later one, as Remix's client
/// does without `customTheme`, see [`apply_theme`]. It ends with the connection.
pub fn follow_theme(client: &PluginClient) {
    let mut changes = client.events::<(Look,)>("theme", "themeChanged");
    let client = client.clone();
    runtime::spawn(async move {
        if client.onload().await.is_err() {
            return;
        }
        match client.call::<Look>("theme", "currentTheme", ()).await {
            Ok(look) => look.apply(),
            Err(error) => tracing::debug!(error = %escaped(&error), "the engine has no theme"),
        }
        while let Some(change) = changes.next().await {
            if let Ok((look,)) = change {
                look.apply();
            }
        }
    });
}

/// Gives the page a theme: its style sheet replaces that of the last theme, and the attribute
/// `data-theme` of the root element becomes `dark` or `light`. A page that came by `https` loads
/// the style sheet by `https` too. Does nothing in a worker.
pub fn apply_theme(theme: &Theme) {
    let Theme { url, quality, brightness, .. } = theme.clone();
    Look { url, quality, brightness }.apply();
}

impl Look {
    fn apply(&self) {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
        let brightness = Some(&self.brightness).filter(|brightness| !brightness.is_empty());
        if let Some(brightness) = brightness.or(self.quality.as_ref())
            && let Some(root) = document.document_element()
        {
            // The names are valid, so it takes every value.
            let _ = root.set_attribute("data-theme", brightness);
        }
        if let Some(url) = self.url.as_deref().and_then(|url| sheet_url(&document, url))
            && let Some(sheet) = sheet(&document)
        {
            let _ = sheet.set_attribute("href", &url);
        }
    }
}

/// Returns the URL by which the page loads a style sheet, if it is one of the web.
fn sheet_url(document: &Document, url: &str) -> Option<String> {
    let page = document.base_uri().ok().flatten()?;
    let url = Url::new_with_base(url, &page).ok()?;
    if url.protocol() == "http:" && page.starts_with("https:") {
        url.set_protocol("https:");
    }
    ["http:", "https:"].contains(&&*url.protocol()).then(|| url.href())
}

/// Returns the element of the theme's style sheet, which is created for the first one.
fn sheet(document: &Document) -> Option<Element> {
    if let Some(sheet) = document.get_element_by_id(ELEMENT) {
        return Some(sheet);
    }
    let sheet = document.create_element("link").ok()?;
    sheet.set_id(ELEMENT);
    sheet.set_attribute("rel", "stylesheet").ok()?;
    document.head()?.append_child(&sheet).ok()?;
    Some(sheet)
}
