//! Plain responses.

/// Writes the response to a plain HTTP request, after which the connection ends. The content
/// type is static, so that nothing a peer sent can get into the head.
#[must_use]
pub fn plain_response(status: u16, content_type: &'static str, body: &[u8]) -> Vec<u8> {
    answer(status, "Connection: close\r\n", content_type, body)
}

pub(crate) fn answer(status: u16, headers: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let reason = reason_phrase(status);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\n\
         {headers}\
         Content-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\
         \r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Clients ignore the phrase since HTTP/1.1, and it may be empty.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
