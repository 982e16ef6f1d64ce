//! permessage-deflate against Node's `ws`, both ways, and our own two ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector::transport::Deflate;
use connector::{CloseReason, Json, Server};
use connector_tests::echo::{Kind, LONGEST, Whole, port, serve, serve_deflating};
use connector_tests::peer::Peers;
use serde::{Serialize, Serializer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::libraries::exchange;

fn context() -> Deflate {
    Deflate::new().server_context_takeover().client_context_takeover()
}

fn limited(deflate: Deflate, bits: u8) -> Deflate {
    deflate.server_max_window_bits(bits).client_max_window_bits(bits)
}

#[tokio::test]
async fn nodes_client_compresses_with_our_server_in_each_way() {
    let Some(peers) = Peers::find() else { return };
    for (deflate, context, bits) in [
        (Deflate::new(), "false", "15"),
        (context().min_size(0), "true", "15"),
        (limited(context().min_size(0).level(1), 10), "true", "10"),
    ] {
        let server = serve_deflating(Kind::Text, deflate).await;
        let url = format!("ws://127.0.0.1:{}/", port(&server));
        let arguments = ["--text", &*url, "--context", context, "--bits", bits];
        let checked = peers.check("websocket-deflate-client.js", &arguments).await;
        checked.assert_passed();
        assert_eq!(checked.checks().len(), 64);
    }
}

#[tokio::test]
async fn our_client_compresses_with_nodes_server_in_each_way() {
    let Some(peers) = Peers::find() else { return };
    let server = peers.serve("websocket-deflate-server.js", &[]).await;
    let mut tried = 0;
    for theirs in options_of_node() {
        for ours in [Deflate::new(), context().min_size(0), limited(context().min_size(0), 11)] {
            let stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
            let path = format!("/{theirs}");
            let opened = Whole::deflating(stream, &path, Kind::Text, ours).await;
            let mut client = opened.unwrap_or_else(|reason| panic!("{theirs}, {ours:?}: {reason}"));
            for round in 0..3 {
                for text in ["", "a", "Hällo 世界 🌍", &"again and again ".repeat(500)] {
                    client.send(&[text.as_bytes()]).await.unwrap();
                    let back = client.recv().await;
                    assert!(back.as_deref() == Ok(text.as_bytes()), "{theirs}, {ours:?}, {round}");
                }
            }
            assert_eq!(client.close().await, Some(1000));
            tried += 1;
        }
    }
    assert_eq!(tried, 36 * 3);
    let stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    let mut client = Whole::deflating(stream, "/", Kind::Binary, context()).await.unwrap();
    exchange(&mut client, Kind::Binary).await;
}

/// The options of Node's server, as JSON in a path.
fn options_of_node() -> Vec<String> {
    let mut all = Vec::new();
    for server_alone in ["", r#""serverNoContextTakeover":true"#] {
        for client_alone in ["", r#""clientNoContextTakeover":true"#] {
            for server_bits in ["", r#""serverMaxWindowBits":9"#, r#""serverMaxWindowBits":11"#] {
                for client_bits in ["", r#""clientMaxWindowBits":8"#, r#""clientMaxWindowBits":11"#]
                {
                    let options = [server_alone, client_alone, server_bits, client_bits];
                    let options = options.into_iter().filter(|option| !option.is_empty());
                    let json = options.collect::<Vec<_>>().join(",");
                    all.push(format!("{{{json}}}").replace('"', "%22"));
                }
            }
        }
    }
    all
}

/// A relay to a port that counts the bytes in each direction.
async fn counted(port: u16) -> (TcpStream, JoinHandle<(u64, u64)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let relay = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        tokio::io::copy_bidirectional(&mut near, &mut far).await.unwrap()
    });
    (TcpStream::connect(address).await.unwrap(), relay)
}

/// Sends this message there and back so often; returns the bytes that it took each way.
async fn cost(server: Deflate, client: Deflate, message: &[u8], times: usize) -> (u64, u64) {
    let server = serve_deflating(Kind::Binary, server).await;
    let (stream, relay) = counted(port(&server)).await;
    let mut client = Whole::deflating(stream, "/", Kind::Binary, client).await.unwrap();
    for _ in 0..times {
        client.send(&[message]).await.unwrap();
        assert!(client.recv().await.as_deref() == Ok(message));
    }
    client.close().await;
    let (sent, received) = relay.await.unwrap();
    server.handle().stop().await;
    (sent, received)
}

#[tokio::test]
async fn what_goes_over_the_wire_gets_shorter() {
    let message = br#"{"route":"game.room.moved","x":1.25,"y":3.5,"who":"somebody"}"#.repeat(30);
    let size = message.len() as u64 * 20;
    // Alone, each message is about a twentieth.
    let (sent, received) = cost(Deflate::new(), Deflate::new(), &message, 20).await;
    assert!(sent < size / 8 && received < size / 8, "{sent} and {received} of {size}");
    // In context, all but the first are next to nothing.
    let (sent_so, received_so) = cost(context(), context(), &message, 20).await;
    assert!(sent_so < sent / 2 && received_so < received / 2, "{sent_so}, {received_so}");
    // A side that has it off, or too short messages, sends them as they are.
    let large = Deflate::new().min_size(1 << 20);
    let (sent, received) = cost(large, Deflate::new(), &message, 20).await;
    assert!(sent < size / 8 && received > size, "{sent} and {received} of {size}");
}

#[tokio::test]
async fn all_kinds_of_messages_go_there_and_back() {
    for server in [Deflate::new(), context().min_size(0), limited(context().min_size(0), 9)] {
        for client in [Deflate::new().min_size(0), context().min_size(0)] {
            for kind in [Kind::Binary, Kind::Text] {
                let server = serve_deflating(kind, server).await;
                let stream = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
                let mut ours = Whole::deflating(stream, "/", kind, client).await.unwrap();
                exchange(&mut ours, kind).await;
                assert_eq!(ours.close().await, Some(1000));
            }
        }
    }
}

#[tokio::test]
async fn a_side_that_has_it_off_declines_and_opens() {
    let server = serve(Kind::Binary).await;
    let stream = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
    let mut ours = Whole::deflating(stream, "/", Kind::Binary, context()).await.unwrap();
    exchange(&mut ours, Kind::Binary).await;
    let server = serve_deflating(Kind::Binary, context()).await;
    let mut ours = Whole::connect(port(&server), Kind::Binary).await.unwrap();
    exchange(&mut ours, Kind::Binary).await;
}

#[tokio::test]
async fn an_answer_that_was_not_offered_fails_the_client() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for (answer, expected) in [
        ("permessage-deflate; server_max_window_bits=12", "lacks the parameter `server_no_context"),
        ("permessage-bzip2", "WebSocket extension that was not offered"),
        ("permessage-deflate;", "Extensions header is malformed"),
    ] {
        let served = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let key = loop {
                stream.read_buf(&mut request).await.unwrap();
                let parsed = connector::protocol::http::parse_request(&request).unwrap();
                if let Some((request, _)) = parsed {
                    break request.websocket_key().unwrap().unwrap().to_owned();
                }
            };
            let mut head = connector::protocol::ws::upgrade::response(&key, None);
            head.truncate(head.len() - 2);
            head.extend_from_slice(
                format!("Sec-WebSocket-Extensions: {answer}\r\n\r\n").as_bytes(),
            );
            stream.write_all(&head).await.unwrap();
        };
        let stream = TcpStream::connect(address).await.unwrap();
        let opening = Whole::deflating(stream, "/", Kind::Text, Deflate::new());
        let (opened, ()) = tokio::join!(opening, served);
        let Err(CloseReason::Malformed(what)) = opened else { panic!("it was taken") };
        assert!(what.contains(expected), "{what}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_once_inflated_ends_its_connection_alone() {
    let server = serve_deflating(Kind::Binary, Deflate::new()).await;
    let connect = || async {
        let stream = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
        Whole::deflating(stream, "/", Kind::Binary, Deflate::new()).await.unwrap()
    };
    let (mut bad, mut good) = (connect().await, connect().await);
    bad.send(&[&vec![0; LONGEST + 100]]).await.unwrap();
    let reason = bad.recv().await.unwrap_err();
    let CloseReason::PeerClosedWith { code, reason } = reason else { panic!("{reason}") };
    assert_eq!(code, 1009);
    assert!(reason.contains("the limit is 16777216"), "{reason}");
    exchange(&mut good, Kind::Binary).await;
}

/// A text that counts how often it is written.
struct Counted<'a>(&'a AtomicUsize, &'a str);

impl Serialize for Counted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        serializer.serialize_str(self.1)
    }
}

/// Broadcasts a text. Returns how many sessions get it, and how often it was written.
fn broadcast(server: &Server, text: &str) -> (usize, usize) {
    let written = AtomicUsize::new(0);
    let queued = server.handle().broadcast("on.text", Json(Counted(&written, text))).unwrap();
    (queued, written.into_inner())
}

/// Half of a text is left when it is compressed, and nothing of its second time in context.
fn digits(number: u64) -> String {
    let mut dice = fastrand::Rng::with_seed(number);
    (0..6_000).map(|_| char::from_digit(dice.u32(..16), 16).unwrap()).collect()
}

#[tokio::test]
async fn a_broadcast_is_compressed_once_for_each_kind_of_receiver() {
    let server = serve_deflating(Kind::Text, Deflate::new()).await;
    let small = limited(Deflate::new(), 10);
    let mut clients = Vec::new();
    for deflate in [Some(Deflate::new()); 3].into_iter().chain([Some(small), Some(small), None]) {
        let stream = TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
        let mut client = match deflate {
            Some(deflate) => Whole::deflating(stream, "/", Kind::Text, deflate).await.unwrap(),
            None => Whole::over(stream, Kind::Text).await.unwrap(),
        };
        // Now it has a session.
        client.send(&[b"here"]).await.unwrap();
        assert_eq!(client.recv().await.as_deref(), Ok(&b"here"[..]));
        clients.push(client);
    }
    let text = digits(1);
    assert_eq!(broadcast(&server, &text), (6, 3), "three kinds of six receivers");
    for client in &mut clients {
        assert_eq!(client.recv().await.unwrap(), format!("\"{text}\"").as_bytes());
    }
}

#[tokio::test]
async fn a_broadcast_is_compressed_in_the_context_of_each_receiver() {
    let server = serve_deflating(Kind::Text, context().min_size(0)).await;
    let (known, new) = (digits(1), digits(2));
    let mut receivers = Vec::new();
    for heard in [&known, &new] {
        let (stream, relay) = counted(port(&server)).await;
        let mut client = Whole::deflating(stream, "/", Kind::Text, context()).await.unwrap();
        client.send(&[heard.as_bytes()]).await.unwrap();
        assert_eq!(client.recv().await.as_deref(), Ok(heard.as_bytes()));
        receivers.push((client, relay));
    }
    assert_eq!(broadcast(&server, &known), (2, 1), "both are sealed from the same bytes");
    let mut received = Vec::new();
    for (mut client, relay) in receivers {
        assert_eq!(client.recv().await.unwrap(), format!("\"{known}\"").as_bytes());
        client.close().await;
        received.push(relay.await.unwrap().1);
    }
    // Each got one text that it did not know, of about 3 KB; the second one two of them.
    assert!(received[0] < 4_500 && received[1] > 6_000, "{received:?}");
}
