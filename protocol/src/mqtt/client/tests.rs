use std::sync::Arc;

use super::*;
use crate::framing::Bare;
use crate::mqtt::packet::MAX_TEXT;
use crate::mqtt::{Connect, Version};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const SECOND: Duration = Duration::from_secs(1);

fn options(version: Version) -> ClientOptions {
    ClientOptions { version, client_id: "ann".into(), ..ClientOptions::default() }
}

/// A session that has sent its CONNECT.
fn started(options: ClientOptions) -> ClientSession {
    let mut session = ClientSession::new(&ClientSettings::default(), options);
    let mut out = Vec::new();
    session.start(Duration::ZERO, &mut PackageWriter::new(&Bare, &mut out));
    assert_eq!(kind(&out), crate::mqtt::packet::CONNECT);
    session
}

/// Hands a packet over, and returns what is sent.
fn handle(session: &mut ClientSession, packet: &[u8]) -> Result<Vec<u8>, CloseReason> {
    let mut out = Vec::new();
    let mut input = packet;
    session.handle(&mut input, Duration::ZERO, &mut PackageWriter::new(&Bare, &mut out))?;
    Ok(out)
}

fn tick(session: &mut ClientSession, now: Duration) -> Result<Vec<u8>, CloseReason> {
    let mut out = Vec::new();
    session.tick(now, &mut PackageWriter::new(&Bare, &mut out))?;
    Ok(out)
}

/// A CONNACK that accepts, with these properties.
fn connack(version: Version, properties: &[u8]) -> Vec<u8> {
    let properties = match version {
        Version::V5 => [&[properties.len() as u8], properties].concat(),
        _ => Vec::new(),
    };
    [&[0x20, 2 + properties.len() as u8, 0, 0], &*properties].concat()
}

#[test]
fn a_silent_server_is_pinged_and_given_up() {
    for version in VERSIONS {
        let mut session = started(ClientOptions { keep_alive: 10, ..options(version) });
        assert_eq!(session.deadline(), None, "the handshake has a time of its own");
        handle(&mut session, &connack(version, &[])).unwrap();
        assert_eq!(session.deadline(), Some(10 * SECOND));
        assert_eq!(tick(&mut session, 9 * SECOND), Ok(vec![]));
        assert_eq!(tick(&mut session, 10 * SECOND), Ok(PING.to_vec()));
        let silent = 20 * SECOND + TOLERANCE;
        assert_eq!(session.deadline(), Some(20 * SECOND));
        assert_eq!(tick(&mut session, 20 * SECOND), Ok(PING.to_vec()));
        assert_eq!(session.deadline(), Some(silent));
        assert_eq!(tick(&mut session, silent), Err(CloseReason::HeartbeatTimeout), "{version}");
    }
}

#[test]
fn the_server_has_the_last_word_on_the_keep_alive() {
    let keep_alive = connack(Version::V5, &[0x13, 0, 3]);
    let mut session = started(options(Version::V5));
    handle(&mut session, &keep_alive).unwrap();
    assert_eq!(session.deadline(), Some(3 * SECOND));
    let mut session = started(options(Version::V5));
    handle(&mut session, &connack(Version::V5, &[0x13, 0, 0])).unwrap();
    assert_eq!(session.deadline(), None);
}

#[test]
fn a_refused_subscription_ends_the_session() {
    for (version, refusal) in [
        (Version::V3_1_1, &[0x90, 4, 0, 1, 1, 0x80][..]),
        (Version::V5, &[0x90, 5, 0, 1, 0, 1, 0x87]),
    ] {
        let subscriptions = vec!["a".into(), "b/#".into()];
        let mut session = started(ClientOptions { subscriptions, ..options(version) });
        let subscribe = handle(&mut session, &connack(version, &[])).unwrap();
        assert_eq!(subscribe[0], 0x82);
        let code = *refusal.last().unwrap();
        assert_eq!(handle(&mut session, refusal), Err(CloseReason::Refused(code.into())));
    }
}

#[test]
fn fields_have_at_most_65535_bytes() {
    let most = "x".repeat(MAX_TEXT);
    for version in VERSIONS {
        let whole = ClientOptions {
            client_id: most.as_str().into(),
            user_name: Some(most.as_str().into()),
            password: Some(most.clone().into()),
            will: Some((most.as_str().into(), most.clone().into())),
            ..options(version)
        };
        let session = ClientSession::new(&ClientSettings::default(), whole.clone());
        let connect = Connect::read(session.connect().unwrap().as_ref()).unwrap();
        assert_eq!(connect.user_name, whole.user_name);
        assert_eq!(connect.will.unwrap().payload.len(), MAX_TEXT);
        let longer: Arc<str> = format!("{most}x").into();
        let too_long = |field| Err(ClientOptionsError::TooLong { field, size: MAX_TEXT + 1 });
        let check = |options: ClientOptions| options.check();
        let client_id = longer.clone();
        assert_eq!(check(ClientOptions { client_id, ..whole.clone() }), too_long("client id"));
        let user_name = Some(longer.clone());
        assert_eq!(check(ClientOptions { user_name, ..whole.clone() }), too_long("user name"));
        let password = Some(longer.to_string().into());
        assert_eq!(check(ClientOptions { password, ..whole.clone() }), too_long("password"));
        let will = Some(("a".into(), longer.to_string().into()));
        assert_eq!(check(ClientOptions { will, ..whole.clone() }), too_long("will"));
        let will = Some(("a/#".into(), Bytes::new()));
        let topic = ClientOptionsError::WillTopic("a/#".into());
        assert_eq!(check(ClientOptions { will, ..whole.clone() }), Err(topic));
        let subscriptions = vec!["a/#/b".into()];
        let topic = ClientOptionsError::Subscription("a/#/b".into());
        assert_eq!(check(ClientOptions { subscriptions, ..whole }), Err(topic));
    }
}

#[test]
fn a_field_of_the_applications_data_may_be_too_long_too() {
    let user = serde_json::json!({ "clientId": "a", "password": "x".repeat(MAX_TEXT + 1) });
    let settings = ClientSettings { user: Some(user), ..ClientSettings::default() };
    let mut session = ClientSession::new(&settings, ClientOptions::default());
    let mut out = Vec::new();
    session.start(Duration::ZERO, &mut PackageWriter::new(&Bare, &mut out));
    assert_eq!(out, [0; 0]);
    assert_eq!(session.deadline(), Some(Duration::ZERO), "at once");
    let reason = tick(&mut session, Duration::ZERO).unwrap_err();
    assert!(reason.to_string().contains("password"), "{reason}");
    assert_eq!(session.deadline(), None);
}

#[test]
fn a_refusal_has_its_code() {
    for (version, packet, code) in [
        (Version::V3_1_1, &[0x20, 2, 0, 5][..], 5),
        (Version::V5, &[0x20, 3, 0, code::BUSY, 0], code::BUSY),
    ] {
        let refused = handle(&mut started(options(version)), packet);
        assert_eq!(refused, Err(CloseReason::Refused(code.into())));
    }
}
