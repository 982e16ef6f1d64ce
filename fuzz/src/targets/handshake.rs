//! Pomelo's handshake, which is JSON.

use std::collections::HashSet;

use connector::protocol::pomelo::handshake::{Dictionary, Request, Response};
use connector::protocol::pomelo::package::PackageType;

use super::owned;
use crate::recorded::File;

/// Members of handshakes, and JSON that they might hold.
pub const TOKENS: &[&[u8]] = &[
    b"\"sys\":{",
    b"\"user\":",
    b"\"type\":",
    b"\"version\":",
    b"\"rsa\":{\"rsa_n\":\"1\",\"rsa_e\":\"2\"},",
    b"\"protoVersion\":",
    b"\"dictVersion\":",
    b"\"code\":200,",
    b"\"heartbeat\":",
    b"\"dict\":{",
    b"\"routeToCode\":{\"a.b.c\":1},",
    b"\"codeToRoute\":{\"1\":\"a.b.c\"},",
    b"\"useDict\":true,",
    b"\"protos\":{\"server\":{},\"client\":{},\"version\":1},",
    b"\"serializer\":\"json\",",
    b"{}",
    b"[]",
    b"null",
    b"1e300",
    b"-0",
    b"0.1",
    b"\"\\ud83d\\ude00\"",
    b"\xed\xa0\xbd\xed\xb8\x80",
    b"\xff",
];

/// A request that is read is written as one that reads the same.
pub fn handshake_request(bytes: &[u8]) {
    let Ok(request) = Request::parse(bytes) else { return };
    let again = Request::parse(&request.encode()).expect("what was written can be read");
    assert_eq!(again, request);
}

/// A response that is read is written as one that reads the same.
pub fn handshake_response(bytes: &[u8]) {
    let Ok(response) = Response::parse(bytes) else { return };
    let again = Response::parse(&response.encode()).expect("what was written can be read");
    let dict = response.sys.as_ref().and_then(|sys| sys.dict.as_deref());
    if dict.is_none_or(is_unambiguous) {
        assert_eq!(again, response);
    }
}

/// Checks that each route has one code, as a dictionary by routes can express.
fn is_unambiguous(dict: &Dictionary) -> bool {
    let routes: HashSet<&str> = dict.routes.values().map(String::as_str).collect();
    routes.len() == dict.routes.len()
}

/// Requests that peers wrote, and one with everything.
pub fn requests() -> Vec<Vec<u8>> {
    let all = br#"{"sys":{"type":"js-websocket","version":"0.0.1","protoVersion":"p==","dictVersion":1.5,"rsa":{"rsa_n":"00c0","rsa_e":"10001"},"pomelo_version":"0.7.x","platform":"mac","libVersion":"0.3.5","clientBuildNumber":"20","clientVersion":"2.1","resume":true},"user":{"age":30}}"#;
    [File::Handshakes.objects(), of_dialects(), owned([all])].concat()
}

/// What pitaya, nano and their clients wrote, unless it is compressed.
fn of_dialects() -> Vec<Vec<u8>> {
    let bodies = [File::Pitaya, File::Nano].map(|file| file.bodies(PackageType::Handshake));
    bodies.into_iter().flatten().filter(|body| body.starts_with(b"{")).collect()
}

/// Responses that peers wrote, and some with everything.
pub fn responses() -> Vec<Vec<u8>> {
    let all = owned([
        br#"{"code":200,"sys":{"heartbeat":3,"dict":{"z.h.m":1,"a.h.m":2},"routeToCode":{"z.h.m":1,"a.h.m":2},"codeToRoute":{"1":"z.h.m","2":"a.h.m"},"dictVersion":"v==","useDict":true,"protos":{"server":{"a":1},"client":{},"version":3},"useProto":true,"serializer":"json"},"user":[1]}"#,
        br#"{"code":200,"sys":{"heartbeat":0.25,"codeToRoute":{"1":"z.h.m"}},"user":{"n":0.1}}"#,
        br#"{"code":501}"#,
    ]);
    [File::Handshakes.objects(), of_dialects(), all].concat()
}
