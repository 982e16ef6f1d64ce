use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::format::{BodyFormat, BodySlot, BodyValue, Format, FormatError};
use crate::pomelo::protobuf::Schemas;

fn request(body: Value) -> Request {
    Request::parse(body.to_string().as_bytes()).unwrap()
}

fn server_info(sys: Value) -> ServerInfo {
    let body = json!({ "code": 200, "sys": sys }).to_string();
    Response::parse(body.as_bytes()).unwrap().sys.unwrap()
}

fn encoded(info: ServerInfo) -> String {
    let response = Response { code: codes::OK, sys: Some(info), user: None };
    String::from_utf8(response.encode()).unwrap()
}

#[test]
fn reads_every_field_of_a_request() {
    let request = request(json!({
        "sys": {
            "type": "js-websocket", "version": "0.0.1", "protoVersion": "p==", "dictVersion": "d==",
            "rsa": { "rsa_n": "00c0", "rsa_e": "10001" }, "pomelo_version": "0.7.x",
            "platform": "mac", "libVersion": "0.3.5", "clientBuildNumber": "20",
            "clientVersion": "2.1", "connector": Native::new(&[Format::Protobuf]), "resume": true
        },
        "user": { "age": 30 }
    }));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        request.sys,
        ClientInfo {
            kind: text("js-websocket"),
            version: text("0.0.1"),
            rsa: Some(Rsa { rsa_n: "00c0".into(), rsa_e: "10001".into() }),
            proto_version: text("p=="),
            dict_version: text("d=="),
            pomelo_version: text("0.7.x"),
            platform: text("mac"),
            lib_version: text("0.3.5"),
            client_build_number: text("20"),
            client_version: text("2.1"),
            connector: Some(Native::new(&[Format::Protobuf])),
            extra: [("resume".to_owned(), json!(true))].into_iter().collect(),
        }
    );
    assert_eq!(request.user, Some(json!({ "age": 30 })));
    assert_eq!(Request::parse(&request.encode()).unwrap(), request);
}

#[test]
fn capabilities_are_protobuf_in_base64() {
    let mut native = Native::new(&[Format::Protobuf]);
    native.0.compressions.clear();
    assert_eq!(json!(native), "CAESCHByb3RvYnVm");
}

#[test]
fn reads_numbers_as_text() {
    let sys = request(json!({ "sys": { "protoVersion": 0, "dictVersion": 1.5 } })).sys;
    assert_eq!(sys.proto_version.as_deref(), Some("0"));
    assert_eq!(sys.dict_version.as_deref(), Some("1.5"));
}

#[test]
fn takes_a_field_of_another_type_as_absent() {
    let odd = json!({
        "sys": {
            "type": [], "version": {}, "protoVersion": null, "dictVersion": true,
            "rsa": "key", "platform": [1], "libVersion": false
        }
    });
    assert_eq!(request(odd), Request::default());
    assert_eq!(request(json!({ "sys": { "rsa": {} } })).sys.rsa, None);
    assert_eq!(request(json!({ "sys": { "rsa": { "rsa_n": "1" } } })).sys.rsa, None);
}

#[test]
fn tells_a_null_user_from_none() {
    assert_eq!(request(json!({ "sys": {}, "user": null })).user, Some(Value::Null));
    assert_eq!(request(json!({ "sys": {} })).user, None);
    assert_eq!(Request::default().encode(), br#"{"sys":{}}"#);
}

#[test]
fn refuses_what_is_no_request() {
    for body in ["{}", r#"{"user":{}}"#, r#"{"sys":1}"#, r#"{"sys":[]}"#, r#"{"sys":null}"#, "[]"] {
        let error = Request::parse(body.as_bytes()).unwrap_err();
        assert!(matches!(error, HandshakeError::NoSys), "{body}: {error}");
    }
    for body in ["", "{", "x", r#"{"sys":{}} x"#, "\0"] {
        let error = Request::parse(body.as_bytes()).unwrap_err();
        assert!(matches!(error, HandshakeError::Json(_)), "{body}: {error}");
    }
}

#[test]
fn refuses_json_that_is_nested_beyond_reason() {
    let body = format!(r#"{{"sys":{{}},"user":{}"#, "[".repeat(100_000));
    assert!(matches!(Request::parse(body.as_bytes()), Err(HandshakeError::Json(_))));
}

#[test]
fn reads_the_surrogates_of_browser_clients() {
    let request =
        Request::parse(b"{\"sys\":{},\"user\":\"\xed\xa0\xbd\xed\xb8\x80\xff\"}").unwrap();
    assert_eq!(request.user, Some(json!("😀\u{fffd}")));
}

#[test]
fn writes_a_request_in_the_order_of_pomelos_clients() {
    let mut request = Request::new("js-websocket", "0.0.1");
    request.sys.proto_version = Some("v".into());
    request.user = Some(json!({}));
    assert_eq!(
        String::from_utf8(request.encode()).unwrap(),
        r#"{"sys":{"type":"js-websocket","version":"0.0.1","protoVersion":"v"},"user":{}}"#
    );
}

#[test]
fn writes_whole_seconds_as_integers() {
    let every = |heartbeat| ServerInfo { heartbeat: Some(heartbeat), ..ServerInfo::default() };
    let three = r#"{"code":200,"sys":{"heartbeat":3}}"#;
    assert_eq!(encoded(every(Duration::from_secs(3))), three);
    let fraction = r#"{"code":200,"sys":{"heartbeat":0.25}}"#;
    assert_eq!(encoded(every(Duration::from_millis(250))), fraction);
    assert_eq!(encoded(ServerInfo::default()), r#"{"code":200,"sys":{}}"#);
}

#[test]
fn reads_heartbeats_that_are_times() {
    let heartbeat = |value| server_info(json!({ "heartbeat": value })).heartbeat;
    assert_eq!(heartbeat(json!(30)), Some(Duration::from_secs(30)));
    assert_eq!(heartbeat(json!(2.5)), Some(Duration::from_millis(2500)));
    for none in [json!(0), json!(-1), json!(1e300), json!(null), json!("3"), json!(1e-12)] {
        assert_eq!(heartbeat(none.clone()), None, "{none}");
    }
    assert_eq!(server_info(json!({})).heartbeat, None);
}

#[test]
fn writes_a_dictionary_in_all_its_forms_and_in_the_order_of_codes() {
    let routes = BTreeMap::from([(1, "z.h.m".to_owned()), (2, "a.h.m".to_owned())]);
    let dict = Dictionary { version: Some("v==".into()), routes };
    let info = ServerInfo { use_dict: true, dict: Some(Arc::new(dict)), ..ServerInfo::default() };
    assert_eq!(
        encoded(info.clone()),
        r#"{"code":200,"sys":{"dict":{"z.h.m":1,"a.h.m":2},"routeToCode":{"z.h.m":1,"a.h.m":2},"codeToRoute":{"1":"z.h.m","2":"a.h.m"},"dictVersion":"v==","useDict":true}}"#
    );
    assert_eq!(Response::parse(encoded(info.clone()).as_bytes()).unwrap().sys, Some(info));
}

#[test]
fn reads_a_dictionary_from_any_of_its_forms() {
    let routes = BTreeMap::from([(7, "a.h.m".to_owned())]);
    for sys in [
        json!({ "dict": { "a.h.m": 7 } }),
        json!({ "routeToCode": { "a.h.m": 7 } }),
        json!({ "codeToRoute": { "7": "a.h.m" } }),
        json!({ "dict": { "a.h.m": 7, "b": 0, "c": 65536, "d": -1, "e": "x", "f": 1.5 } }),
        json!({ "codeToRoute": { "7": "a.h.m", "0": "b", "x": "c", "65536": "d", "8": 1 } }),
    ] {
        let dict = server_info(sys.clone()).dict.unwrap();
        assert_eq!(*dict, Dictionary { version: None, routes: routes.clone() }, "{sys}");
    }
    assert_eq!(server_info(json!({ "dict": 1, "useDict": true })).dict, None);
}

#[test]
fn tells_kept_schemas_from_none() {
    let kept = server_info(json!({ "useProto": true }));
    assert!(kept.use_proto && kept.protos.is_none());
    let sent =
        server_info(json!({ "protos": { "server": { "a": 1 }, "client": {}, "version": 3 } }));
    let protos = Protos { server: json!({ "a": 1 }), client: json!({}), version: Some("3".into()) };
    assert_eq!(sent.protos.as_deref(), Some(&protos));
}

#[test]
fn reads_pitayas_response() {
    let body = br#"{"code":200,"sys":{"heartbeat":30,"dict":{},"serializer":"json"}}"#;
    let info = Response::parse(body).unwrap().sys.unwrap();
    assert_eq!(info.serializer.as_deref(), Some("json"));
    assert_eq!(info.dict.as_deref(), Some(&Dictionary::default()));
    for body in [&b"\x78\x9c\xab\x56"[..], b"\x78\x01", b"\x1f\x8b\x08"] {
        let error = Response::parse(body).unwrap_err();
        #[cfg(feature = "zlib")]
        assert!(matches!(error, HandshakeError::Inflate(_)), "{error}");
        #[cfg(not(feature = "zlib"))]
        assert!(matches!(error, HandshakeError::Compressed), "{error}");
        assert!(matches!(Request::parse(body), Err(HandshakeError::Compressed)));
    }
}

#[test]
fn refuses_a_response_without_a_code() {
    for body in ["{}", "[]", r#"{"code":"200"}"#, r#"{"code":65536}"#, r#"{"code":-1}"#] {
        let error = Response::parse(body.as_bytes()).unwrap_err();
        assert!(matches!(error, HandshakeError::NoCode), "{body}: {error}");
    }
    assert!(matches!(Response::parse(b"x"), Err(HandshakeError::Json(_))));
}

#[test]
fn writes_a_refusal_as_a_code_alone() {
    assert_eq!(Response::refusal(codes::OLD_CLIENT).encode(), br#"{"code":501}"#);
    assert_eq!(Response::parse(br#"{"code":501}"#).unwrap(), Response::refusal(501));
}

#[test]
fn reads_a_response_without_sys() {
    let response = Response::parse(br#"{"code":200,"sys":3,"user":[1]}"#).unwrap();
    assert_eq!(response, Response { code: 200, sys: None, user: Some(json!([1])) });
}

fn agreement(sys: Value, formats: &[Format]) -> Agreement {
    Agreement::of_client(&request(json!({ "sys": sys })).sys, formats, None)
}

/// The agreement with a client that gets each package in a frame of its own.
fn cautious(dialect: Dialect) -> Agreement {
    let mut agreement = Agreement::new(dialect, Format::Json);
    agreement.joins_packages = false;
    agreement
}

/// The same agreement, with zlib where both sides have the feature.
fn zlib(mut agreement: Agreement) -> Agreement {
    agreement.zlib = cfg!(feature = "zlib");
    agreement
}

#[test]
fn tells_the_dialects_apart_by_what_a_client_says() {
    let both = [Format::Json, Format::Protobuf];
    let pomelo = cautious(Dialect::Pomelo);
    assert_eq!(agreement(json!({ "type": "js-websocket", "version": "0.0.1" }), &both), pomelo);
    let typed = json!({ "type": "js-websocket", "version": "0.0.1", "libVersion": "1.2.0" });
    assert_eq!(agreement(typed, &both).dialect, Dialect::Pomelo);
    let pitaya = agreement(json!({ "platform": "mac", "libVersion": "0.3.5" }), &both);
    assert_eq!(pitaya, zlib(cautious(Dialect::Pitaya)));
    let build = agreement(json!({ "clientBuildNumber": "20" }), &both);
    assert_eq!(build, zlib(cautious(Dialect::Pitaya)));
    // Some of pitaya's clients say no more, which proves nothing about zlib.
    assert_eq!(agreement(json!({ "platform": "mac" }), &both), cautious(Dialect::Pitaya));
    let kind = json!({ "type": "unity-socket", "platform": "mac" });
    assert_eq!(agreement(kind, &both), pomelo);
    for odd in [json!("no base64!"), json!("//8="), json!(7), json!({}), json!("")] {
        assert_eq!(agreement(json!({ "connector": odd }), &both), pomelo);
    }
}

#[test]
fn a_servers_own_function_decides_the_dialect() {
    let both = [Format::Json, Format::Protobuf];
    let native = json!({ "type": "robot", "connector": Native::new(&[Format::Protobuf]) });
    let decided = |sys: &Value, dialect| {
        Agreement::of_client(&request(json!({ "sys": sys })).sys, &both, dialect)
    };
    for dialect in [Dialect::Pomelo, Dialect::Pitaya] {
        // With the dialect, its format: the other clients of it know no other.
        assert_eq!(decided(&native, Some(dialect)), cautious(dialect));
    }
    let said = zlib(Agreement::new(Dialect::Native, Format::Protobuf));
    assert_eq!(decided(&native, None), said);
    assert_eq!(decided(&native, Some(Dialect::Native)), said);
    let silent = decided(&json!({ "type": "robot" }), Some(Dialect::Native));
    assert_eq!(silent, Agreement::new(Dialect::Native, Format::Json));
}

#[test]
fn zlib_is_for_those_who_say_that_they_read_it() {
    let formats = [Format::Json];
    let without = || {
        let mut native = Native::new(&formats);
        native.0.compressions = vec!["zstd".into()];
        native
    };
    assert!(!agreement(json!({ "connector": without() }), &formats).zlib);
    let server = ServerInfo { connector: Some(without()), ..ServerInfo::default() };
    assert!(!Agreement::of_server(&server, &formats).zlib);
    // What the application calls pitaya may be anything.
    let robot = request(json!({ "sys": { "type": "robot" } })).sys;
    assert!(!Agreement::of_client(&robot, &formats, Some(Dialect::Pitaya)).zlib);
    // nano's servers have no serializer, and pomelo's neither.
    assert!(!Agreement::of_server(&ServerInfo::default(), &formats).zlib);
}

#[test]
fn packages_are_joined_for_those_who_are_known_to_read_them() {
    let joins = |sys: Value| agreement(sys, &[Format::Json]).joins_packages;
    assert!(!joins(json!({ "type": "js-websocket", "version": "0.0.1", "protoVersion": 0 })));
    assert!(!joins(json!({ "type": "js-websocket", "version": "0.0.1" })));
    assert!(!joins(json!({ "platform": "mac", "libVersion": "0.3.5", "protoVersion": "1" })));
    assert!(joins(json!({ "connector": Native::new(&[Format::Json]) })));
}

#[test]
fn takes_the_first_format_that_both_have() {
    let native = |formats: &[Format]| json!({ "connector": Native::new(formats) });
    let chosen = |wanted: &[Format], had: &[Format]| agreement(native(wanted), had);
    let agreed = |format| zlib(Agreement::new(Dialect::Native, format));
    let both = [Format::Protobuf, Format::Json];
    assert_eq!(chosen(&both, &[Format::Json, Format::Protobuf]), agreed(Format::Protobuf));
    assert_eq!(chosen(&both, &[Format::Json]), agreed(Format::Json));
    assert_eq!(chosen(&[Format::Protobuf], &[Format::Json]), cautious(Dialect::Pomelo));
    assert_eq!(chosen(&both, &[]), cautious(Dialect::Pomelo));
    assert_eq!(chosen(&[], &both), cautious(Dialect::Pomelo));
}

/// A format that exists by its name only.
struct Named(&'static str);

impl BodyFormat for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn write(&self, _: BodyValue<'_>, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Ok(())
    }

    fn read(&self, _: &[u8], _: BodySlot<'_>) -> Result<(), FormatError> {
        Ok(())
    }
}

#[test]
fn formats_of_an_application_go_by_their_names() {
    const CBOR: Format = Format::Custom(&Named("cbor"));
    const OTHER: Format = Format::Custom(&Named("other"));
    let native = json!({ "connector": Native::new(&[OTHER, CBOR, Format::Json]) });
    let server = [Format::Json, Format::Protobuf, CBOR];
    let agreed = agreement(native.clone(), &server);
    assert_eq!(agreed, zlib(Agreement::new(Dialect::Native, CBOR)));
    // A server that knows none of them passes over both.
    let json = agreement(native, &[Format::Json]);
    assert_eq!(json, zlib(Agreement::new(Dialect::Native, Format::Json)));
    let info = ServerInfo { connector: Some(Native::new(&[CBOR])), ..ServerInfo::default() };
    assert_eq!(Agreement::of_server(&info, &[Format::Json, CBOR]), agreed);
}

#[test]
fn only_pomelos_dialect_has_schemas() {
    let schemas = Schemas::parse(r#"{"onLine":{}}"#, r#"{"a.b.c":{}}"#).map(Arc::new).ok();
    let agreement = Agreement::default().with_schemas(schemas.clone());
    let has = |route, direction| agreement.schema(route, direction).is_some();
    assert!(has("a.b.c", Direction::ToServer) && !has("a.b.c", Direction::ToClient));
    assert!(has("onLine", Direction::ToClient) && !has("onLine", Direction::ToServer));
    for dialect in [Dialect::Pitaya, Dialect::Native] {
        let agreement = Agreement::new(dialect, Format::Json).with_schemas(schemas.clone());
        assert_eq!(agreement.schemas(), None);
    }
}

#[test]
fn a_client_reads_what_a_server_agreed_to() {
    let formats = [Format::Json, Format::Protobuf];
    for format in formats {
        let connector = Some(Native::new(&[format]));
        let info = ServerInfo { connector, ..ServerInfo::default() };
        let response = Response { code: codes::OK, sys: Some(info), user: None };
        let read = Response::parse(&response.encode()).unwrap().agreement(&formats);
        assert_eq!(read, zlib(Agreement::new(Dialect::Native, format)));
    }
    let pitaya = |serializer| {
        Agreement::of_server(&server_info(json!({ "serializer": serializer })), &formats)
    };
    assert_eq!(pitaya("json"), zlib(Agreement::new(Dialect::Pitaya, Format::Json)));
    assert_eq!(pitaya("protobuf"), zlib(Agreement::new(Dialect::Pitaya, Format::Protobuf)));
}

#[test]
fn debug_shows_no_token() {
    use crate::session::{ClientSettings, Details, Hello};

    let user = || Some(json!({ "token": "s3cret" }));
    let request = || Request { user: user(), ..Request::new("js-websocket", "1") };
    let details = Details::new(request());
    let settings = ClientSettings { user: user(), details, ..ClientSettings::default() };
    let hello = Hello { user: user(), ..Hello::default() };
    for shown in [format!("{:?}", request()), format!("{settings:?}"), format!("{hello:?}")] {
        assert!(shown.contains("user: Some(..)") && !shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn little_is_kept_of_what_a_client_says_of_itself() {
    let long = "x".repeat(60_000);
    let sys = json!({
        "type": &long,
        "version": "x".repeat(1024),
        "libVersion": "x".repeat(1025),
        "connector": &long,
        "rsa": { "rsa_n": &long, "rsa_e": "10001" },
        "a": &long,
        "b": vec![0; 1_000],
        "c": [{ "": 0 }, { "": 0 }, { "": 0 }, { "": 0 }, { "": 0 }, { "": 0 }],
        "device": { "model": "phone", "sizes": [1, 2] },
        "e": true,
        "user": &long,
    });
    let request = json!({ "sys": sys, "user": { "token": &long } });
    let Request { sys, user } = Request::parse(request.to_string().as_bytes()).unwrap();
    assert_eq!((sys.kind, sys.lib_version, sys.connector, sys.rsa), (None, None, None, None));
    assert_eq!(sys.version.map(|version| version.len()), Some(1024));
    let kept: Vec<_> = sys.extra.keys().map(String::as_str).collect();
    assert_eq!(kept, ["device", "e"]);
    assert_eq!(user, Some(json!({ "token": long })));
}

#[test]
fn what_a_client_keeps_is_read_as_it_was_written() {
    let routes = BTreeMap::from([(3, "a.b.c".to_owned())]);
    let schemas = Schemas::parse(r#"{ "onLine": { "required uInt32 id": 1 } }"#, "{}").unwrap();
    let cached = Cached {
        dictionary: Some(Arc::new(Dictionary::new(routes))),
        protos: Some(schemas.protos().clone()),
    };
    assert_eq!(Cached::parse(&cached.encode()), cached);
    let none = Cached::default();
    assert_eq!(Cached::parse(&none.encode()), none);
    // A file may be damaged, and without a version nothing can be left out.
    for odd in [&b""[..], b"[]", b"{\"dict\":", b"{\"dict\":{\"a.b.c\":1},\"protos\":{}}"] {
        assert_eq!(Cached::parse(odd), none);
    }
}
