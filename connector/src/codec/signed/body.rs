//! The signature in the text of a body.

use connector_protocol::text::{self, hex};
use serde::Deserialize;
use serde_json::value::RawValue;

const MEMBER: &str = "\"__crypto__\"";

/// The signature of a body and the text that it is of.
#[derive(Debug, PartialEq)]
pub(super) struct Signed {
    /// The body without the signature: what was signed, and what the handler gets.
    pub(super) text: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, rename = "__crypto__")]
    signature: Option<&'a RawValue>,
}

/// Takes the signature out of a body.
///
/// # Errors
/// Returns what is wrong with it.
pub(super) fn take(body: &[u8]) -> Result<Signed, String> {
    // Browsers' clients write some characters in a way of their own, and sign them as UTF-8.
    let text = text::decode(body);
    // A struct may also be read from an array.
    if !text.trim_start().starts_with('{') {
        return Err("a signed body is a JSON object".to_owned());
    }
    let object: Object<'_> = serde_json::from_str(&text)
        .map_err(|error| format!("a signed body is a JSON object: {error}"))?;
    let signature = object.signature.ok_or("the message is not signed: `__crypto__` is missing")?;
    let hex: &str = serde_json::from_str(signature.get())
        .map_err(|_| "the signature `__crypto__` is not a text of hexadecimal digits")?;
    let bytes = from_hex(hex).ok_or("the signature `__crypto__` is not in hexadecimal digits")?;
    // The value is borrowed from the text.
    let start = signature.get().as_ptr().addr() - text.as_ptr().addr();
    let end = start + signature.get().len();
    let (front, rest) = (&text[..start], &text[end..]);
    let front = front.trim_end().strip_suffix(':').map(str::trim_end);
    let front = front.and_then(|front| front.strip_suffix(MEMBER));
    let front = front.ok_or("the name `__crypto__` is written with escapes")?;
    // A comma belongs to the member: the one before it, or else the one behind.
    let (front, rest) = match front.trim_end().strip_suffix(',') {
        Some(front) => (front, rest),
        None => (front, rest.trim_start().strip_prefix(',').unwrap_or(rest)),
    };
    let text = [front, rest].concat();
    Ok(Signed { text: text.into_bytes(), signature: bytes })
}

/// Appends a signature to the text of a body. Returns `None` if that is not an object.
pub(super) fn put(text: &str, signature: &[u8]) -> Option<Vec<u8>> {
    let object = text.trim_end().strip_suffix('}')?;
    let is_empty = object.trim_end() == "{";
    let comma = if is_empty { "" } else { "," };
    Some(format!("{object}{comma}{MEMBER}:\"{}\"}}", hex(signature)).into_bytes())
}

/// Reads hexadecimal digits. An odd number of them begins with half a byte.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().map(|digit| char::from(digit).to_digit(16));
    let mut digits = digits.collect::<Option<Vec<u32>>>()?;
    if digits.len() % 2 == 1 {
        digits.insert(0, 0);
    }
    Some(digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(body: &str) -> Result<(String, Vec<u8>), String> {
        let signed = take(body.as_bytes())?;
        Ok((String::from_utf8(signed.text).unwrap(), signed.signature))
    }

    #[test]
    fn what_was_put_is_taken() {
        for text in ["{}", "{ }", r#"{"a":1}"#, r#"{ "a" : [1, {}] }"#, r#"{"t":"__crypto__ }"}"#] {
            let body = String::from_utf8(put(text, &[0, 0xab]).unwrap()).unwrap();
            assert_eq!(taken(&body), Ok((text.to_owned(), vec![0, 0xab])), "{body}");
        }
        assert_eq!(put("[1]", &[1]), None);
        assert_eq!(put("", &[1]), None);
    }

    #[test]
    fn the_member_may_stand_anywhere_and_takes_one_comma() {
        let of = |body: &str| taken(body).unwrap().0;
        assert_eq!(of(r#"{"__crypto__":"00","a":1}"#), r#"{"a":1}"#);
        assert_eq!(of(r#"{"a":1,"__crypto__":"00","b":2}"#), r#"{"a":1,"b":2}"#);
        assert_eq!(
            of(r#"{"a":{"__crypto__":"11"},"__crypto__":"00"}"#),
            r#"{"a":{"__crypto__":"11"}}"#
        );
        assert_eq!(of("{ \"a\": 1 , \"__crypto__\" : \"0\" }"), "{ \"a\": 1  }");
        // A pair of surrogates, each in three bytes.
        let wire = b"{\"a\":\"\xed\xa0\xbd\xed\xb8\x80\",\"__crypto__\":\"00\"}";
        let text = take(wire).unwrap().text;
        assert_eq!(&*text, "{\"a\":\"\u{1f600}\"}".as_bytes());
    }

    #[test]
    fn damaged_bodies_are_refused_or_leave_an_object() {
        let body = br#" { "a" : [1, {"__crypto__" : "x"}] , "__crypto__" : "00ff" , "b" : "\\" } "#;
        let is_object = |text: &[u8]| {
            serde_json::from_slice::<serde_json::Value>(text).is_ok_and(|value| value.is_object())
        };
        assert!(is_object(&take(body).unwrap().text));
        for end in 0..body.len() - 2 {
            assert!(take(&body[..end]).is_err(), "{end}");
        }
        for at in 0..body.len() {
            for byte in [b'"', b'{', b'}', b',', b':', b'\\', b' ', 0, 0xed, 0xff] {
                let mut damaged = body.to_vec();
                damaged[at] = byte;
                if let Ok(signed) = take(&damaged) {
                    assert!(is_object(&signed.text), "{}", String::from_utf8_lossy(&damaged));
                }
            }
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (body, wrong) in [
            ("{}", "the message is not signed: `__crypto__` is missing"),
            ("", "a signed body is a JSON object"),
            ("[]", "a signed body is a JSON object"),
            (r#"{"__crypto__":7}"#, "is not a text"),
            (r#"{"__crypto__":"0x"}"#, "is not in hexadecimal digits"),
            (r#"{"__crypto__":"00","__crypto__":"00"}"#, "duplicate field"),
            (r#"{"__crypto\u005f_":"00"}"#, "written with escapes"),
        ] {
            let error = taken(body).unwrap_err();
            assert!(error.contains(wrong), "{body}: {error}");
        }
    }
}
