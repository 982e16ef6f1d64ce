//! Routes in messages of JSON.

use std::borrow::Cow;

use connector_protocol::message::RouteRef;
use serde::Deserialize;

use super::CodecCx;

/// The text of a route, which is borrowed unless it has escapes.
#[derive(Deserialize)]
pub(super) struct RouteText<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'a> RouteText<'a> {
    /// Returns it as a route. A text of its own is kept in `cx`.
    pub(super) fn into_route(self, cx: &'a CodecCx<'_>) -> RouteRef<'a> {
        RouteRef::Name(match self.0 {
            Cow::Borrowed(route) => route,
            Cow::Owned(route) => cx.keep(route),
        })
    }
}
