//! Options of a WebSocket port: origins, subprotocols, and answers to plain HTTP.

use std::collections::BTreeMap;
use std::fmt;
#[cfg(feature = "plugin")]
use std::net::SocketAddr;
use std::sync::Arc;

use connector_protocol::http::Request;

pub use connector_protocol::http::Request as HttpRequest;

use super::forwarded::Forwarded;
use super::response::HttpResponse;
#[cfg(feature = "deflate")]
use crate::transport::Deflate;
#[cfg(feature = "sio")]
use crate::transport::sio::{Handle, Sio};

/// Options of a WebSocket port: allowed origins and hosts, subprotocols, text messages, and
/// answers to plain HTTP.
///
/// GET and HEAD of a [page](Self::page) are answered with it, OPTIONS with the methods
/// that it has, and other methods with status 405. The connection of a plain request
/// ends with the response.
#[derive(Clone, Default)]
pub struct WebOptions(Arc<Options>);

#[derive(Clone, Default)]
struct Options {
    origins: Origins,
    /// `None` is any.
    hosts: Option<Vec<String>>,
    subprotocols: Option<Vec<String>>,
    /// Handlers of GET requests by path.
    pages: BTreeMap<&'static str, Arc<HttpHandler>>,
    http: Option<Arc<HttpHandler>>,
    forwarded: Option<Forwarded>,
    #[cfg(feature = "deflate")]
    deflate: Option<Deflate>,
    #[cfg(feature = "sio")]
    sio: Option<Handle>,
    text: bool,
}

/// The origins whose pages may connect.
#[derive(Clone, Debug, Default)]
enum Origins {
    /// Any, unless the port is one for which that is not safe.
    #[default]
    Unset,
    Any,
    Named(Vec<String>),
}

type HttpHandler = dyn Fn(&Request) -> HttpResponse + Send + Sync;

impl WebOptions {
    /// Creates options that allow any origin, answer no plain HTTP, and send binary
    /// messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses requests whose `Origin` is not one of these, such as
    /// `"https://example.com"`. Requests without `Origin`, which programs send, are
    /// accepted. Default: any origin.
    #[must_use]
    pub fn origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        let origins = origins.into_iter().map(Into::into).collect();
        self.options().origins = Origins::Named(origins);
        self
    }

    /// Accepts requests of any `Origin`, also where that is not the default, as for
    /// plugins on loopback.
    #[must_use]
    pub fn any_origin(mut self) -> Self {
        self.options().origins = Origins::Any;
        self
    }

    /// Refuses WebSocket requests whose `Host` is not one of these, whatever its port, such
    /// as `"example.com"` or `"[::1]"`. Default: any host.
    #[must_use]
    pub fn hosts<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.options().hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// Changes the defaults to those of a port on loopback. A browser on this machine
    /// connects to it for any page, so pages must be named, and a name that an attacker
    /// has pointed here (DNS rebinding) is refused.
    #[cfg(feature = "plugin")]
    pub(crate) fn guard_loopback(&mut self, address: SocketAddr) {
        let options = self.options();
        if matches!(options.origins, Origins::Unset) {
            options.origins = Origins::Named(Vec::new());
        }
        options.hosts.get_or_insert_with(|| {
            let here = address.to_string();
            ["localhost", "127.0.0.1", "[::1]", without_port(&here)].map(str::to_owned).into()
        });
    }

    /// Sets the subprotocols that the port speaks, the preferred one first: the first of
    /// them that a client offers is answered. Without a common one the upgrade is
    /// accepted without a subprotocol, and most clients then close the connection.
    /// Default: the first one that the client offers, since browsers and most libraries
    /// do not open otherwise.
    #[must_use]
    pub fn subprotocols<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.options().subprotocols = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Serves a page, which is part of the program, at a path of the same port:
    ///
    /// ```
    /// # use connector::transport::WebOptions;
    /// # macro_rules! include_str { ($file:literal) => { "<!doctype html>" } }
    /// let web = WebOptions::new().page("/", "text/html", include_str!("../page/index.html"));
    /// # drop(web);
    /// ```
    #[must_use]
    pub fn page(
        self,
        path: &'static str,
        content_type: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let page = HttpResponse::new(200, content_type, body);
        self.get(path, move |_| page.clone())
    }

    /// Answers plain GET and HEAD requests for a path of the same port, with any query,
    /// see [`HttpRequest::query`].
    #[must_use]
    pub fn get<R: Into<HttpResponse>>(
        mut self,
        path: &'static str,
        handler: impl Fn(&HttpRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        let page = Arc::new(move |request: &Request| handler(request).into());
        self.options().pages.insert(path, page);
        self
    }

    /// Answers all other plain HTTP requests on the same port, of all methods. Default:
    /// status 404 if there are pages, otherwise 426.
    #[must_use]
    pub fn http(
        mut self,
        handler: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        self.options().http = Some(Arc::new(handler));
        self
    }

    /// Trusts proxies in front of the port, which name their clients in a header. Default: no
    /// header is read.
    #[must_use]
    pub fn forwarded(mut self, proxies: Forwarded) -> Self {
        self.options().forwarded = Some(proxies);
        self
    }

    pub(crate) fn get_forwarded(&self) -> Option<&Forwarded> {
        self.0.forwarded.as_ref()
    }

    /// Compresses messages for clients that offer it. Default: no message is compressed.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.options().deflate = Some(deflate);
        self
    }

    #[cfg(feature = "deflate")]
    pub(crate) fn get_deflate(&self) -> Option<&Deflate> {
        self.0.deflate.as_ref()
    }

    /// Hands the requests for the path of `sio` to it, so that clients of socket.io come to the
    /// port of a [`HybridConnector`](crate::HybridConnector): those over WebSocket and those that
    /// poll, from the same origins and hosts. Other ports do not look at it, and neither does one
    /// whose connections are not [`Stream`](crate::transport::Stream)s, as those of all ready-made
    /// listeners are. Default: there is no socket.io.
    #[cfg(feature = "sio")]
    #[must_use]
    pub fn sio<L>(mut self, sio: &Sio<L>) -> Self {
        self.options().sio = Some(sio.handle());
        self
    }

    #[cfg(feature = "sio")]
    pub(in crate::transport) fn get_sio(&self) -> Option<&Handle> {
        self.0.sio.as_ref()
    }

    /// Returns these options for a WebSocket of socket.io, whose messages are texts as they are.
    #[cfg(feature = "sio")]
    pub(in crate::transport) fn of_sio(&self) -> Self {
        let mut options = self.clone().text();
        #[cfg(feature = "deflate")]
        {
            options.options().deflate = None;
        }
        options.options().sio = None;
        options
    }

    /// Sends text messages instead of binary ones. Every package must then be UTF-8.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.options().text = true;
        self
    }

    pub(crate) fn is_text(&self) -> bool {
        self.0.text
    }

    /// Refuses an upgrade from a page or by a host that is not allowed.
    pub(in crate::transport) fn check(&self, request: &Request) -> Result<(), String> {
        self.check_origin_and_host(request.header("origin"), request.header("host"))
    }

    /// Refuses a page or a host that is not allowed.
    pub(in crate::transport) fn check_origin_and_host(
        &self,
        origin: Option<&str>,
        host: Option<&str>,
    ) -> Result<(), String> {
        if let Origins::Named(origins) = &self.0.origins
            && let Some(origin) = origin
            && !origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
        {
            return Err(format!("the origin {origin:?} is not in `WebOptions::origins`"));
        }
        if let Some(hosts) = &self.0.hosts
            && let Some(host) = host
            && !hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(without_port(host)))
        {
            return Err(format!("the host {host:?} is not in `WebOptions::hosts`"));
        }
        Ok(())
    }

    /// Returns the subprotocol to answer.
    pub(super) fn subprotocol<'r>(&self, request: &'r Request) -> Option<&'r str> {
        match &self.0.subprotocols {
            None => request.protocols().next(),
            Some(names) => {
                names.iter().find_map(|name| request.protocols().find(|offer| offer == name))
            }
        }
    }

    pub(super) fn page_at(&self, path: &str) -> Option<&HttpHandler> {
        self.0.pages.get(path).map(|page| &**page)
    }

    pub(super) fn has_pages(&self) -> bool {
        !self.0.pages.is_empty()
    }

    pub(super) fn other_requests(&self) -> Option<&HttpHandler> {
        self.0.http.as_deref()
    }

    /// Connections share the options, so they are copied before a change.
    fn options(&mut self) -> &mut Options {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for WebOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebOptions")
            .field("origins", &self.0.origins)
            .field("hosts", &self.0.hosts)
            .field("subprotocols", &self.0.subprotocols)
            .field("pages", &self.0.pages.keys())
            .field("http", &self.0.http.is_some())
            .field("forwarded", &self.0.forwarded)
            .field("text", &self.0.text)
            .finish_non_exhaustive()
    }
}

/// Returns a `Host` without its port. An IPv6 address keeps its brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
