//! The body of a response.

use super::{HeadError, MAX_HEAD, Response, lists, single, values};

/// The most bytes of a response's body that are kept: 16 KiB.
pub const MAX_BODY: usize = 16 * 1024;

/// A reader of a response's body (RFC 9112 section 6.3) that takes it as it comes: of a length
/// that the head tells, in chunks, or to the end of the stream.
#[derive(Debug)]
pub struct BodyReader {
    next: Next,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// This many bytes, and nothing behind them.
    Bytes(u64),
    /// The size of a chunk.
    Size,
    /// This many bytes of a chunk, and its line end.
    Chunk(u64),
    /// Trailers, of which at most this many bytes may still come, and an empty line.
    Trailers(usize),
    /// Bytes up to the end of the stream.
    ToEnd,
}

impl BodyReader {
    /// Creates the reader of a response's body.
    #[must_use]
    pub fn new(response: &Response) -> Self {
        let headers = &response.headers;
        let next = if matches!(response.status, 100..=199 | 204 | 304) {
            Next::Bytes(0)
        } else if lists(headers, "Transfer-Encoding", "chunked") {
            Next::Size
        } else {
            let announced =
                single(headers, "Content-Length").and_then(|length| length.parse().ok());
            announced.map_or(Next::ToEnd, Next::Bytes)
        };
        Self { next }
    }

    /// Takes what there is of the body from the front of `input`, and appends its bytes to
    /// `body`. Returns the number of bytes that were taken: call it again with those behind them.
    ///
    /// # Errors
    ///
    /// Returns [`HeadError`] if a chunk does not begin with its size, or what stands before or
    /// behind the chunks has more than [`MAX_HEAD`] bytes.
    pub fn read(&mut self, input: &[u8], body: &mut Vec<u8>) -> Result<usize, HeadError> {
        let mut unread = input;
        while !unread.is_empty() && !self.is_complete() {
            let taken = self.step(unread, body)?;
            if taken == 0 {
                break;
            }
            unread = &unread[taken..];
        }
        Ok(input.len() - unread.len())
    }

    fn step(&mut self, input: &[u8], body: &mut Vec<u8>) -> Result<usize, HeadError> {
        match self.next {
            Next::Bytes(left) => {
                let part = at_most(input, left);
                body.extend_from_slice(part);
                self.next = Next::Bytes(left - part.len() as u64);
                Ok(part.len())
            }
            Next::ToEnd => {
                body.extend_from_slice(input);
                Ok(input.len())
            }
            Next::Size => match httparse::parse_chunk_size(input) {
                Ok(httparse::Status::Complete((start, 0))) => {
                    self.next = Next::Trailers(MAX_HEAD);
                    Ok(start)
                }
                Ok(httparse::Status::Complete((start, size))) => {
                    self.next = Next::Chunk(size);
                    Ok(start)
                }
                Ok(httparse::Status::Partial) if input.len() < MAX_HEAD => Ok(0),
                Ok(httparse::Status::Partial) => Err(HeadError::TooLong),
                Err(httparse::InvalidChunkSize) => Err(HeadError::ChunkSize),
            },
            Next::Chunk(0) => match input {
                [b'\r', b'\n', ..] => {
                    self.next = Next::Size;
                    Ok(2)
                }
                [b'\r'] => Ok(0),
                _ => Err(HeadError::ChunkSize),
            },
            Next::Chunk(left) => {
                let part = at_most(input, left);
                body.extend_from_slice(part);
                self.next = Next::Chunk(left - part.len() as u64);
                Ok(part.len())
            }
            Next::Trailers(room) => {
                let line = input.iter().position(|&byte| byte == b'\n').map(|end| end + 1);
                let room = room.checked_sub(line.unwrap_or(input.len()));
                let room = room.ok_or(HeadError::TooLong)?;
                let Some(line) = line else { return Ok(0) };
                let is_last = matches!(&input[..line], b"\r\n" | b"\n");
                self.next = if is_last { Next::Bytes(0) } else { Next::Trailers(room) };
                Ok(line)
            }
        }
    }

    /// Returns whether the body was read to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next == Next::Bytes(0)
    }

    /// Returns whether the end of the stream is the regular end of the body.
    #[must_use]
    pub fn ends_with_stream(&self) -> bool {
        self.next == Next::ToEnd
    }

    /// Returns the bytes that are still to come, if they are known.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        match self.next {
            Next::Bytes(left) => Some(left),
            _ => None,
        }
    }
}

/// Returns at most this many bytes of the front.
fn at_most(input: &[u8], count: u64) -> &[u8] {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    &input[..input.len().min(count)]
}

/// Returns as much of the body as there is, at most [`MAX_BODY`] bytes, and whether nothing
/// else of it is of interest.
pub(super) fn read(response: &Response, input: &[u8]) -> (Vec<u8>, bool) {
    let mut reader = BodyReader::new(response);
    let mut body = Vec::new();
    let is_broken = reader.read(input, &mut body).is_err();
    let is_full = body.len() >= MAX_BODY;
    body.truncate(MAX_BODY);
    (body, is_broken || is_full || reader.is_complete())
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
                assert!(!complete, "{head} cut at {cut}");
            }
        }
        assert_eq!(read_all("", &whole), (whole, false));
        assert_eq!(read_all("Content-Length: 2\r\n", b"hello"), (b"he".to_vec(), true));
    }

    /// Reads what a stream brings in pieces of this size. Returns the body, the bytes behind it
    /// and whether it is complete.
    fn read_in_pieces(
        head: &str,
        sent: &[u8],
        piece: usize,
    ) -> Result<(Vec<u8>, Vec<u8>, bool), HeadError> {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n");
        let (response, _) = super::super::parse_response(head.as_bytes()).unwrap().unwrap();
        let mut reader = BodyReader::new(&response);
        let (mut unread, mut body) = (Vec::new(), Vec::new());
        for piece in sent.chunks(piece) {
            unread.extend_from_slice(piece);
            let taken = reader.read(&unread, &mut body)?;
            unread.drain(..taken);
        }
        Ok((body, unread, reader.is_complete()))
    }

    #[test]
    fn bodies_are_taken_as_they_come() {
        const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
        let chunks = "5;x=y\r\nhello\r\n2\r\n, \r\n05\r\nworld\r\n";
        for piece in 1..30 {
            for (head, sent, complete) in [
                (CHUNKED, format!("{chunks}0\r\n\r\nHTTP/1.1"), true),
                (CHUNKED, format!("{chunks}0\r\nA: b\r\nC: d\r\n\r\nHTTP/1.1"), true),
                ("Content-Length: 12\r\n", "hello, worldHTTP/1.1".to_owned(), true),
                ("", "hello, world".to_owned(), false),
            ] {
                let read = read_in_pieces(head, sent.as_bytes(), piece).unwrap();
                let (body, unread, is_complete) = read;
                assert_eq!(body, b"hello, world", "{sent}, {piece}");
                assert_eq!(unread, if complete { &b"HTTP/1.1"[..] } else { b"" });
                assert_eq!(is_complete, complete, "{sent}, {piece}");
            }
            for broken in ["x\r\n", "2\r\nabc", "2\r\nab\rc", "fffffffffffffffff\r\n"] {
                let error = read_in_pieces(CHUNKED, broken.as_bytes(), piece).unwrap_err();
                assert_eq!(error, HeadError::ChunkSize, "{broken}");
            }
            let long = |before: &str| format!("{before}{}", "a: b\r\n".repeat(MAX_HEAD));
            for sent in [long("0\r\n"), format!("1;{}", "x".repeat(2 * MAX_HEAD))] {
                let error = read_in_pieces(CHUNKED, sent.as_bytes(), 100 * piece).unwrap_err();
                assert_eq!(error, HeadError::TooLong, "{sent:.20}");
            }
        }
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
