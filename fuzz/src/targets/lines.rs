//! Lines of JSON between the output of other programs, as a link of messages.

use std::future::poll_fn;

use connector::CloseReason;
use connector::Limits;
use connector::plugin::{LineLink, MessageIo, MessageLink};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::task::yield_now;

use super::owned;
use crate::pieces::pieces;

/// The room of a stream. What is written waits until it is read.
const ROOM: usize = 1 << 12;

/// Messages, what stands in front of them, and ends of lines.
pub const TOKENS: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"\"",
    b"{\"action\":\"emit\",\"key\":\"a\"}",
    b"{\"action\":\"request\",\"id\":1,\"key\":\"b\",\"payload\":[1]}",
    b"\"name\":\"remote\",",
    b"{\"level\":30,\"msg\":\"up\"}",
    b"Listening on port 3000",
];

/// A stream has the same messages however it is read, and what is found is found again in the
/// lines in which it is written. Junk is junk in any pieces, of which there may be other numbers.
pub fn lines(bytes: &[u8]) {
    let whole = read([bytes].into_iter());
    assert_eq!(read(pieces(bytes)), whole);
    let written: Vec<u8> =
        whole.lines.iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
    let again = read([&*written].into_iter());
    assert_eq!(again, Found { lines: whole.lines, junk: false });
}

/// Streams that are clean, and that are not.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"{\"action\":\"emit\",\"key\":\"a\"}\n{\"action\":\"emit\",\"key\":\"b\"}\r\n",
        b"Loading.. {\"action\":\"emit\",\"key\":\"a\",\"payload\":[{}]}\nready> ",
        b"\xef\xbb\xbf{\"action\":\"request\",\"name\":\"x\",\"key\":\"y\",\"id\":1,\"payload\":[]}\n",
        b"{ {\"x\": {\"action\":\"emit\",\"key\":\"a\"}\n\xff\xfe\n\n",
    ])
}

/// The messages of a stream, in the lines in which they are written.
#[derive(Debug, PartialEq)]
struct Found {
    lines: Vec<Vec<u8>>,
    junk: bool,
}

fn read<'a>(reads: impl Iterator<Item = &'a [u8]>) -> Found {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (near, mut far) = duplex(ROOM);
    runtime.block_on(async {
        let write = async {
            for read in reads {
                far.write_all(read).await.expect("it is read");
                yield_now().await;
            }
            far.shutdown().await.expect("it is read");
        };
        tokio::join!(write, found(LineLink::new(near))).1
    })
}

async fn found(mut link: LineLink<DuplexStream>) -> Found {
    let mut io = MessageIo::new(&Limits::default());
    let mut lines = Vec::new();
    loop {
        match poll_fn(|cx| link.poll_message(cx, &mut io)).await {
            Ok(message) => {
                let mut line = Vec::new();
                message.encode(&mut line);
                lines.push(line);
            }
            Err(reason) => {
                assert_eq!(reason, CloseReason::PeerClosed);
                return Found { lines, junk: link.junk() > 0 };
            }
        }
    }
}
