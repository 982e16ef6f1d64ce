//! What a port that speaks WebSocket allows, and what it answers in HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::http::Request;
use connector_protocol::ws::upgrade::{self, UpgradeError};

pub use connector_protocol::http::Request as HttpRequest;

/// What a port that speaks WebSocket allows and answers.
#[derive(Clone, Default)]
pub struct WebOptions {
    origins: Option<Arc<[String]>>,
    /// By their paths.
    pages: Arc<BTreeMap<&'static str, Arc<HttpHandler>>>,
    http: Option<Arc<HttpHandler>>,
    text: bool,
}

type HttpHandler = dyn Fn(&Request) -> HttpResponse + Send + Sync;

/// An answer to a plain HTTP request.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// 200, 404, ..
    pub status: u16,
    /// `"text/html; charset=utf-8"`, ..
    pub content_type: &'static str,
    /// What is shown.
    pub body: Vec<u8>,
}

impl WebOptions {
    /// Any origin, no plain HTTP, binary messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses browsers on pages of other origins (`"https://example.com"`).
    /// Programs that send no `Origin` are let in.
    #[must_use]
    pub fn origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Shows a page at a path of the same port. It is part of the program:
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

    /// Answers plain GET requests for a path of the same port, whatever their
    /// query is; see [`HttpRequest::query`].
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

    /// Answers all other plain HTTP requests on the same port. Without it they
    /// are answered with 404 if there are pages, else with 426.
    #[must_use]
    pub fn http(
        mut self,
        handler: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        self.http = Some(Arc::new(handler));
        self
    }

    /// Sends text messages instead of binary ones; every package must be
    /// UTF-8.
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

    /// What is answered, and what the connection is then.
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
    /// An answer of these parts.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, body: body.into() }
    }
}

/// Plain text.
impl From<String> for HttpResponse {
    fn from(text: String) -> Self {
        Self::new(200, "text/plain", text)
    }
}

/// An answer, or what is wrong with the request, as plain text and with 400.
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
