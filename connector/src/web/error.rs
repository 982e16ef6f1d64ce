//! The errors of the platform.

use std::io;

use connector_protocol::CloseReason;
use js_sys::JsString;
use wasm_bindgen::{JsCast, JsValue};

/// The most characters of an exception that an error repeats.
const SHOWN: u32 = 1_000;

/// The error of a link that the platform does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// The page is not in a frame of another page.
    #[error("the page has no parent: an engine opens it in a frame")]
    NoParent,
    /// The program does not run in a dedicated worker.
    #[error("the program does not run in a worker: an engine starts it as one")]
    NotAWorker,
    /// The program does not run in a shared worker.
    #[error(
        "the program does not run in a shared worker: pages start it by `new SharedWorker(..)`"
    )]
    NotASharedWorker,
    /// The text is not an origin.
    #[error("`{0}` is not an origin: write a scheme and a host, such as `https://remix.example`")]
    Origin(String),
    /// JavaScript has thrown an exception.
    #[error("the platform refuses: {0}")]
    Refused(String),
}

impl From<JsValue> for WebError {
    fn from(exception: JsValue) -> Self {
        Self::Refused(text(&exception))
    }
}

impl From<WebError> for CloseReason {
    fn from(error: WebError) -> Self {
        Self::Lost { kind: io::ErrorKind::Unsupported, message: error.to_string() }
    }
}

/// Returns the text of an exception, which may be any value, or the beginning of a long one: it
/// may repeat what others have posted.
pub(super) fn text(exception: &JsValue) -> String {
    let text = match exception.dyn_ref::<js_sys::Error>() {
        Some(error) => Some(error.message()),
        None => exception.dyn_ref::<JsString>().cloned(),
    };
    match text {
        Some(text) => text.slice(0, SHOWN).into(),
        None => "an exception without a text".to_owned(),
    }
}

/// Returns the reason of a link that the platform has ended by an exception.
pub(super) fn lost(exception: &JsValue) -> CloseReason {
    CloseReason::Lost { kind: io::ErrorKind::BrokenPipe, message: text(exception) }
}
