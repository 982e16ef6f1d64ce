//! Pitaya's dialect on the server's side: its heartbeats, kicks, codes and responses.

use super::*;
use crate::format::Format;

const KICK: [u8; 4] = [5, 0, 0, 0];

/// What pitaya's client in Go says of itself.
fn hello() -> Vec<u8> {
    let sys =
        json!({ "platform": "mac", "libVersion": "0.3.5-release", "clientBuildNumber": "20" });
    package(PackageType::Handshake, json!({ "sys": sys }).to_string())
}

fn settings(heartbeat: Option<Duration>, extras: ServerExtras) -> ServerSettings {
    ServerSettings { heartbeat, details: Details::new(extras), ..ServerSettings::default() }
}

/// A server that was greeted, and the body of its response.
fn greeted(settings: ServerSettings) -> (Side<ServerSession>, Vec<u8>) {
    let mut server = server(settings);
    let Ok(Seen::Hello(hello)) = server.feed(&hello()) else { panic!() };
    assert_eq!(hello.agreement.dialect, Dialect::Pitaya);
    assert_eq!(hello.agreement.zlib, cfg!(feature = "zlib"));
    let said = (hello.client.kind.as_deref(), hello.client.version.as_deref());
    assert_eq!(said, (Some("mac"), Some("0.3.5-release")));
    server.answer(accept()).unwrap();
    let written = server.written();
    let response = Package::take(&mut written.as_slice()).unwrap().body.to_vec();
    (server, response)
}

fn opened(settings: ServerSettings) -> Side<ServerSession> {
    let (mut server, _) = greeted(settings);
    assert_eq!(server.feed(&HANDSHAKE_ACK), Ok(Seen::Opened(None)));
    server
}

#[test]
fn tells_the_serializer_and_whole_seconds() {
    let json = ServerExtras::default();
    let protobuf = ServerExtras { serializer: Format::Protobuf, ..json.clone() };
    for (heartbeat, extras, expected) in [
        (Some(30 * SECOND), json.clone(), r#"{"heartbeat":30,"serializer":"json"}"#),
        (Some(SECOND / 4), protobuf, r#"{"heartbeat":1,"serializer":"protobuf"}"#),
        (Some(SECOND * 3 / 2), json.clone(), r#"{"heartbeat":2,"serializer":"json"}"#),
        // Its client in Go fails without an interval.
        (None, json, r#"{"heartbeat":86400,"serializer":"json"}"#),
    ] {
        let (_, response) = greeted(settings(heartbeat, extras));
        let expected = format!(r#"{{"code":200,"sys":{expected}}}"#);
        assert_eq!(String::from_utf8(response).unwrap(), expected);
    }
}

#[test]
fn a_handshake_that_cannot_be_read_has_the_code_of_the_dialect() {
    let pitaya = ServerExtras {
        dialect: Some(OfClient::new(|_| Some(Dialect::Pitaya))),
        ..ServerExtras::default()
    };
    let pomelo = ServerExtras { dialect: Some(OfClient::new(|_| None)), ..ServerExtras::default() };
    for (extras, code) in [(pitaya, 400), (pomelo, 500), (ServerExtras::default(), 500)] {
        let mut server = server(settings(None, extras));
        let refused = server.feed(&package(PackageType::Handshake, "{"));
        assert_eq!(refused, Err(CloseReason::Refused(code)));
        assert_eq!(
            server.written(),
            package(PackageType::Handshake, format!("{{\"code\":{code}}}"))
        );
    }
}

#[test]
fn sends_heartbeats_by_itself_and_answers_none() {
    let mut server = opened(every(SECOND));
    assert_eq!(server.written(), b"");
    for beats in 1..5_u8 {
        for _ in 0..3 {
            assert_eq!(server.feed(&HEARTBEAT), Ok(Seen::Ignored));
        }
        assert_eq!(server.written(), b"");
        assert_eq!(server.wait(), Ok(()));
        assert_eq!(server.now, u32::from(beats) * SECOND);
        assert_eq!(server.written(), HEARTBEAT);
    }
    assert_eq!(server.tick(), Ok(()));
    assert_eq!(server.written(), b"", "not before its time");
}

#[test]
fn drops_who_was_silent_for_two_intervals_and_takes_any_package_for_life() {
    let mut server = opened(every(SECOND));
    server.now = SECOND / 2;
    server.feed(&data("x")).unwrap();
    for _ in 0..2 {
        assert_eq!(server.wait(), Ok(()));
    }
    server.feed(&data("x")).unwrap();
    for _ in 0..2 {
        assert_eq!(server.wait(), Ok(()));
    }
    assert_eq!(server.wait(), Err(CloseReason::HeartbeatTimeout));
    assert_eq!(server.now, 5 * SECOND);
    assert_eq!(server.written(), HEARTBEAT.repeat(4));
    assert_eq!(server.session.deadline(), None);
}

#[test]
fn a_timeout_of_ones_own_is_kept() {
    let timeout = Some(SECOND * 7 / 2);
    let mut server = opened(ServerSettings { timeout, ..every(SECOND) });
    while server.wait().is_ok() {}
    // Silent for four intervals at the least.
    assert_eq!(server.now, 5 * SECOND);
}

#[test]
fn without_heartbeats_nobody_is_dropped() {
    let mut server = opened(ServerSettings::default());
    for _ in 0..300 {
        assert_eq!(server.wait(), Ok(()));
    }
    assert_eq!(server.now, 300 * 24 * 60 * 60 * SECOND);
}

#[test]
fn kicks_without_a_body() {
    for reason in [None, Some("bye")] {
        for mut server in [greeted(every(SECOND)).0, opened(every(SECOND))] {
            assert!(server.kick(reason));
            assert_eq!(server.written(), KICK);
        }
    }
}

#[test]
fn refuses_with_its_one_code_unless_the_application_has_another() {
    for (code, sent) in [(codes::FAIL, 400), (401, 401), (501, 501)] {
        let mut server = server(every(SECOND));
        server.feed(&hello()).unwrap();
        assert_eq!(server.answer(Answer::Refuse { code }), Err(CloseReason::Refused(sent)));
        let body = format!(r#"{{"code":{sent}}}"#);
        assert_eq!(server.written(), package(PackageType::Handshake, body));
    }
}

/// nano's client in Go says nothing at all.
#[test]
fn an_empty_handshake_is_read_where_a_function_knows_the_dialect() {
    let dialect = Some(OfClient::new(|client| {
        assert_eq!(*client, ClientInfo::default());
        Some(Dialect::Pitaya)
    }));
    let extras = ServerExtras { serializer: Format::Protobuf, dialect, ..ServerExtras::default() };
    let mut server = server(settings(None, extras));
    let Ok(Seen::Hello(hello)) = server.feed(&package(PackageType::Handshake, "")) else {
        panic!()
    };
    assert_eq!(hello.agreement.format, Format::Protobuf);
    // Nothing says that it reads compressed bodies.
    assert!(!hello.agreement.zlib);
}

#[cfg(feature = "zlib")]
#[test]
fn a_long_response_is_compressed_for_those_who_read_it() {
    use crate::zlib::Inflater;

    let routes = (1..200).map(|code| (code, format!("chat.chatHandler.method{code}"))).collect();
    let dictionary = Some(Arc::new(Dictionary { version: None, routes }));
    let with = |compress_from| {
        let extras = ServerExtras { compress_from, ..ServerExtras::default() };
        ServerSettings { dictionary: dictionary.clone(), ..settings(None, extras) }
    };
    let (_, plain) = greeted(with(None));
    assert!(plain.starts_with(b"{"));
    assert_eq!(greeted(with(Some(plain.len() + 1))).1, plain);
    let (_, short) = greeted(with(Some(plain.len())));
    assert!(short.len() < plain.len() / 2);
    assert_eq!(Inflater::new().inflate(&short, plain.len()).unwrap(), plain);
    // A client of ours reads either.
    assert_eq!(Response::parse(&short).unwrap(), Response::parse(&plain).unwrap());
    // Pomelo's client reads no compressed response.
    let mut server = server(with(Some(0)));
    server.feed(&handshake()).unwrap();
    server.answer(accept()).unwrap();
    assert!(server.written()[4..].starts_with(b"{"));
}
