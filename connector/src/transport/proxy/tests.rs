//! Headers, whole, cut, and forged.

use std::future::poll_fn;

use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::link::Inbox;

const PROXY: &str = "10.0.0.1:55555";
const V1: &[u8] = b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 3010\r\n";
const V1_IPV6: &[u8] = b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 3010\r\n";
const V1_UNKNOWN: &[u8] = b"PROXY UNKNOWN\r\n";
/// Version 2, `PROXY`, TCP over IPv4; two extensions: a no-op and a unique id.
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x17\xcb\0\x71\x07\x0a\0\0\x01\xdc\x04\x0b\xc2\
    \x04\0\x02\0\0\x05\0\x03abc";
const V2_LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
/// Behind each header: the start of a pomelo handshake.
const REST: &[u8] = b"\x01\0\0\x02{}";

fn v2_ipv6() -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24".to_vec();
    header.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    header.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    header.extend([0xdc, 0x04, 0x0b, 0xc2]);
    header
}

fn v2_of_length(len: u16) -> Vec<u8> {
    let mut header = V2[..14].to_vec();
    header.extend(len.to_be_bytes());
    header.extend(&V2[16..28]);
    header.resize(16 + usize::from(len), 0);
    header
}

/// Each header, and the address that the peer has behind it.
fn headers() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (V1.to_vec(), "203.0.113.7:56324"),
        (V1_IPV6.to_vec(), "[2001:db8::7]:56324"),
        (V1_UNKNOWN.to_vec(), PROXY),
        (V2.to_vec(), "203.0.113.7:56324"),
        (v2_ipv6(), "[2001:db8::7]:56324"),
        (V2_LOCAL.to_vec(), PROXY),
        (v2_of_length(4_080), "203.0.113.7:56324"),
    ]
}

/// A connection from some address, and its outcome.
struct Trial {
    opener: ProxyProtocol,
    io: StreamIo,
    inbox: Inbox,
    peer: Peer,
}

impl Trial {
    fn from(address: &str) -> (DuplexStream, Self) {
        let (near, far) = duplex(64 * 1024);
        let opener = ProxyProtocol::from_proxies(["10.0.0.0/8"]).unwrap();
        let peer = Peer::new("tcp", address.parse::<SocketAddr>().unwrap());
        (near, Self { opener, io: far.into(), inbox: Inbox::new(1024), peer })
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        let mut opening = Opening::new(&mut self.inbox, &mut self.peer);
        let opened = Opener::poll_open(&mut self.opener, cx, &mut self.io, &mut opening);
        self.inbox.release();
        opened
    }

    async fn open(&mut self) -> Result<(), CloseReason> {
        poll_fn(|cx| self.poll_open(cx)).await
    }

    /// The reason why the connection of a proxy that sends this is closed.
    async fn refusal(bytes: &[u8]) -> String {
        let (mut near, mut trial) = Self::from(PROXY);
        near.write_all(bytes).await.unwrap();
        trial.open().await.unwrap_err().to_string()
    }
}

#[tokio::test]
async fn names_the_client_behind_the_proxy_and_leaves_the_rest() {
    for (header, address) in headers() {
        let (mut near, mut trial) = Trial::from(PROXY);
        near.write_all(&[&header, REST].concat()).await.unwrap();
        trial.open().await.unwrap();
        assert_eq!(trial.peer.to_string(), format!("tcp:{address}"));
        assert_eq!(trial.inbox.unread(), REST);
    }
}

#[tokio::test]
async fn reads_a_header_that_comes_byte_for_byte() {
    for (header, address) in headers() {
        let (mut near, mut trial) = Trial::from(PROXY);
        for byte in &header {
            let opened = poll_fn(|cx| Poll::Ready(trial.poll_open(cx))).await;
            assert!(opened.is_pending(), "{:?}", header.escape_ascii().to_string());
            assert_eq!(trial.peer.address.to_string(), PROXY);
            near.write_u8(*byte).await.unwrap();
        }
        trial.open().await.unwrap();
        assert_eq!(trial.peer.address.to_string(), address);
        assert!(trial.inbox.unread().is_empty());
    }
}

#[tokio::test]
async fn refuses_a_header_whose_stream_ends_within_it() {
    for (header, _) in headers() {
        for cut in 0..header.len().min(200) {
            let (mut near, mut trial) = Trial::from(PROXY);
            near.write_all(&header[..cut]).await.unwrap();
            drop(near);
            let refused = trial.open().await.unwrap_err();
            match cut {
                0 => assert_eq!(refused, CloseReason::PeerClosed),
                _ => assert!(refused.to_string().ends_with("the stream ended within it")),
            }
        }
    }
}

#[tokio::test]
async fn refuses_garbage() {
    let malformed = "a PROXY header from tcp:10.0.0.1:55555: not one of version 1 or 2";
    for bytes in [
        &b"PROXY TCP5 203.0.113.7 10.0.0.1 56324 3010\r\n"[..],
        b"PROXY TCP4 203.0.113.777 10.0.0.1 56324 3010\r\n",
        b"PROXY TCP4 203.0.113.7 10.0.0.1 563240 3010\r\n",
        b"PROXY TCP4 2001:db8::7 2001:db8::1 56324 3010\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x02ab",
    ] {
        let refusal = Trial::refusal(bytes).await;
        assert!(refusal.ends_with(malformed), "{}: {refusal}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn bounds_a_header() {
    let endless = [b"PROXY TCP4 ".as_slice(), &[b'1'; 96]].concat();
    assert_eq!(endless.len(), LONGEST_V1);
    assert!(Trial::refusal(&endless).await.ends_with("not one of version 1 or 2"));
    let (mut near, mut trial) = Trial::from(PROXY);
    near.write_all(&endless[..LONGEST_V1 - 1]).await.unwrap();
    assert!(poll_fn(|cx| Poll::Ready(trial.poll_open(cx))).await.is_pending());

    let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 500], b"\r\n"].concat();
    assert!(Trial::refusal(&long).await.ends_with("not one of version 1 or 2"));
    // As soon as it is announced, not once it has come.
    let announced = &v2_of_length(4_081)[..16];
    assert!(Trial::refusal(announced).await.ends_with("longer than 4,096 bytes"));
}

#[tokio::test]
async fn a_named_proxy_has_to_send_one() {
    for bytes in [REST, b"GET / HTTP/1.1\r\n", b"POST", b"PROX\r"] {
        let refusal = Trial::refusal(bytes).await;
        assert!(refusal.contains("no PROXY header from the proxy tcp:10.0.0.1:55555"), "{refusal}");
        let (mut near, mut trial) = Trial::from(PROXY);
        trial.opener = trial.opener.optional();
        near.write_all(bytes).await.unwrap();
        trial.open().await.unwrap();
        assert_eq!(
            (trial.inbox.unread(), trial.peer.address.to_string()),
            (&mut bytes.to_vec()[..], PROXY.into())
        );
    }
    let (mut near, mut trial) = Trial::from(PROXY);
    trial.opener = trial.opener.optional();
    near.write_all(V2).await.unwrap();
    trial.open().await.unwrap();
    assert_eq!(trial.peer.address.to_string(), "203.0.113.7:56324");
}

#[tokio::test]
async fn believes_named_proxies_only() {
    let (mut near, mut trial) = Trial::from("192.0.2.1:1");
    near.write_all(V1).await.unwrap();
    trial.open().await.unwrap();
    assert_eq!(trial.peer.address.to_string(), "192.0.2.1:1");
    assert!(trial.inbox.unread().is_empty(), "nothing is read for it");

    // On a port for IPv4 and IPv6 the proxy's address looks like this.
    let (mut near, mut trial) = Trial::from("[::ffff:10.0.0.1]:1");
    near.write_all(b"PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 1 2\r\n").await.unwrap();
    trial.open().await.unwrap();
    assert_eq!(trial.peer.address.to_string(), "203.0.113.7:1");
}

#[test]
fn says_which_proxy_is_not_an_address() {
    let error = ProxyProtocol::from_proxies(["10.0.0.0/8", "proxy.example"]).unwrap_err();
    assert!(error.to_string().starts_with("`proxy.example` is not an IP address or a network"));
}
