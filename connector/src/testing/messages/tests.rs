//! The links of the SDK keep the promises, and others are found out.

use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll, Waker, ready};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;
use futures_util::FutureExt;
use tokio::io::{DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};

use super::message_links;
use crate::plugin::{Incoming, LineLink, LocalLink, MessageIo, MessageLink, inbox};
use crate::transport::{WebOptions, WebSocketLink};

/// The room of a stream in memory.
const ROOM: usize = 64 * 1024;

async fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dialled = TcpStream::connect(listener.local_addr().unwrap());
    let (accepted, dialled) = tokio::join!(listener.accept(), dialled);
    (accepted.unwrap().0, dialled.unwrap())
}

fn websockets<Io>((server, client): (Io, Io)) -> (WebSocketLink<Io>, WebSocketLink<Io>)
where
    WebSocketLink<Io>: MessageLink,
{
    let client = WebSocketLink::client(client, "memory", "/", true).unwrap();
    (WebSocketLink::server(server, WebOptions::new().text()), client)
}

#[tokio::test]
async fn of_memory() {
    message_links(async || LocalLink::pair()).await;
}

#[tokio::test]
async fn of_web_sockets() {
    message_links(async || websockets(duplex(ROOM))).await;
    message_links(async || websockets(tcp().await)).await;
}

#[tokio::test]
async fn of_lines() {
    let lines =
        |(one, other): (DuplexStream, DuplexStream)| (LineLink::new(one), LineLink::new(other));
    message_links(async || lines(duplex(ROOM))).await;
}

#[cfg(unix)]
#[tokio::test]
async fn of_unix_sockets() {
    message_links(async || {
        let (one, other) = tokio::net::UnixStream::pair().unwrap();
        (LineLink::new(one), LineLink::new(other))
    })
    .await;
}

#[tokio::test]
async fn of_inboxes() {
    message_links(async || {
        let ((to_near, near), (to_far, far)) = (inbox(256), inbox(256));
        let into = |incoming: Incoming| {
            move |message: Message| incoming.push(message).map_err(|_| CloseReason::PeerClosed)
        };
        (near.with_sender(into(to_far)), far.with_sender(into(to_near)))
    })
    .await;
}

#[cfg(all(unix, feature = "child-process"))]
mod children {
    use tokio::io::{AsyncWriteExt, copy, split};

    use super::*;
    use crate::connector::Dial;
    use crate::transport::{ChildProcess, ParentStream};

    /// Set in a child: `stdio` or `ipc`, and the port that it relays to.
    const CHILD: &str = "CONNECTOR_TEST_RELAY";

    /// What runs in a child: it passes on what comes from its parent, and from the port. Elsewhere
    /// it does nothing.
    #[tokio::test]
    async fn in_a_child() {
        let Ok(told) = std::env::var(CHILD) else { return };
        let (over, port) = told.split_once(' ').unwrap();
        let parent =
            if over == "ipc" { ParentStream::ipc().unwrap() } else { ParentStream::stdio() };
        let (mut from_port, mut to_port) = TcpStream::connect(port).await.unwrap().into_split();
        let (mut from_parent, mut to_parent) = split(parent);
        let up = async {
            let _ = copy(&mut from_parent, &mut to_port).await;
            let _ = to_port.shutdown().await;
            std::future::pending::<()>().await;
        };
        let down = async {
            let _ = copy(&mut from_port, &mut to_parent).await;
            let _ = to_parent.shutdown().await;
        };
        tokio::select! {
            () = up => {}
            () = down => {}
        }
        std::process::exit(0);
    }

    /// A parent's end, and the other end behind its child.
    async fn over(channel: &str) -> (impl MessageLink, impl MessageLink) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let told = format!("{channel} {}", listener.local_addr().unwrap());
        let child = ChildProcess::new(std::env::current_exe().unwrap())
            .args(["testing::messages::tests::children::in_a_child", "--exact"])
            .args(["--nocapture", "--test-threads=1"])
            .env(CHILD, told);
        let child = if channel == "ipc" { child.ipc() } else { child };
        let (stream, _) = child.connect("").await.unwrap();
        let (behind, _) = listener.accept().await.unwrap();
        (LineLink::new(stream), LineLink::new(behind))
    }

    #[tokio::test]
    async fn of_standard_streams() {
        message_links(async || over("stdio").await).await;
    }

    #[tokio::test]
    async fn of_ipc() {
        message_links(async || over("ipc").await).await;
    }
}

/// What is wrong with an end of a pair in memory.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// It drops each tenth message.
    Loses,
    /// It never ends.
    Endless,
    /// It counts nothing as unsent.
    Greedy,
    /// It wakes nobody.
    Sleeps,
}

struct Faulty {
    link: LocalLink,
    fault: Fault,
    received: usize,
}

impl MessageLink for Faulty {
    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        self.link.send_message(message, io)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        let mut asleep = Context::from_waker(Waker::noop());
        let cx = if self.fault == Fault::Sleeps { &mut asleep } else { cx };
        let received = ready!(self.link.poll_message(cx, io));
        self.received += 1;
        match self.fault {
            Fault::Endless if received.is_err() => Poll::Pending,
            Fault::Loses if received.is_ok() && self.received.is_multiple_of(10) => {
                self.poll_message(cx, io)
            }
            _ => Poll::Ready(received),
        }
    }

    fn unsent(&self, io: &MessageIo) -> usize {
        if self.fault == Fault::Greedy { 0 } else { self.link.unsent(io) }
    }
}

/// What the kit says of a pair with a fault. Time is paused, so that nothing waits in vain.
async fn found(fault: Fault) -> String {
    let pair = async || {
        let (near, link) = LocalLink::pair();
        (near, Faulty { link, fault, received: 0 })
    };
    let checked = AssertUnwindSafe(message_links(pair)).catch_unwind().await;
    *checked.unwrap_err().downcast::<String>().unwrap()
}

#[tokio::test(start_paused = true)]
async fn faults_are_found() {
    for (fault, text) in [
        (Fault::Loses, "the links do not keep the promise `order`: at message 10, "),
        (Fault::Endless, "the promise `end` was not kept within 60s"),
        (
            Fault::Greedy,
            "the links do not keep the promise `backpressure`: 33554432 bytes were taken",
        ),
        (Fault::Sleeps, "the promise `wakers` was not kept within 60s"),
    ] {
        let found = found(fault).await;
        assert!(found.starts_with(text), "{found}");
    }
}
