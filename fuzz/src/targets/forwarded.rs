//! The headers in which proxies name whom a request came from.

use std::net::SocketAddr;

use connector::protocol::http::{ForwardedError, ForwardedHeader, Hop, Request};

use super::owned;

/// Elements of both headers.
pub const TOKENS: &[&[u8]] = &[
    b"203.0.113.7",
    b"203.0.113.7:4711",
    b"2001:db8::7",
    b"[2001:db8::7]:4711",
    b"::ffff:203.0.113.7",
    b":_port",
    b"unknown",
    b"_hidden",
    b"for=",
    b"For=\"",
    b"by=",
    b";proto=https",
    b"\"",
    b"\\",
    b"\\\"",
    b", ",
    b";",
    b"=",
    b"\n",
    b"\t",
];

type Seen = Result<Hop, ForwardedError>;

/// Whatever a client writes, the element that its proxy adds is read first, or the header is
/// refused; lines are read from the last to the first, and addresses have one spelling. The
/// input's lines are those of the header.
pub fn forwarded(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    for header in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
        let seen = hops(header, &lines);
        for hop in &seen {
            check(header, hop);
        }
        let one_by_one = lines.iter().rev().flat_map(|line| hops(header, &[line]));
        assert_eq!(one_by_one.collect::<Vec<_>>(), seen);
        for (address, added) in
            [("203.0.113.7:0", "203.0.113.7"), ("[2001:db8::7]:1", "[2001:db8::7]:1")]
        {
            let proxy = Ok(Hop::Address(address.parse().expect("it is an address")));
            let added = match header {
                ForwardedHeader::XForwardedFor => added.to_owned(),
                ForwardedHeader::Forwarded => format!("for=\"{added}\""),
            };
            let line = hops(header, &[text, &added]);
            assert_eq!(line.first(), Some(&proxy), "in a line of its own");
            let appended = hops(header, &[&format!("{text}, {added}")]);
            match (header, appended.first()) {
                (ForwardedHeader::Forwarded, Some(Err(_))) => assert_eq!(appended.len(), 1),
                (_, first) => assert_eq!(first, Some(&proxy)),
            }
        }
    }
    let elements = hops(ForwardedHeader::XForwardedFor, &lines).len();
    assert_eq!(elements, lines.len() + text.matches(',').count());
}

/// An address is read as it is written, and is not an IPv4 address in the form of IPv6. An
/// error is short.
fn check(header: ForwardedHeader, hop: &Seen) {
    match hop {
        Ok(Hop::Hidden) => {}
        Ok(Hop::Address(address)) => {
            assert_eq!(address.ip(), address.ip().to_canonical());
            let written = match header {
                ForwardedHeader::XForwardedFor => address.to_string(),
                ForwardedHeader::Forwarded => format!("for=\"{address}\""),
            };
            let plain = SocketAddr::new(address.ip(), address.port());
            assert_eq!(hops(header, &[&written]), [Ok(Hop::Address(plain))]);
        }
        Err(error) => {
            assert_eq!(error.header, header.name());
            assert!(error.element.chars().count() <= 64);
        }
    }
}

fn hops(header: ForwardedHeader, lines: &[&str]) -> Vec<Seen> {
    let headers = lines.iter().map(|line| (header.name().to_owned(), (*line).to_owned()));
    let request = Request {
        method: "GET".into(),
        path: "/".into(),
        minor_version: 1,
        headers: headers.collect(),
    };
    header.hops(&request).collect()
}

/// Lines that proxies write, and that clients forge.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"203.0.113.7, 10.0.0.2,10.0.0.1",
        b"203.0.113.7\n[2001:db8::7]:4711, unknown, _proxy",
        b"::ffff:203.0.113.7, 2001:db8::7",
        b"for=192.0.2.60;proto=http;by=203.0.113.43",
        b"proto=https; For=\"[2001:db8:cafe::17]:4711\"",
        b"for=192.0.2.43 , for=198.51.100.17;by=\"a,\\\"b;c\"",
        b"for=unknown, FOR=\"_x\"\nfor=\"203.0.113.7:_port\"",
        b"for=\"1.2.3.4\nfor=10.0.0.1;by=\"",
        b"for=\"x\\",
    ])
}
