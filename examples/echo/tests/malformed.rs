//! What is malformed ends as in pomelo, closes at most its own connection, and
//! costs bounded memory.

#![allow(clippy::unwrap_used)]

mod running;

use std::io::Write;
use std::time::Instant;

use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::package::{HANDSHAKE_ACK, HEARTBEAT, PackageType};
use running::{Echo, Raw, TIMEOUT, data, handshake, message, request};

const ECHO: &str = "connector.entryHandler.echo";

/// Sends these bytes behind an open session and expects the end of it alone.
fn closes_its_own_connection(bytes: &[u8]) {
    let echo = Echo::start(&[]);
    let (mut bad, mut good) = (Raw::open(&echo), Raw::open(&echo));
    assert_eq!(bad.echo(1, b"{}"), b"{}");
    bad.send(bytes);
    bad.is_closed();
    assert_eq!(good.echo(2, b"{\"good\":1}"), b"{\"good\":1}");
    echo.still_serves();
}

/// Sends these bytes behind an open session and expects that nothing happens.
fn is_dropped_silently(bytes: &[u8]) {
    let echo = Echo::start(&[]);
    let mut raw = Raw::open(&echo);
    raw.send(bytes);
    assert_eq!(raw.echo(9, b"{\"next\":1}"), b"{\"next\":1}");
}

#[test]
fn unknown_package_type_closes() {
    closes_its_own_connection(&[6, 0, 0, 0]);
}

#[test]
fn unknown_package_type_closes_before_the_handshake() {
    let echo = Echo::start(&[]);
    for first in [0u8, 6, 9, b'\n', 0x80, 0xff] {
        let mut raw = Raw::connect(&echo);
        raw.send(&[first]);
        raw.is_closed();
    }
    echo.still_serves();
}

#[test]
fn length_beyond_the_limit_closes_at_once() {
    // One byte more than a MiB is announced, and nothing of it is sent.
    closes_its_own_connection(&[4, 0x10, 0x00, 0x01]);
}

#[test]
fn a_package_at_the_limit_passes() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::open(&echo);
    let head = message(Head::Request(RequestId::new(3), RouteRef::Name(ECHO)), b"").len() - 4;
    let body = format!("\"{}\"", "x".repeat((1 << 20) - head - 2));
    assert_eq!(raw.echo(3, body.as_bytes()), body.as_bytes());
}

#[test]
fn truncated_id_closes() {
    closes_its_own_connection(&data(&[0x00, 0x80]));
}

#[test]
fn id_of_more_than_32_bits_closes() {
    closes_its_own_connection(&data(&[0x00, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, b'a']));
}

#[test]
fn route_beyond_the_end_closes() {
    closes_its_own_connection(&data(&[0x00, 0x01, 200, b'a', b'.', b'b']));
}

#[test]
fn truncated_route_code_closes() {
    closes_its_own_connection(&data(&[0x01, 0x01, 0x00]));
}

#[test]
fn empty_data_package_closes() {
    closes_its_own_connection(&data(&[]));
}

#[test]
fn unknown_message_type_closes() {
    closes_its_own_connection(&data(&[0x08, 0x01]));
}

#[test]
fn a_clients_kick_closes() {
    closes_its_own_connection(&[PackageType::Kick as u8, 0, 0, 0]);
}

#[test]
fn unknown_route_code_is_dropped() {
    is_dropped_silently(&message(Head::Request(RequestId::new(1), RouteRef::Code(999)), b"{}"));
}

#[test]
fn route_without_a_dot_is_dropped() {
    is_dropped_silently(&request(1, "nodots", b"{}"));
}

#[test]
fn messages_that_only_servers_send_are_dropped() {
    is_dropped_silently(&message(Head::Response(RequestId::new(1)), b"{}"));
    is_dropped_silently(&message(Head::Push(RouteRef::Name(ECHO)), b"{}"));
}

#[test]
fn second_handshake_and_second_ack_are_ignored() {
    is_dropped_silently(&[&*handshake("{}"), &HANDSHAKE_ACK].concat());
}

#[test]
fn heartbeat_without_the_option_is_ignored() {
    is_dropped_silently(&HEARTBEAT);
}

#[test]
fn route_of_other_than_three_parts_fails() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::open(&echo);
    for (id, route) in [(1, "connector.entryHandler"), (2, "a.b.c.d"), (3, "connector.no.echo")] {
        raw.send(&request(id, route, b"{}"));
        assert_eq!(raw.response(), Some((id, b"{\"code\":500}".to_vec())));
    }
}

#[test]
fn body_that_is_no_json_arrives_as_an_empty_object() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::open(&echo);
    for (id, body) in [(1, &b"not json"[..]), (2, b""), (3, b"\xff\xfe"), (4, b"{\"a\":")] {
        assert_eq!(raw.echo(id, body), b"{}");
    }
}

#[test]
fn body_that_does_not_fit_names_the_field() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::open(&echo);
    raw.send(&request(5, "connector.benchHandler.greet", b"{\"n\":1}"));
    let (_, body) = raw.response().unwrap();
    let body = String::from_utf8(body).unwrap();
    assert!(body.starts_with("{\"code\":400,\"msg\":\"missing field `s`"), "{body}");
}

#[test]
fn data_before_the_ack_is_ignored() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::connect(&echo);
    raw.send(&request(1, ECHO, b"{\"before\":\"handshake\"}"));
    raw.shake_hands();
    raw.send(&request(2, ECHO, b"{\"before\":\"ack\"}"));
    raw.send(&HANDSHAKE_ACK);
    assert_eq!(raw.echo(3, b"{\"after\":1}"), b"{\"after\":1}");
}

#[test]
fn handshake_without_sys_is_refused_with_500() {
    let echo = Echo::start(&[]);
    for body in ["{\"user\":{}}", "no json", "", "[]"] {
        let mut raw = Raw::connect(&echo);
        let mut out = Vec::new();
        connector_protocol::pomelo::package::encode(
            PackageType::Handshake,
            body.as_bytes(),
            &mut out,
        )
        .unwrap();
        raw.send(&out);
        assert_eq!(raw.package(), Some((PackageType::Handshake, b"{\"code\":500}".to_vec())));
        raw.is_closed();
    }
}

#[test]
fn refused_handshake_closes_after_its_code() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::connect(&echo);
    raw.send(&handshake("{\"refuse\":true}"));
    assert_eq!(raw.package(), Some((PackageType::Handshake, b"{\"code\":500}".to_vec())));
    raw.is_closed();
}

#[test]
fn everything_byte_by_byte_is_the_same() {
    let echo = Echo::start(&[]);
    let mut raw = Raw::connect(&echo);
    let all = [
        handshake("{}"),
        HANDSHAKE_ACK.to_vec(),
        request(1, ECHO, b"{\"n\":1}"),
        request(2, ECHO, b"{\"n\":2}"),
    ]
    .concat();
    // Until the handshake is answered, what follows it is out of state.
    let (first, rest) = all.split_at(handshake("{}").len());
    first.chunks(1).for_each(|byte| raw.send(byte));
    assert_eq!(raw.package().unwrap().0, PackageType::Handshake);
    rest.chunks(1).for_each(|byte| raw.send(byte));
    assert_eq!(raw.response(), Some((1, b"{\"n\":1}".to_vec())));
    assert_eq!(raw.response(), Some((2, b"{\"n\":2}".to_vec())));
}

#[test]
fn silent_clients_delay_no_other() {
    let echo = Echo::start(&[]);
    // One that says nothing, one in the middle of an upgrade, one in the middle
    // of a handshake, one that never acknowledges.
    let silent = Raw::connect(&echo);
    let mut upgrading = Raw::connect(&echo);
    upgrading.send(b"GET / HTTP/1.1\r\nHost: x\r\n");
    let mut half = Raw::connect(&echo);
    half.send(&handshake("{}")[..9]);
    let mut unacknowledged = Raw::connect(&echo);
    unacknowledged.shake_hands();
    let start = Instant::now();
    for id in 1..50 {
        Raw::open(&echo).echo(id, b"{}");
    }
    assert!(start.elapsed() < TIMEOUT / 4, "{:?}", start.elapsed());
    drop((silent, upgrading, half, unacknowledged));
}

#[test]
#[cfg(target_os = "linux")]
fn announced_lengths_cost_nothing() {
    let echo = Echo::start(&[]);
    let first = Raw::open(&echo);
    let before = echo.memory();
    let mut announcing: Vec<Raw> = (0..200).map(|_| Raw::open(&echo)).collect();
    for raw in &mut announcing {
        // A MiB is announced, ten bytes are sent.
        raw.send(&[4, 0x10, 0, 0]);
        raw.send(&[0; 10]);
    }
    echo.still_serves();
    let grown = echo.memory().saturating_sub(before);
    assert!(grown < 200 * 64 * 1024, "{grown} bytes for 200 connections");
    drop(first);
}

#[test]
fn a_reset_connection_costs_nobody_else() {
    let echo = Echo::start(&[]);
    let mut good = Raw::open(&echo);
    for id in 1..20 {
        let mut dying = Raw::open(&echo);
        dying.stream.write_all(&request(id, ECHO, b"{}")[..12]).unwrap();
        drop(dying);
        assert_eq!(good.echo(id, b"{}"), b"{}");
    }
}
