//! The responses of an application to plain HTTP.

/// The response to a plain HTTP request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status code, such as 200 or 404.
    pub status: u16,
    /// The content type, such as `"text/html; charset=utf-8"`. An empty one is not sent.
    pub content_type: &'static str,
    /// Further headers, in their order.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body. It is not sent in response to HEAD.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Creates a response.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header, such as `Location` or `Cache-Control`. One with characters that are not
    /// allowed in a head is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Writes it as the response to a request with this method.
    pub(in crate::transport) fn write(&self, method: &str) -> Vec<u8> {
        let mut headers = self.headers.clone();
        if !self.content_type.is_empty() {
            headers.insert(0, ("Content-Type", self.content_type));
        }
        for_method(method, connector_protocol::http::response(self.status, &headers, &self.body))
    }
}

/// Removes the body of a response to HEAD, which has the headers of the response to GET.
pub(super) fn for_method(method: &str, mut response: Vec<u8>) -> Vec<u8> {
    const END: &[u8] = b"\r\n\r\n";
    if method == "HEAD"
        && let Some(at) = response.windows(END.len()).position(|bytes| bytes == END)
    {
        response.truncate(at + END.len());
    }
    response
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
