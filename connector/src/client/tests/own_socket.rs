use std::task::{Context, Poll};

use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};

use super::game::{exercise, handler};
use crate::client::Client;
use crate::codec::JsonCodec;
use crate::connector::{Bare, Role, SessionKind, Socket};
use crate::link::{ByteStream, Inbox, Link, Outgoing};
use crate::protocol::CloseReason;
use crate::protocol::framing::{Envelope, Lines};
use crate::protocol::session::{Machine, Welcome};
use crate::server::Server;
use crate::{Address, Json, Peer};

/// JSON in lines: no packages, no handshake, no heartbeat, no kick.
struct LineSocket {
    io: DuplexStream,
    peer: Peer,
}

impl LineSocket {
    fn pair() -> (Self, Self) {
        let (near, far) = duplex(64 * 1024);
        let peer = Peer::new("lines", Address::Unnamed);
        (Self { io: near, peer: peer.clone() }, Self { io: far, peer })
    }
}

impl Link for LineSocket {
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        ByteStream::poll_recv::<Lines>(&mut self.io, cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        ByteStream::poll_send(&mut self.io, cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        ByteStream::poll_close(&mut self.io, cx, reason)
    }

    fn frame(&self) -> &'static dyn Envelope {
        &Lines
    }
}

impl Socket for LineSocket {
    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn session(&self, role: Role) -> Box<dyn Machine> {
        Bare::machine(role)
    }
}

#[tokio::test]
async fn a_socket_and_codec_of_ones_own_work_without_a_handshake() {
    let (game, mut notified) = handler();
    let server = Server::builder().handler(game).without_connectors().start().await.unwrap();
    let (near, far) = LineSocket::pair();
    server.handle().serve_connection(far, JsonCodec);
    let client = Client::builder().codec(JsonCodec).connect_socket(near).await.unwrap();
    assert_eq!(*client.welcome(), Welcome::default());
    assert_eq!(client.peer().transport, "lines");
    exercise(&client, &mut notified).await;

    // The kick is a push here, and read as one.
    let mut kicks = client.pushes::<Value>("onKick");
    let _: Value =
        client.request("game.main.kick", Json(json!({ "reason": "late" }))).await.unwrap();
    assert_eq!(client.closed().await, CloseReason::Kicked(Some("late".into())));
    assert_eq!(kicks.next().await.unwrap().unwrap(), json!({ "reason": "late" }));
}
