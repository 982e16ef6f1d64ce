//! What is broadcast, and the request for it.

use connector_protocol::message::{Head, RequestId, RouteRef};

use crate::greet::package;

/// The route that asks for it, with the number of lines as its body.
pub const ROUTE: &str = "bench.lineHandler.send";
/// The route that answers whoever gets lines.
pub const JOIN: &str = "bench.lineHandler.join";
/// The route that it arrives on.
pub const PUSHED: &str = "onLine";
/// Bytes of one line on the wire.
pub const SIZE: usize = 100;

/// What each line says: so much that it takes [`SIZE`] bytes.
pub const TEXT: &str = concat!(
    "nobody was in, so they left the boxes by the door and ",
    "went on to the next house at six"
);

/// The request for so many lines to every connection.
pub fn request(lines: usize) -> Vec<u8> {
    package(&Head::Notify(RouteRef::Name(ROUTE)), lines.to_string().as_bytes())
}

/// The request that is answered to whoever gets lines from now on.
pub fn join() -> Vec<u8> {
    package(&Head::Request(RequestId::new(1), RouteRef::Name(JOIN)), b"null")
}

/// One line as a whole package.
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
