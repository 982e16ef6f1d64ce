//! URLs, and the problems of some; the options of sockets.

use std::future::poll_fn;
use std::task::Poll;
#[cfg(not(windows))]
use std::time::Duration;

use super::tcp_dialer::connect_tcp;
use super::url::{OwnSchemes, Target, Transport};
use super::{Tcp, Udp};
use crate::connector::Listen;

fn parse(url: &str) -> (Transport, String, String, u16) {
    let target = Target::parse(url).unwrap_or_else(|error| panic!("{error}"));
    let host = target.http_host();
    (target.transport, host, target.host, target.port)
}

fn refusal(url: &str) -> String {
    Target::parse(url).expect_err(url).to_string()
}

#[test]
fn reads_what_people_write() {
    let tcp = |text: &str, host: &str| (Transport::Tcp, text.into(), host.into(), 3010);
    assert_eq!(parse("tcp://game.example:3010"), tcp("game.example:3010", "game.example"));
    assert_eq!(parse("TCP://127.0.0.1:3010/"), tcp("127.0.0.1:3010", "127.0.0.1"));
    assert_eq!(parse("localhost:3010"), tcp("localhost:3010", "localhost"));
    assert_eq!(parse("[::1]:3010"), tcp("[::1]:3010", "::1"));
    assert_eq!(parse("game_1.example.:3010"), tcp("game_1.example.:3010", "game_1.example."));
    let ws = |path: &str| Transport::WebSocket(path.to_owned());
    assert_eq!(parse("ws://h"), (ws("/"), "h".into(), "h".into(), 80));
    assert_eq!(parse("ws://h:80/a/b?c=d"), (ws("/a/b?c=d"), "h".into(), "h".into(), 80));
    assert_eq!(parse("ws://[::1]?c"), (ws("/?c"), "[::1]".into(), "::1".into(), 80));
    assert_eq!(parse("wss://h/a"), (ws("/a"), "h".into(), "h".into(), 443));
    assert_eq!(parse("wss://h:80"), (ws("/"), "h:80".into(), "h".into(), 80));
    assert_eq!(parse("TLS://h:3010"), tcp("h:3010", "h"));
    let has_tls = |url| Target::parse(url).unwrap().tls;
    assert_eq!(
        ["tcp://h:1", "h:1", "ws://h", "tls://h:1", "wss://h"].map(has_tls),
        [false, false, false, true, true]
    );
    assert_eq!(parse("ws://h:3010/"), (ws("/"), "h:3010".into(), "h".into(), 3010));
}

#[test]
fn schemes_of_ones_own_may_have_default_ports() {
    let names = Some(["game".to_owned(), "games".to_owned()]);
    let parse = |url: &str, ports| {
        let target = Target::parse_own(url, &OwnSchemes { names: names.clone(), ports });
        target.map(|target| (target.tls, target.address()))
    };
    for (url, tls, address) in [
        ("game://h", false, "h:3010"),
        ("games://h/", true, "h:3011"),
        ("GAME://[::1]", false, "[::1]:3010"),
        ("game://[::1]:7", false, "[::1]:7"),
        ("games://h:7", true, "h:7"),
    ] {
        let ports = Some([3010, 3011]);
        assert_eq!(parse(url, ports).unwrap(), (tls, address.to_owned()), "{url}");
    }
    for (url, ports) in [("game://h", None), ("tcp://h", Some([1, 2])), ("game://", Some([1, 2]))] {
        assert!(parse(url, ports).is_err(), "{url}");
    }
}

#[test]
fn says_what_is_wrong_with_an_address() {
    for (url, part) in [
        (
            "http://h:1",
            "the scheme `http` is unknown: write `tcp://host:port`, `udp://host:port`, \
             `ws://host:port/path`, ",
        ),
        ("tls://h", "the port is missing: write `host:port`"),
        ("tls://h:1/path", "a TCP address cannot have a path"),
        ("wss://h/#top", "cannot have a `#fragment`"),
        ("h", "the port is missing: write `host:port`"),
        ("tcp://h", "the port is missing: write `host:port`"),
        ("tcp://h:1/path", "a TCP address cannot have a path: write `tcp://host:port`"),
        ("tcp://:1", "the host is missing"),
        ("", "the host is missing"),
        ("ws://h:0", "the port is not a number from 1 to 65535"),
        ("ws://h:65536", "the port is not a number from 1 to 65535"),
        ("ws://h:", "the port is not a number from 1 to 65535"),
        ("ws://::1:3010", "an IPv6 address needs brackets"),
        ("ws://[::1", "a `[` without a `]`"),
        ("ws://[::1]3010", "a `:` is missing between `]` and the port"),
        ("ws://ann:pass@h", "put it into the handshake"),
        ("ws://h/#top", "cannot have a `#fragment`"),
        ("ws://h/a b", "the path has characters that need percent-encoding"),
        ("ws://[nonsense]:1", "there is not an IPv6 address between `[` and `]`"),
        ("ws://127.0.0.256:1", "the host ends in a number and is not an IPv4 address"),
        ("game server:1", "the host has characters that names cannot have"),
        ("ws://b\u{fc}cher.example", "the host has characters that are not ASCII"),
    ] {
        let said = refusal(url);
        assert!(said.contains(part) && said.contains(url), "{url}: {said}");
    }
}

/// Begins to bind, gives that up at the look-up of the name, and binds again.
async fn bind_twice<L: Listen>(listener: impl Fn() -> L) {
    let (mut listen, address) = loop {
        let mut listen = listener();
        let address = listen.address();
        let mut bind = Box::pin(listen.bind());
        let begun = poll_fn(|cx| Poll::Ready(bind.as_mut().poll(cx).is_pending())).await;
        drop(bind);
        // Another thread looks the name up, and may have been faster.
        if begun {
            break (listen, address);
        }
    };
    assert_eq!(listen.address(), address);
    listen.bind().await.unwrap();
    assert_ne!(listen.address().unwrap().port().unwrap(), 0);
}

#[tokio::test]
async fn a_cancelled_bind_leaves_the_address() {
    bind_twice(|| Tcp::from("localhost:0")).await;
    bind_twice(|| Udp::from("localhost:0")).await;
}

/// Returns the time after which an idle stream is probed, if it is.
#[cfg(not(windows))]
fn keepalive(stream: &tokio::net::TcpStream) -> Option<Duration> {
    let socket = socket2::SockRef::from(stream);
    socket.keepalive().unwrap().then(|| socket.tcp_keepalive_time().unwrap())
}

#[tokio::test]
async fn packages_do_not_wait_for_more_unless_they_are_to() {
    for no_delay in [true, false] {
        let mut tcp = Tcp::from("127.0.0.1:0");
        if !no_delay {
            tcp = tcp.no_delay(false);
        }
        tcp.bind().await.unwrap();
        let target = Target::parse(&tcp.address().unwrap().to_string()).unwrap();
        let (near, _) = connect_tcp(&target).await.unwrap();
        let (far, _) = poll_fn(|cx| tcp.poll_accept(cx)).await.unwrap();
        assert_eq!((near.nodelay().unwrap(), far.nodelay().unwrap()), (true, no_delay));
    }
}

/// Windows does not tell.
#[cfg(not(windows))]
#[tokio::test]
async fn vanished_peers_are_probed_for_on_both_sides() {
    for (idle, probed) in [
        (None, Some(Duration::from_secs(60))),
        (Some(Duration::from_secs(7)), Some(Duration::from_secs(7))),
        (Some(Duration::ZERO), None),
    ] {
        let mut tcp = Tcp::from("127.0.0.1:0");
        if let Some(idle) = idle {
            tcp = tcp.keepalive(idle);
        }
        tcp.bind().await.unwrap();
        let target = Target::parse(&tcp.address().unwrap().to_string()).unwrap();
        let (near, _) = connect_tcp(&target).await.unwrap();
        let (far, _) = poll_fn(|cx| tcp.poll_accept(cx)).await.unwrap();
        assert_eq!(keepalive(&near), Some(Duration::from_secs(60)));
        assert_eq!(keepalive(&far), probed);
    }
}
