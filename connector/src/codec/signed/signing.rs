//! The signing of a client's bodies.

use connector_protocol::json::{JsonError, NESTING, check_nesting};
use connector_protocol::pomelo::javascript::JavaScript;
use serde_json::{Deserializer, Serializer};

use super::SigningKey;
use super::body::put;
use crate::codec::CodecError;

/// Signs the JSON behind `start`, which takes the form of JavaScript's: pomelo verifies the text
/// that it writes itself of the body that it has read. An empty body becomes an object.
///
/// # Errors
/// Returns [`CodecError`] for a body that is not a JSON object.
#[cold]
pub(crate) fn sign(key: &SigningKey, start: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let not_signed = || CodecError::new("only a body that is a JSON object can be signed");
    let body = out.split_off(start);
    let text = std::str::from_utf8(&body).map_err(|_| not_signed())?;
    let text = if text.trim().is_empty() { "{}" } else { text };
    let text = stringified(text).map_err(|_| not_signed())?;
    let signature = key.sign(text.as_bytes());
    let signature = signature.ok_or_else(|| CodecError::new("the key cannot sign"))?;
    out.extend(put(&text, &signature).ok_or_else(not_signed)?);
    Ok(())
}

/// Returns the text of a body as `JSON.stringify` writes it. Integers beyond 2^53, which
/// JavaScript does not have, stay as they are.
fn stringified(text: &str) -> Result<String, JsonError> {
    check_nesting(text, NESTING)?;
    let mut from = Deserializer::from_str(text);
    from.disable_recursion_limit();
    let mut out = Vec::with_capacity(text.len());
    serde_transcode::transcode(&mut from, &mut Serializer::with_formatter(&mut out, JavaScript))?;
    from.end()?;
    Ok(String::from_utf8(out).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_signed_as_javascript_writes_it() {
        let text = r#"{ "one": 1.0, "big": 1.5E300, "zero": -0.0, "small": 0.0000015,
            "text": "\u0041\/\u2028\u007f\u001f\ud83d\ude00", "id": 18446744073709551615 }"#;
        let written = stringified(text).unwrap();
        let text = "\"text\":\"A/\u{2028}\u{7f}\\u001f\u{1f600}\"";
        let numbers = r#"{"one":1,"big":1.5e+300,"zero":0,"small":0.0000015,"#;
        assert_eq!(written, format!(r#"{numbers}{text},"id":18446744073709551615}}"#));
        assert!(stringified("{} {}").is_err());
    }
}
