//! What is in a package: `id route body`, parted by spaces.
//!
//! A message without an id has 0 there, an answer `-` in place of the route.

use connector::codec::{Codec, CodecCx, CodecError, Outbound, Received};
use connector::protocol::message::{Head, RequestId};

/// `7 echo.echoHandler.echo "hello"`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words;

impl Codec for Words {
    fn decode<'a>(
        &self,
        _: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let text = std::str::from_utf8(payload)
            .map_err(|_| CodecError::new("the payload is not UTF-8"))?;
        let mut words = text.splitn(3, ' ');
        let (Some(id), Some(route), Some(body)) = (words.next(), words.next(), words.next()) else {
            return Err(CodecError::new("the message has fewer than three words"));
        };
        let id =
            id.parse().map_err(|_| CodecError::new("the message does not begin with an id"))?;
        let mut received = Received::new(id, route, body.as_bytes());
        if route == "-" {
            received.head = Head::Response(RequestId::new(id));
        }
        Ok(Some(received))
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        let id = head.id().map_or(0, RequestId::get);
        let route = head.route().unwrap_or("-");
        out.extend(format!("{id} {route} ").bytes());
        Ok(out.len())
    }

    fn finish(&self, _: &Head<'_>, _: usize, _: &mut Vec<u8>) -> Result<(), CodecError> {
        Ok(())
    }
}

/// Another `encode`: whatever leaves is one JSON object.
///
/// # Errors
/// A body that is no JSON.
pub fn encode_json(message: Outbound<'_>, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let body: serde_json::Value = serde_json::from_slice(message.body)?;
    let id = message.id().map(RequestId::get);
    let message = serde_json::json!({ "id": id, "route": message.route(), "body": body });
    Ok(serde_json::to_writer(out, &message)?)
}
