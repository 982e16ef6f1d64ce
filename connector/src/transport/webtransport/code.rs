//! The codes of a session's streams among those of HTTP/3 (draft-ietf-webtrans-http3, 4.4).

use quinn::VarInt;

/// The code that stands for 0.
const FIRST: u64 = 0x52e4_a40f_a8db;
/// The code that stands for 2^32 - 1.
const LAST: u64 = 0x52e5_ac98_3162;
/// Each one of so many codes is reserved, and passed over.
const STEP: u64 = 0x1f;

/// Returns the code of HTTP/3 for a code of ours.
pub(in crate::transport) fn to_http(code: VarInt) -> VarInt {
    let code = code.into_inner();
    let mapped = VarInt::from_u64(FIRST + code + code / (STEP - 1));
    mapped.unwrap_or(VarInt::MAX)
}

/// Returns the code that one of HTTP/3 stands for, or that itself.
pub(in crate::transport) fn of_http(code: VarInt) -> VarInt {
    let http = code.into_inner();
    if !(FIRST..=LAST).contains(&http) {
        return code;
    }
    let shifted = http - FIRST;
    VarInt::from_u64(shifted - shifted / STEP).unwrap_or(VarInt::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_written() {
        for code in [0, 1, 0x1d, 0x1e, 0x1f, 1000, 1008, u32::MAX] {
            let http = to_http(VarInt::from_u32(code));
            assert_eq!(of_http(http), VarInt::from_u32(code));
            let reserved = (http.into_inner() - 0x21).is_multiple_of(STEP);
            assert!(!reserved, "{code} is of the form that is reserved");
        }
        assert_eq!(to_http(VarInt::from_u32(0)).into_inner(), FIRST);
        assert_eq!(to_http(VarInt::from_u32(u32::MAX)).into_inner(), LAST);
    }

    #[test]
    fn other_codes_are_left_as_they_are() {
        for code in [0, 1008, FIRST - 1, LAST + 1] {
            let code = VarInt::from_u64(code).unwrap();
            assert_eq!(of_http(code), code);
        }
    }
}
