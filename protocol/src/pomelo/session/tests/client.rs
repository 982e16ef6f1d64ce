//! Pomelo's client side, every package in every state.

use super::*;

#[test]
fn speaks_first_and_acknowledges_the_welcome() {
    let mut client = client();
    let request = Request::new("connector", env!("CARGO_PKG_VERSION")).encode();
    assert_eq!(client.written(), package(PackageType::Handshake, request));
    assert_eq!(client.session.deadline(), None);
    let Ok(Seen::Opened(Some(welcome))) = client.feed(&welcome(json!({ "heartbeat": 3 }))) else {
        panic!()
    };
    let response: &Response = welcome.details.get().unwrap();
    assert_eq!(response.sys.as_ref().unwrap().heartbeat, Some(3 * SECOND));
    assert_eq!(client.written(), HANDSHAKE_ACK);
    assert_eq!(client.session.deadline(), Some(3 * SECOND));
}

#[test]
fn ignores_what_comes_before_the_response() {
    let mut client = client();
    for early in [HEARTBEAT.to_vec(), data("x")] {
        assert_eq!(client.feed(&early), Ok(Seen::Ignored));
    }
    assert!(matches!(client.feed(&welcome(json!({}))), Ok(Seen::Opened(Some(_)))));
}

#[test]
fn ends_when_it_is_refused() {
    for code in [500, 501, 400, 0] {
        let mut client = client();
        client.written();
        let body = json!({ "code": code }).to_string();
        let result = client.feed(&package(PackageType::Handshake, body));
        assert_eq!(result, Err(CloseReason::Refused(code)));
        assert_eq!(client.written(), b"");
    }
}

#[test]
fn ends_on_a_response_that_it_cannot_read() {
    for body in [&b""[..], b"x", b"{}", b"\x78\x9c\x01"] {
        assert!(malformed(client().feed(&package(PackageType::Handshake, body))));
    }
}

#[test]
fn ignores_a_second_handshake() {
    let mut client = open_client(json!({}));
    assert_eq!(client.feed(&welcome(json!({ "heartbeat": 1 }))), Ok(Seen::Ignored));
    assert_eq!(client.session.deadline(), None);
    assert_eq!(client.written(), b"");
}

#[test]
fn ends_on_an_ack_and_on_bytes_that_are_no_package() {
    assert!(malformed(open_client(json!({})).feed(&HANDSHAKE_ACK)));
    assert!(malformed(open_client(json!({})).feed(b"\x09\0\0\0")));
    let mut client = open_client(json!({}));
    let bytes = [&data("a")[..], b"\x04"].concat();
    let mut input = bytes.as_slice();
    assert_eq!(client.take(&mut input), Ok(message("a")));
    assert!(malformed(client.take(&mut input)));
}

#[test]
fn sends_no_heartbeats_that_nobody_asked_for() {
    for sys in [json!({}), json!({ "heartbeat": 0 })] {
        let mut client = open_client(sys);
        assert_eq!(client.feed(&HEARTBEAT), Ok(Seen::Ignored));
        assert_eq!(client.session.deadline(), None);
        client.now = 1000 * SECOND;
        assert_eq!(client.tick(), Ok(()));
        assert_eq!(client.written(), b"");
    }
}

#[test]
fn sends_a_heartbeat_every_interval() {
    let mut client = open_client(json!({ "heartbeat": 2 }));
    client.feed(&HEARTBEAT).unwrap();
    assert_eq!(client.written(), b"");
    client.now = 2 * SECOND - Duration::from_nanos(1);
    client.tick().unwrap();
    assert_eq!(client.written(), b"");
    for round in 1..4 {
        client.wait().unwrap();
        assert_eq!(client.now, round * 2 * SECOND);
        assert_eq!(client.written(), HEARTBEAT);
        client.feed(&HEARTBEAT).unwrap();
    }
}

#[test]
fn gives_up_when_the_server_is_silent() {
    let mut client = open_client(json!({ "heartbeat": 1 }));
    while client.session.deadline().unwrap() <= 2 * SECOND {
        client.wait().unwrap();
    }
    assert_eq!(client.session.deadline(), Some(2 * SECOND + Duration::from_millis(100)));
    assert_eq!(client.wait(), Err(CloseReason::HeartbeatTimeout));
    assert_eq!(client.session.deadline(), None);
    assert_eq!(client.tick(), Ok(()));
}

#[test]
fn takes_any_package_for_a_sign_of_life() {
    for sign in [HEARTBEAT.to_vec(), data("x"), welcome(json!({}))] {
        let mut client = open_client(json!({ "heartbeat": 1 }));
        client.now = 2 * SECOND;
        client.tick().unwrap();
        client.feed(&sign).unwrap();
        client.now = 4 * SECOND;
        assert_eq!(client.tick(), Ok(()));
        client.now = 5 * SECOND;
        assert_eq!(client.tick(), Err(CloseReason::HeartbeatTimeout));
    }
}

#[test]
fn is_as_patient_as_its_configuration() {
    for (silent_intervals, seconds) in [(0, 1), (1, 1), (4, 4)] {
        let config = ClientSettings { silent_intervals, ..ClientSettings::default() };
        let mut client = Side::new(ClientSession::new(&config));
        client.feed(&welcome(json!({ "heartbeat": 1 }))).unwrap();
        client.now = seconds * SECOND;
        assert_eq!(client.tick(), Ok(()));
        client.now += Duration::from_millis(100);
        assert_eq!(client.tick(), Err(CloseReason::HeartbeatTimeout));
    }
}

#[test]
fn forgives_a_silence_that_was_its_own() {
    let mut client = open_client(json!({ "heartbeat": 1 }));
    client.session.restart_idle_timer(10 * SECOND);
    client.now = 11 * SECOND;
    assert_eq!(client.tick(), Ok(()));
    assert_eq!(client.written(), HEARTBEAT);
}

#[test]
fn reports_a_kick_with_whatever_reason_came() {
    for (body, reason) in [
        (&br#"{"reason":"bye"}"#[..], Some("bye")),
        (b"", None),
        (b"{}", None),
        (br#"{"reason":7}"#, None),
        (br#""bye""#, Some("bye")),
        (b"bye", Some("bye")),
        (b"b\xffe", Some("b\u{fffd}e")),
        (b"{\"reason\":\"\xed\xa0\xbd\xed\xb8\x80\"}", Some("😀")),
    ] {
        for mut client in [client(), open_client(json!({ "heartbeat": 1 }))] {
            let result = client.feed(&package(PackageType::Kick, body));
            assert_eq!(result, Err(CloseReason::Kicked(reason.map(str::to_owned))));
            assert_eq!(client.session.deadline(), None);
        }
    }
}

#[test]
fn kicks_nobody() {
    let mut client = open_client(json!({}));
    assert!(client.kick(Some("bye")));
    assert_eq!(client.written(), b"");
    assert_eq!(client.answer(Answer::Refuse { code: 500 }), Ok(()));
}

#[test]
fn says_what_it_has_cached_and_fills_in_what_the_server_leaves_out() {
    let routes = BTreeMap::from([(7, "a.b.c".to_owned())]);
    let dictionary = Arc::new(Dictionary { version: Some("d".into()), routes });
    let schemas = Schemas::parse(r#"{ "onLine": {} }"#, "{}").unwrap();
    let settings = ClientSettings {
        cached: Cached {
            dictionary: Some(dictionary.clone()),
            protos: Some(schemas.protos().clone()),
        },
        ..ClientSettings::default()
    };
    let client = || {
        let mut client = Side::new(ClientSession::new(&settings));
        client.start();
        let written = client.written();
        let request = Package::take(&mut written.as_slice()).unwrap();
        (client, Request::parse(request.body).unwrap().sys)
    };
    let (mut client_of_same, sys) = client();
    assert_eq!(sys.dict_version.as_deref(), Some("d"));
    assert_eq!(sys.proto_version.as_deref(), Some(schemas.version()));
    let opened = |client: &mut Side<ClientSession>, sys: Value| match client.feed(&welcome(sys)) {
        Ok(Seen::Opened(Some(welcome))) => welcome,
        other => panic!("{other:?}"),
    };
    let same = opened(&mut client_of_same, json!({ "useDict": true, "useProto": true }));
    assert_eq!(same.dictionary, Some(dictionary.clone()));
    assert!(same.agreement.schema("onLine", Direction::ToClient).is_some());
    // A server may have new ones, or none any more.
    let changed = json!({
        "useDict": true, "dict": { "x.y.z": 1 }, "dictVersion": "e",
        "useProto": true, "protos": { "server": {}, "client": {}, "version": "q" },
    });
    let changed = opened(&mut client().0, changed);
    assert_eq!(changed.dictionary.unwrap().routes[&1], "x.y.z");
    assert_eq!(changed.agreement.schemas().unwrap().version(), "q");
    let without = opened(&mut client().0, json!({}));
    assert_eq!((without.dictionary, without.agreement.schemas()), (None, None));
}
