//! Options of a WebSocket port: allowed origins, and answers to plain HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::http::Request;
use connector_protocol::ws::upgrade::{self, UpgradeError};

pub use connector_protocol::http::Request as HttpRequest;

/// Options of a WebSocket port: allowed origins, text messages, and answers to plain
/// HTTP.
#[derive(Clone, Default)]
pub struct WebOptions {
    origins: Option<Arc<[String]>>,
    /// Handlers of GET requests by path.
    pages: Arc<BTreeMap<&'static str, Arc<HttpHandler>>>,
    http: Option<Arc<HttpHandler>>,
    text: bool,
}

type HttpHandler = dyn Fn(&Request) -> HttpResponse + Send + Sync;

/// The response to a plain HTTP request.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// The status code, such as 200 or 404.
    pub status: u16,
    /// The content type, such as `"text/html; charset=utf-8"`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

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
        self.origins = Some(origins.into_iter().map(Into::into).collect());
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

    /// Answers plain GET requests for a path of the same port, with any query, see
    /// [`HttpRequest::query`].
    #[must_use]
    pub fn get<R: Into<HttpResponse>>(
        mut self,
        path: &'static str,
        handler: impl Fn(&HttpRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        let page = Arc::new(move |request: &Request| handler(request).into());
        Arc::make_mut(&mut self.pages).insert(path, page);
        self
    }

    /// Answers all other plain HTTP requests on the same port. Default: status 404 if
    /// there are pages, otherwise 426.
    #[must_use]
    pub fn http(
        mut self,
        handler: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        self.http = Some(Arc::new(handler));
        self
    }

    /// Sends text messages instead of binary ones. Every package must then be UTF-8.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.text = true;
        self
    }

    pub(crate) fn is_text(&self) -> bool {
        self.text
    }

    fn allows(&self, request: &Request) -> bool {
        match (&self.origins, request.header("origin")) {
            (Some(origins), Some(origin)) => {
                origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            }
            _ => true,
        }
    }

    /// Returns the response to a request, and the outcome of the upgrade.
    pub(crate) fn answer(&self, request: &Request) -> (Vec<u8>, Result<(), CloseReason>) {
        match request.websocket_key() {
            Ok(Some(_)) if !self.allows(request) => {
                let body = b"this origin is not allowed";
                let answer = connector_protocol::http::plain_response(403, "text/plain", body);
                (answer, Err(CloseReason::malformed("an origin that is not allowed")))
            }
            Ok(Some(key)) => (upgrade::response(key, None), Ok(())),
            Ok(None) => {
                let HttpResponse { status, content_type, body } = self.plain(request);
                let answer = connector_protocol::http::plain_response(status, content_type, &body);
                (answer, Err(CloseReason::Answered))
            }
            Err(error) => refuse(error),
        }
    }

    fn plain(&self, request: &Request) -> HttpResponse {
        let path = request.path.split('?').next().unwrap_or_default();
        let page = if request.method == "GET" { self.pages.get(path) } else { None };
        match page.or(self.http.as_ref()) {
            Some(handler) => handler(request),
            None if self.pages.is_empty() => {
                HttpResponse::new(426, "text/plain", "this port speaks WebSocket")
            }
            None => HttpResponse::new(404, "text/plain", "there is nothing here"),
        }
    }
}

impl HttpResponse {
    /// Creates a response.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, body: body.into() }
    }
}

/// A response of plain text with status 200.
impl From<String> for HttpResponse {
    fn from(text: String) -> Self {
        Self::new(200, "text/plain", text)
    }
}

/// A response, or the problem with the request as plain text with status 400.
impl<T: Into<Self>> From<Result<T, String>> for HttpResponse {
    fn from(answer: Result<T, String>) -> Self {
        answer.map_or_else(|why| Self::new(400, "text/plain", why), Into::into)
    }
}

impl fmt::Debug for WebOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebOptions")
            .field("origins", &self.origins)
            .field("pages", &self.pages.keys())
            .field("http", &self.http.is_some())
            .field("text", &self.text)
            .finish()
    }
}

pub(crate) fn refuse(error: UpgradeError) -> (Vec<u8>, Result<(), CloseReason>) {
    (upgrade::refusal(&error), Err(CloseReason::malformed(error)))
}
