use std::future::poll_fn;
use std::time::Duration;

use connector_protocol::remix::{Action, Message};
use connector_protocol::{CloseReason, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::LineLink;
use crate::plugin::{MessageIo, MessageLink};

const LIMIT: usize = 200;

struct Reader {
    link: LineLink<DuplexStream>,
    io: MessageIo,
}

impl Reader {
    fn new() -> (Self, DuplexStream) {
        let (near, far) = duplex(1 << 16);
        let io = MessageIo::new(&Limits { package: LIMIT, ..Limits::default() });
        (Self { link: LineLink::new(near), io }, far)
    }

    async fn next(&mut self) -> Result<Message, CloseReason> {
        poll_fn(|cx| self.link.poll_message(cx, &mut self.io)).await
    }
}

fn emit(key: &str) -> String {
    format!(r#"{{"action":"emit","key":"{key}"}}"#)
}

/// The keys of the messages in `sent`, and how much junk there was.
async fn keys(sent: &[u8]) -> (Vec<String>, u64) {
    let (mut reader, mut far) = Reader::new();
    // Byte by byte in small pieces, so that every line comes in several reads.
    let pieces: Vec<_> = sent.chunks(7).map(<[u8]>::to_vec).collect();
    tokio::spawn(async move {
        for piece in pieces {
            far.write_all(&piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let mut keys = Vec::new();
    let reason = loop {
        match reader.next().await {
            Ok(message) => keys.push(message.key.unwrap()),
            Err(reason) => break reason,
        }
    };
    assert_eq!(reason, CloseReason::PeerClosed);
    assert!(reader.link.is_half_closed());
    (keys, reader.link.junk())
}

#[tokio::test]
async fn messages_are_found_between_junk() {
    let (a, b) = (emit("a"), emit("b"));
    let long = "x".repeat(3 * LIMIT);
    let long_object = format!(r#"{{"action":"emit","key":"{long}"}}"#);
    for (sent, expected, junk) in [
        (format!("{a}\n{b}\n"), "ab", 0),
        (format!("{a}\r\n\r\n\n  \n{b}\r\n"), "ab", 0),
        (format!("\u{feff}{a}\n\u{feff}{b}\n"), "ab", 0),
        (format!("Listening on port 3000\n{a}\n"), "a", 1),
        (format!("{{\"level\":30,\"msg\":\"up\"}}\n{a}\n"), "a", 1),
        (format!("[1, 2]\nnull\n\"text\"\n{a}\n"), "a", 3),
        (format!("Loading.. {a}\n{b}\n"), "ab", 1),
        (format!("{{\"level\":30}}{a}\n{b}\n"), "ab", 1),
        (format!("{{ {{\"x\": {a}\n"), "a", 1),
        (format!("{long}\n{a}\n"), "a", 1),
        (format!("{long_object}\n{a}\n"), "a", 1),
        (long_object, "", 1),
        (format!("{a}\n{b}"), "ab", 0),
        (format!("{a}\nhalf of a li"), "a", 1),
        (format!("{a}\nhalf of a line, and"), "a", 1),
        (format!("Loading.. {a}"), "a", 1),
        (format!("{{\"cmd\":\"NODE_HANDLE\"}}\n{a}\n"), "a", 0),
    ] {
        let (keys, counted) = keys(sent.as_bytes()).await;
        assert_eq!((&*keys.concat(), counted), (expected, junk), "{sent}");
    }
    let (found, junk) = keys(&[b"\xff\xfe\n\x00{\n", a.as_bytes(), b"\n"].concat()).await;
    // What stands in front of an object is a piece of its own.
    assert_eq!((found.concat(), junk), ("a".to_owned(), 3));
}

#[tokio::test(start_paused = true)]
async fn a_prompt_without_a_line_end_is_no_slow_package() {
    let (mut reader, mut far) = Reader::new();
    far.write_all(b"ready> ").await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(120), reader.next()).await;
    assert!(waited.is_err(), "{waited:?}");
    far.write_all(format!("{}\n", emit("late")).as_bytes()).await.unwrap();
    let message = reader.next().await.unwrap();
    assert_eq!((message.action, message.key.as_deref()), (Action::Emit, Some("late")));
    assert_eq!(reader.link.junk(), 1);
}

#[tokio::test]
async fn a_stream_that_has_ended_is_half_closed_until_writing_fails() {
    let (mut reader, far) = Reader::new();
    let (mut read, mut write) = tokio::io::split(far);
    write.shutdown().await.unwrap();
    for _ in 0..2 {
        assert_eq!(reader.next().await.unwrap_err(), CloseReason::PeerClosed);
        assert!(reader.link.is_half_closed() && !reader.link.is_abandoned());
        let answer = Message::decode(emit("answer").as_bytes()).unwrap();
        reader.link.send_message(answer, &mut reader.io).unwrap();
    }
    assert_eq!(read.read(&mut [0; 8]).await.unwrap(), 8, "it is still written to");
    drop((read, write));
    let lost = reader.next().await.unwrap_err();
    assert!(matches!(lost, CloseReason::Lost { .. }), "{lost:?}");
    assert!(reader.link.is_abandoned() && !reader.link.is_half_closed());
}
