//! The line that is broadcast, and the request for it.

use connector_protocol::message::{Head, RequestId, RouteRef};

use crate::greet::package;

/// The route that asks for it, with the number of lines as its body.
pub const ROUTE: &str = "bench.lineHandler.send";
/// The route that answers sessions which get lines.
pub const JOIN: &str = "bench.lineHandler.join";
/// The route of the pushed line.
pub const PUSHED: &str = "onLine";
/// Bytes of one line on the wire.
pub const SIZE: usize = 100;

/// The text of each line, which makes it [`SIZE`] bytes long.
pub const TEXT: &str = concat!(
    "nobody was in, so they left the boxes by the door and ",
    "went on to the next house at six"
);

/// Returns the request for this many lines to every connection.
pub fn request(lines: usize) -> Vec<u8> {
    package(&Head::Notify(RouteRef::Name(ROUTE)), lines.to_string().as_bytes())
}

/// Returns the request whose answer precedes all lines of its session.
pub fn join() -> Vec<u8> {
    package(&Head::Request(RequestId::new(1), RouteRef::Name(JOIN)), b"null")
}

/// Returns one line as a whole package.
pub fn pushed() -> Vec<u8> {
    package(&Head::Push(RouteRef::Name(PUSHED)), format!("\"{TEXT}\"").as_bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_has_its_size() {
        assert_eq!(super::pushed().len(), super::SIZE);
    }
}
