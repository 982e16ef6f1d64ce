//! Handshakes: what pomelo's server and its clients wrote.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod recorded;

use std::time::Duration;

use connector_protocol::pomelo::handshake::{Dictionary, HandshakeError, Request, Response};
use recorded::list;
use serde_json::Value;

fn bodies(from: &str) -> Vec<String> {
    let mut handshakes = list(include_str!("../vectors/handshakes.json"), "handshakes");
    handshakes.retain(|vector| vector["from"] == from);
    handshakes.iter().map(|vector| vector["body_utf8"].as_str().unwrap().to_owned()).collect()
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// Where the members of `sys`, and those beside it, stand in a body.
fn order(body: &str) -> Vec<&str> {
    let mut keys = vec!["code", "sys", "user"];
    keys.extend(["heartbeat", "dict", "routeToCode", "codeToRoute", "dictVersion"]);
    keys.extend(["useDict", "protos", "useProto"]);
    let place = |key: &&str| body.find(&format!("\"{key}\":"));
    keys.retain(|key| place(key).is_some());
    keys.sort_by_key(place);
    keys
}

#[test]
fn reads_recorded_requests() {
    let mut read = 0;
    for body in bodies("client") {
        match Request::parse(body.as_bytes()) {
            Ok(request) => {
                assert_eq!(Some(&request.user.unwrap()), json(body.as_bytes()).get("user"));
                assert!(request.sys.kind.is_some() && request.sys.version.is_some());
                assert!(request.sys.extra.is_empty() && request.sys.rsa.is_none());
                read += 1;
            }
            Err(error) => {
                assert!(matches!(error, HandshakeError::NoSys));
                assert_eq!(body, r#"{"user":{}}"#);
            }
        }
    }
    assert_eq!(read, 2);
}

#[test]
fn writes_recorded_requests() {
    let body = r#"{"sys":{"type":"t","version":"1"},"user":{"u":1}}"#;
    assert!(bodies("client").iter().any(|recorded| recorded == body));
    let request = Request::parse(body.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(request.encode()).unwrap(), body);
}

#[test]
fn writes_recorded_responses_as_they_were_read() {
    for body in bodies("server") {
        let response = Response::parse(body.as_bytes()).unwrap();
        let written = String::from_utf8(response.encode()).unwrap();
        assert_eq!(json(written.as_bytes()), json(body.as_bytes()));
        assert_eq!(order(&written), order(&body));
        // Members of `user` and of schemas are sorted; all else keeps its place.
        if body.len() < 60 {
            assert_eq!(written, body);
        }
    }
}

#[test]
fn writes_a_recorded_dictionary_byte_for_byte() {
    let body = bodies("server").into_iter().find(|body| body.contains("codeToRoute")).unwrap();
    let response = Response::parse(body.as_bytes()).unwrap();
    let written = String::from_utf8(response.encode()).unwrap();
    let until = |body: &str| body[..body.find("\"protos\"").unwrap()].to_owned();
    assert_eq!(until(&written), until(&body));

    let info = response.sys.unwrap();
    let dict = info.dict.unwrap();
    assert_eq!(dict.routes[&1], "connector.entryHandler.bind");
    assert_eq!(dict.routes[&24], "onChannel");
    assert_eq!(dict.routes.len(), 24);
    assert_eq!(dict.version.as_deref(), Some("d8oidzPt64A/Zj6ZvuF56A=="));
    assert_eq!(*dict, Dictionary::new(dict.routes.clone()), "the version is computed alike");
    assert_eq!(info.heartbeat, Some(Duration::from_secs(3)));
    let protos = info.protos.unwrap();
    assert_eq!(protos.version.as_deref(), Some("vtMbzeQGoxggO5cIJvfNwA=="));
    assert_eq!(protos.server["connector.protoHandler.echo"]["u"]["type"], "uInt32");
}

#[test]
fn refuses_requests_and_responses_that_end_at_any_byte() {
    for body in bodies("client") {
        for end in 0..body.len() {
            assert!(matches!(
                Request::parse(&body.as_bytes()[..end]),
                Err(HandshakeError::Json(_))
            ));
        }
    }
    for body in bodies("server").iter().filter(|body| body.is_ascii()) {
        for end in 0..body.len() {
            assert!(matches!(
                Response::parse(&body.as_bytes()[..end]),
                Err(HandshakeError::Json(_))
            ));
        }
    }
}
