//! The body of a response.

use super::{Response, lists, single, values};

/// The most bytes of a response's body that are kept: 16 KiB.
pub const MAX_BODY: usize = 16 * 1024;

/// Returns as much of the body as there is, at most [`MAX_BODY`] bytes, and whether nothing
/// else of it is of interest.
pub(super) fn read(response: &Response, input: &[u8]) -> (Vec<u8>, bool) {
    let headers = &response.headers;
    let (mut body, complete) = if matches!(response.status, 100..=199 | 204 | 304) {
        (Vec::new(), true)
    } else if lists(headers, "Transfer-Encoding", "chunked") {
        chunks(input)
    } else {
        let announced = single(headers, "Content-Length").and_then(|length| length.parse().ok());
        // Without a length it goes on to the end of the stream.
        let length: usize = announced.unwrap_or(usize::MAX);
        (input[..input.len().min(length).min(MAX_BODY)].to_vec(), input.len() >= length)
    };
    let full = body.len() >= MAX_BODY;
    body.truncate(MAX_BODY);
    (body, complete || full)
}

/// Joins the chunks of a body (RFC 9112 7.1). What is not one ends it.
fn chunks(mut input: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while body.len() < MAX_BODY {
        let (start, size) = match httparse::parse_chunk_size(input) {
            Ok(httparse::Status::Complete((start, size))) => (start, size),
            Ok(httparse::Status::Partial) => return (body, false),
            Err(_) => return (body, true),
        };
        if size == 0 {
            return (body, true);
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let chunk = &input[start..];
        body.extend_from_slice(&chunk[..chunk.len().min(size)]);
        let Some(behind) = chunk.get(size..).and_then(|rest| rest.get("\r\n".len()..)) else {
            return (body, false);
        };
        input = behind;
    }
    (body, true)
}

/// Returns the length that these headers tell alone.
pub(super) fn announced_len(headers: &[(String, String)]) -> Option<usize> {
    if values(headers, "Transfer-Encoding").next().is_some() {
        return None;
    }
    let length = single(headers, "Content-Length")?;
    length.bytes().all(|byte| byte.is_ascii_digit()).then(|| length.parse().ok())?
}

/// Returns whether a request with these headers has a body.
pub(super) fn is_announced(headers: &[(String, String)]) -> bool {
    values(headers, "Transfer-Encoding").next().is_some()
        || values(headers, "Content-Length").any(|length| length != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(head: &str, body: &[u8]) -> (Vec<u8>, bool) {
        let head = format!("HTTP/1.1 401 No\r\n{head}\r\n");
        let (mut response, size) = super::super::parse_response(head.as_bytes()).unwrap().unwrap();
        assert_eq!(size, head.len());
        let complete = response.read_body(body);
        (response.body, complete)
    }

    #[test]
    fn reads_a_body_of_each_kind_cut_at_every_byte() {
        let chunked = &b"5;x=y\r\nhello\r\n2\r\n, \r\n5\r\nworld\r\n0\r\n\r\n"[..];
        let whole = b"hello, world".to_vec();
        for (head, sent) in [
            ("Content-Length: 12\r\n", &whole[..]),
            ("transfer-encoding: gzip, Chunked\r\n", chunked),
        ] {
            assert_eq!(read_all(head, sent), (whole.clone(), true), "{head}");
            for cut in 0..sent.len() {
                let (body, complete) = read_all(head, &sent[..cut]);
                assert!(whole.starts_with(&body), "{head} cut at {cut}");
                // The last line end says nothing.
                assert_eq!(complete, cut + 2 >= sent.len() && sent == chunked, "{head}, {cut}");
            }
        }
        assert_eq!(read_all("", &whole), (whole, false));
        assert_eq!(read_all("Content-Length: 2\r\n", b"hello"), (b"he".to_vec(), true));
    }

    #[test]
    fn keeps_the_start_of_a_long_body() {
        let long = vec![b'x'; 2 * MAX_BODY];
        let kept = (vec![b'x'; MAX_BODY], true);
        assert_eq!(read_all("", &long), kept);
        assert_eq!(read_all("Content-Length: 999999\r\n", &long), kept);
        let chunk = [b"ffff\r\n".as_slice(), &long].concat();
        assert_eq!(read_all("Transfer-Encoding: chunked\r\n", &chunk), kept);
        let broken = b"2\r\nab\r\nnonsense";
        assert_eq!(read_all("Transfer-Encoding: chunked\r\n", broken), (b"ab".to_vec(), true));
    }

    #[test]
    fn a_response_is_one_line_of_a_log() {
        let shown = |head: &str, body: &[u8]| {
            let (mut response, _) = super::super::parse_response(head.as_bytes()).unwrap().unwrap();
            response.read_body(body);
            response.to_string()
        };
        let moved = "HTTP/1.1 301 X\r\nLocation: https://b/\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(shown(moved, b""), "HTTP status 301 Moved Permanently to \"https://b/\"");
        let html = "HTTP/1.1 503 X\r\nContent-Type: text/html\r\n\r\n";
        assert_eq!(shown(html, b"<html>"), "HTTP status 503 Service Unavailable");
        let long = [b"a\nb\x1b".as_slice(), &[b'x'; 200]].concat();
        let text = shown("HTTP/1.1 499 X\r\n\r\n", &long);
        assert_eq!(text, format!("HTTP status 499: \"a\\nb\\u{{1b}}{}\"", "x".repeat(96)));
    }
}
