//! Pomelo's server side, every package in every state.

use super::*;

#[test]
fn stays_small() {
    assert!(size_of::<ServerSession>() <= 32, "{}", size_of::<ServerSession>());
}

#[test]
fn goes_from_handshake_over_answer_and_ack_to_messages() {
    let mut server = server(every(3 * SECOND));
    assert_eq!(server.start(), Seen::Ignored);
    let Ok(Seen::Hello(hello)) = server.feed(&handshake()) else { panic!() };
    assert_eq!(hello.client.kind.as_deref(), Some("t"));
    assert_eq!(hello.user, Some(json!({ "u": 1 })));
    assert_eq!(server.written(), b"");

    server.answer(Answer::Accept { user: Some(json!({ "hello": "wörld" })) }).unwrap();
    let body = r#"{"code":200,"sys":{"heartbeat":3},"user":{"hello":"wörld"}}"#;
    assert_eq!(server.written(), package(PackageType::Handshake, body));
    assert_eq!(server.session.deadline(), None);

    assert_eq!(server.feed(&HANDSHAKE_ACK), Ok(Seen::Opened(None)));
    assert_eq!(server.written(), HEARTBEAT);
    assert_eq!(server.session.deadline(), Some(6 * SECOND));

    assert_eq!(server.feed(&data("x")), Ok(message("x")));
    assert_eq!(server.written(), b"");
}

#[test]
fn ignores_what_comes_before_the_handshake() {
    let mut server = server(every(SECOND));
    for early in [HANDSHAKE_ACK.to_vec(), HEARTBEAT.to_vec(), data("x")] {
        assert_eq!(server.feed(&early), Ok(Seen::Ignored));
    }
    assert_eq!(server.written(), b"");
    assert!(matches!(server.feed(&handshake()), Ok(Seen::Hello(_))));
}

#[test]
fn ignores_everything_until_it_is_answered() {
    let mut server = server(every(SECOND));
    server.feed(&handshake()).unwrap();
    for early in [handshake(), HANDSHAKE_ACK.to_vec(), HEARTBEAT.to_vec(), data("x")] {
        assert_eq!(server.feed(&early), Ok(Seen::Ignored));
    }
    assert_eq!(server.written(), b"");
    server.answer(accept()).unwrap();
    assert_eq!(server.feed(&HANDSHAKE_ACK), Ok(Seen::Opened(None)));
}

#[test]
fn ignores_all_but_an_ack_while_it_waits_for_one() {
    let mut server = wait_ack(every(SECOND));
    for early in [handshake(), HEARTBEAT.to_vec(), data("x")] {
        assert_eq!(server.feed(&early), Ok(Seen::Ignored));
    }
    assert_eq!(server.session.deadline(), None);
    assert_eq!(server.feed(&HANDSHAKE_ACK), Ok(Seen::Opened(None)));
}

#[test]
fn ignores_a_second_handshake_and_a_second_ack() {
    let mut server = working(every(SECOND));
    for late in [handshake(), HANDSHAKE_ACK.to_vec()] {
        assert_eq!(server.feed(&late), Ok(Seen::Ignored));
    }
    assert_eq!(server.written(), b"");
}

#[test]
fn ignores_an_answer_that_nobody_waits_for() {
    for mut server in [wait_ack(every(SECOND)), working(every(SECOND))] {
        assert_eq!(server.answer(Answer::Refuse { code: 500 }), Ok(()));
        assert_eq!(server.written(), b"");
    }
    let mut server = server(every(SECOND));
    assert_eq!(server.answer(Answer::Accept { user: None }), Ok(()));
    assert_eq!(server.written(), b"");
}

#[test]
fn refuses_a_client_whose_introduction_is_too_long() {
    let settings = ServerSettings { longest_handshake: Some(1_000), ..ServerSettings::default() };
    let mut server = server(settings);
    let long = package(PackageType::Handshake, format!("{{\"sys\":{{}}{}}}", " ".repeat(1_000)));
    assert!(matches!(server.feed(&long), Err(CloseReason::TooLarge { limit: 1_000, .. })));
    let refused = server.answer(Answer::Refuse { code: 500 });
    assert_eq!(refused, Err(CloseReason::Refused(500)));
    assert_eq!(server.written(), package(PackageType::Handshake, r#"{"code":500}"#));
}

#[test]
fn closes_on_a_kick_from_a_client_in_every_state() {
    let kick = package(PackageType::Kick, "");
    let mut asked = server(every(SECOND));
    asked.feed(&handshake()).unwrap();
    for mut server in
        [server(every(SECOND)), asked, wait_ack(every(SECOND)), working(every(SECOND))]
    {
        assert!(malformed(server.feed(&kick)));
        assert_eq!(server.session.deadline(), None);
    }
}

#[test]
fn closes_on_bytes_that_are_no_package() {
    for bytes in [&b"\0"[..], b"\x06\0\0\0", b"\x03", b"\x03\0\0", b"\x04\0\0\x02a", b"GET "] {
        assert!(malformed(working(every(SECOND)).feed(bytes)), "{bytes:?}");
    }
}

#[test]
fn refuses_a_handshake_that_it_cannot_read() {
    for body in ["", "x", "{}", r#"{"user":{}}"#, r#"{"sys":1}"#] {
        let mut server = server(every(SECOND));
        let result = server.feed(&package(PackageType::Handshake, body));
        assert_eq!(result, Err(CloseReason::Refused(500)), "{body}");
        assert_eq!(server.written(), package(PackageType::Handshake, r#"{"code":500}"#));
        assert_eq!(server.feed(&handshake()), Ok(Seen::Ignored));
    }
}

#[test]
fn refuses_a_handshake_of_more_values_than_its_limit_allows() {
    // The text, `sys`, `user` and the items.
    for (longest, most) in [(None, 2_048), (Some(128 << 10), 4_096), (Some(2_000), 256)] {
        for (values, is_read) in [(most, true), (most + 1, false)] {
            let items = vec!["0"; values - 4].join(",");
            let body = format!(r#"{{"sys":{{}},"user":[{items}]}}"#);
            let settings = ServerSettings { longest_handshake: longest, ..every(SECOND) };
            let fed = server(settings).feed(&package(PackageType::Handshake, &body));
            assert_eq!(fed.is_ok(), is_read, "{values} values of {longest:?}: {fed:?}");
        }
    }
}

#[test]
fn refuses_with_the_applications_code() {
    let mut server = server(every(SECOND));
    server.feed(&handshake()).unwrap();
    let refusal = server.answer(Answer::Refuse { code: 501 });
    assert_eq!(refusal, Err(CloseReason::Refused(501)));
    assert_eq!(server.written(), package(PackageType::Handshake, r#"{"code":501}"#));
    assert_eq!(server.feed(&HANDSHAKE_ACK), Ok(Seen::Ignored));
}

#[test]
fn refuses_when_its_own_answer_fits_into_no_package() {
    let mut server = server(every(SECOND));
    server.feed(&handshake()).unwrap();
    let user = Some(Value::String("x".repeat(1 << 24)));
    assert_eq!(server.answer(Answer::Accept { user }), Err(CloseReason::Refused(500)));
    assert_eq!(server.written(), package(PackageType::Handshake, r#"{"code":500}"#));
}

#[test]
fn answers_each_heartbeat_and_waits_twice_its_interval_for_the_next() {
    let mut server = working(every(SECOND));
    server.now = 2 * SECOND - Duration::from_nanos(1);
    assert_eq!(server.tick(), Ok(()));
    assert_eq!(server.feed(&HEARTBEAT), Ok(Seen::Ignored));
    assert_eq!(server.written(), HEARTBEAT);
    assert_eq!(server.session.deadline(), Some(server.now + 2 * SECOND));
    assert_eq!(server.wait(), Err(CloseReason::HeartbeatTimeout));
    assert_eq!(server.written(), b"");
    assert_eq!(server.session.deadline(), None);
}

#[test]
fn does_not_take_data_for_a_heartbeat() {
    let mut server = working(every(SECOND));
    server.now = SECOND;
    server.feed(&data("x")).unwrap();
    assert_eq!(server.session.deadline(), Some(2 * SECOND));
}

#[test]
fn waits_as_long_as_its_timeout_says() {
    let timeout = Some(5 * SECOND);
    let server = working(ServerSettings { timeout, ..every(SECOND) });
    assert_eq!(server.session.deadline(), Some(5 * SECOND));
    let server = working(ServerSettings { timeout: Some(ZERO), ..every(SECOND) });
    assert_eq!(server.session.deadline(), Some(2 * SECOND));
}

#[test]
fn neither_sends_nor_answers_nor_wants_heartbeats_without_an_interval() {
    let timeout = Some(SECOND);
    for heartbeat in [None, Some(ZERO)] {
        let config = ServerSettings { heartbeat, timeout, ..ServerSettings::default() };
        let mut server = server(config);
        server.feed(&handshake()).unwrap();
        server.answer(accept()).unwrap();
        let body = r#"{"code":200,"sys":{}}"#;
        assert_eq!(server.written(), package(PackageType::Handshake, body));
        server.feed(&HANDSHAKE_ACK).unwrap();
        assert_eq!(server.feed(&HEARTBEAT), Ok(Seen::Ignored));
        assert_eq!(server.written(), b"");
        assert_eq!(server.session.deadline(), None);
        server.now = 100 * SECOND;
        assert_eq!(server.tick(), Ok(()));
    }
}

#[test]
fn an_idle_client_ends_without_heartbeats_and_any_byte_is_life() {
    let config = ServerSettings { idle: Some(9 * SECOND), ..ServerSettings::default() };
    let mut server = working(config);
    assert_eq!((server.written(), server.session.deadline()), (Vec::new(), Some(9 * SECOND)));
    server.session.restart_idle_timer(5 * SECOND);
    assert_eq!(server.session.deadline(), Some(14 * SECOND));
    server.now = 14 * SECOND;
    assert_eq!(server.tick(), Err(CloseReason::HeartbeatTimeout));
    // With heartbeats it is their timeout that counts.
    let config = ServerSettings { idle: Some(9 * SECOND), ..every(SECOND) };
    assert_eq!(working(config).session.deadline(), Some(2 * SECOND));
}

#[test]
fn survives_intervals_without_end() {
    let server = working(every(Duration::MAX));
    assert_eq!(server.session.deadline(), Some(Duration::MAX));
}

#[test]
fn forgives_a_silence_that_was_its_own() {
    let mut server = working(every(SECOND));
    server.session.restart_idle_timer(10 * SECOND);
    assert_eq!(server.session.deadline(), Some(12 * SECOND));
    let mut early = wait_ack(every(SECOND));
    early.session.restart_idle_timer(10 * SECOND);
    assert_eq!(early.session.deadline(), None);
}

#[test]
fn kicks_with_a_reason_once_it_works() {
    let mut server = working(every(SECOND));
    assert!(server.kick(Some("by\"e")));
    assert_eq!(server.written(), package(PackageType::Kick, r#"{"reason":"by\"e"}"#));
    assert_eq!(server.session.deadline(), None);
    assert_eq!(server.feed(&data("x")), Ok(Seen::Ignored));
    assert!(server.kick(Some("again")));
    assert_eq!(server.written(), b"");
}

#[test]
fn kicks_before_the_ack_and_without_a_package_before_the_handshake_or_a_reason() {
    let mut early = server(every(SECOND));
    assert!(early.kick(Some("bye")));
    assert_eq!(early.written(), b"");
    let mut unacknowledged = wait_ack(every(SECOND));
    assert!(unacknowledged.kick(Some("bye")));
    assert_eq!(unacknowledged.written(), package(PackageType::Kick, r#"{"reason":"bye"}"#));
    let mut server = working(every(SECOND));
    assert!(server.kick(None));
    assert_eq!(server.written(), b"");
    let mut server = working(every(SECOND));
    assert!(server.kick(Some(&"x".repeat(1 << 24))));
    assert_eq!(server.written(), b"");
}

#[test]
fn sends_dictionary_and_schemas_only_to_those_who_lack_them() {
    let routes = BTreeMap::from([(1, "a.b.c".to_owned())]);
    let dict = Dictionary { version: Some("d".into()), routes };
    let protos = Protos { server: json!({}), client: json!({}), version: Some("p".into()) };
    let protos = Arc::new(protos);
    let extras = ServerExtras {
        schemas: Some(Schemas::of_handshake(protos.clone()).into()),
        ..ServerExtras::default()
    };
    let config = Arc::new(ServerSettings {
        dictionary: Some(Arc::new(dict)),
        details: Details::new(extras.clone()),
        ..ServerSettings::default()
    });
    let info = |sys: Value| {
        let mut server = Side::new(ServerSession::new(config.clone()));
        let body = json!({ "sys": sys }).to_string();
        server.feed(&package(PackageType::Handshake, body)).unwrap();
        server.answer(accept()).unwrap();
        let written = server.written();
        let response = Package::take(&mut written.as_slice()).unwrap();
        Response::parse(response.body).unwrap().sys.unwrap()
    };
    let all = info(json!({ "dictVersion": "old", "protoVersion": 0 }));
    assert_eq!(all.dict.as_ref(), config.dictionary.as_ref());
    assert_eq!(all.protos, Some(protos));
    assert_eq!(all.serializer, None, "only pitaya's clients are told");
    let none = info(json!({ "dictVersion": "d", "protoVersion": "p" }));
    assert_eq!((none.dict, none.protos), (None, None));
    assert!(all.use_dict && all.use_proto && none.use_dict && none.use_proto);
    // Pitaya's clients do not know them.
    let pitaya = info(json!({ "libVersion": "0.3.5" }));
    assert!(!pitaya.use_proto && pitaya.protos.is_none());
}

#[test]
fn asks_functions_for_the_dialect_and_for_what_a_client_reads() {
    let dialect = OfClient::new(|client| {
        (client.kind.as_deref() == Some("robot")).then_some(Dialect::Pitaya)
    });
    let joins = OfClient::new(|client| Some(client.kind.as_deref() == Some("robot")));
    let extras = ServerExtras {
        dialect: Some(dialect),
        joins_packages: Some(joins),
        ..ServerExtras::default()
    };
    let settings = ServerSettings { details: Details::new(extras), ..ServerSettings::default() };
    let settings = Arc::new(settings);
    for (kind, expected) in [("robot", Dialect::Pitaya), ("js-websocket", Dialect::Pomelo)] {
        let mut server = Side::new(ServerSession::new(settings.clone()));
        let body = json!({ "sys": { "type": kind } }).to_string();
        let seen = server.feed(&package(PackageType::Handshake, body)).unwrap();
        let Seen::Hello(hello) = seen else { panic!("{seen:?}") };
        assert_eq!(hello.agreement.dialect, expected);
        assert_eq!(hello.agreement.joins_packages, kind == "robot");
    }
}

#[test]
fn takes_several_packages_one_by_one() {
    let mut server = wait_ack(every(SECOND));
    let bytes = [&HANDSHAKE_ACK[..], &data("a"), &HEARTBEAT, &data("b")].concat();
    let mut input = bytes.as_slice();
    assert_eq!(server.take(&mut input), Ok(Seen::Opened(None)));
    assert_eq!(server.take(&mut input), Ok(message("a")));
    assert_eq!(server.take(&mut input), Ok(Seen::Ignored));
    assert_eq!(server.take(&mut input), Ok(message("b")));
    assert_eq!(input, b"");
    assert_eq!(server.written(), [HEARTBEAT, HEARTBEAT].concat());
}

#[test]
fn closes_on_a_stray_byte_behind_a_package() {
    let mut server = working(every(SECOND));
    let bytes = [&data("a")[..], b"\x04"].concat();
    let mut input = bytes.as_slice();
    assert_eq!(server.take(&mut input), Ok(message("a")));
    assert!(malformed(server.take(&mut input)));
}
