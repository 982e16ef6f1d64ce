//! The head of an HTTP/1 message: its limits and its headers.

use super::HeadError;

/// The most bytes in a head, including the request line and the final empty line: 16 KiB.
pub const MAX_HEAD: usize = 16 * 1024;

/// The most headers in a head: 64.
pub const MAX_HEADERS: usize = 64;

/// The headers in their order, owned; bytes that are not UTF-8 become U+FFFD.
pub(crate) fn to_owned_headers(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect()
}

/// Returns the size of the head that was parsed in the first [`MAX_HEAD`] bytes of `input`,
/// or `None` while it is incomplete and may still end within them.
pub(crate) fn head_size(
    input: &[u8],
    parsed: httparse::Result<usize>,
) -> Result<Option<usize>, HeadError> {
    match parsed? {
        httparse::Status::Complete(size) => Ok(Some(size)),
        httparse::Status::Partial if input.len() >= MAX_HEAD => Err(HeadError::TooLong),
        httparse::Status::Partial => Ok(None),
    }
}

/// The values of every header of this name, whatever its case.
pub(crate) fn values<'a>(
    headers: &'a [(String, String)],
    name: &str,
) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// The elements of a comma-separated header, over all its lines.
pub(crate) fn elements<'a>(
    headers: &'a [(String, String)],
    name: &str,
) -> impl Iterator<Item = &'a str> {
    values(headers, name)
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

/// Returns whether a comma-separated header lists `token`, whatever its case.
pub(crate) fn lists(headers: &[(String, String)], name: &str, token: &str) -> bool {
    elements(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

/// Returns whether the sender of a head with this minor version of HTTP/1 and these headers goes
/// on with the connection behind it.
pub(super) fn keeps_alive(minor_version: u8, headers: &[(String, String)]) -> bool {
    minor_version == 1 && !lists(headers, "Connection", "close")
}

/// The only value of a header; `None` if it is missing or given twice.
pub(crate) fn single<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = values(headers, name);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// Returns whether `text` is a token of RFC 9110 5.6.2, as header names and subprotocols are.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Returns whether `text` is a header's value of RFC 9110 5.5: no control characters but the tab.
pub(crate) fn is_value(text: &str) -> bool {
    text.bytes().all(|b| b == b'\t' || !b.is_ascii_control())
}
