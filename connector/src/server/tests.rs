//! The memory of an open connection, and the address that it counts for.

use std::net::SocketAddr;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::package::PomeloPackages;
use tokio::io::DuplexStream;

use super::lifecycle::serve;
use crate::client::{ConnectError, Reconnect};
use crate::codec::PomeloCodec;
use crate::connection::Encoded;
use crate::connector::Accept;
use crate::link::{ByteStream, Inbox, Link, Moves, Opening, Outgoing};
use crate::{Address, Client, DynHandler, Limits, MemorySocket, Peer, Pomelo, Server};

/// The most bytes of an open connection's future.
const MOST: usize = 700;

/// Returns the size of a function's return type, without calling it.
fn size_of_returned<A, F>(_: fn(A) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn an_open_connection_has_a_small_future() {
    let size = size_of_returned(serve);
    println!("{size} bytes");
    assert!(size <= MOST, "{size} bytes, {MOST} may be");
}

#[tokio::test]
async fn a_broadcast_is_encoded_once_for_all_sockets_that_are_served() {
    let route = DynHandler::new("test.codes.one", async || ()).code(1);
    let server = Server::builder().handlers([route]).without_connectors().start().await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let (near, far) = tokio::io::duplex(4096);
        let socket = |io| MemorySocket::accept(io, Peer::new("memory", Address::Unnamed));
        let (near, far) = (socket(near), socket(far));
        server.handle().serve_connection(far, PomeloCodec);
        clients.push(Client::builder().connect_socket(near).await.unwrap());
    }
    // Each is open on its own side.
    for client in &clients {
        let () = client.request("test.codes.one", ()).await.unwrap();
    }
    let sessions = server.handle().sessions();
    let mut encoded = Encoded::new("onPush", &());
    let bytes: Vec<_> = sessions
        .iter()
        .map(|session| encoded.bytes(&session.0.encoder).unwrap().as_ptr())
        .collect();
    assert_eq!(bytes.len(), 2);
    assert_eq!(bytes[0], bytes[1]);
}

/// A link whose peer moves when it is told to.
#[derive(Debug)]
struct MovingLink(DuplexStream, Moves);

impl Link for MovingLink {
    fn poll_open(
        &mut self,
        _: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        opening.moves = Some(self.1.clone());
        Poll::Ready(Ok(()))
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.0.poll_recv::<PomeloPackages>(cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        self.0.poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        self.0.poll_close(cx, reason)
    }

    fn frame(&self) -> &'static dyn Envelope {
        &PomeloPackages
    }
}

#[derive(Debug, connector_macros::Socket)]
#[socket(session = Pomelo, batch = concat, crate = "crate")]
struct MovingSocket {
    #[socket(link)]
    link: MovingLink,
    #[socket(peer)]
    peer: Peer,
}

/// Connects from an address, which may change.
async fn connect_from(server: &Server, address: &str) -> Result<(Client, Moves), ConnectError> {
    let (near, far) = tokio::io::duplex(4096);
    let moves = Moves::default();
    let peer = Peer::new("moving", at(address));
    let far = MovingSocket::accept(MovingLink(far, moves.clone()), peer.clone());
    server.handle().serve_connection(far, PomeloCodec);
    let near = MemorySocket::accept(near, peer);
    let builder = Client::builder().reconnect(Reconnect::never());
    Ok((builder.connect_socket(near).await?, moves))
}

fn at(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 1)
}

#[tokio::test]
async fn a_connection_counts_for_the_address_to_which_its_peer_has_moved() {
    let limits = Limits { connections_per_address: 1, ..Limits::default() };
    let route = DynHandler::new("test.moves.ask", async || ());
    let server = Server::builder().limits(limits).handlers([route]).without_connectors();
    let server = server.start().await.unwrap();
    let (moving, moves) = connect_from(&server, "203.0.113.1").await.unwrap();
    let (bystander, _moves) = connect_from(&server, "203.0.113.2").await.unwrap();
    let session = server.handle().sessions().into_iter();
    let session = session.min_by_key(|session| session.id()).unwrap();
    assert!(connect_from(&server, "203.0.113.1").await.is_err(), "one has it");

    moves.tell(at("203.0.113.3").into());
    let () = moving.request("test.moves.ask", ()).await.unwrap();
    assert_eq!(session.address(), Address::Inet(at("203.0.113.3")));
    assert_eq!(session.peer().address, Address::Inet(at("203.0.113.1")), "where it has opened");
    let (_successor, _moves) = connect_from(&server, "203.0.113.1").await.unwrap();
    assert!(connect_from(&server, "203.0.113.3").await.is_err(), "it has moved there");

    moves.tell(at("203.0.113.2").into());
    moving.closed().await;
    assert_eq!(session.close_reason(), Some(CloseReason::TooManyConnections));
    let () = bystander.request("test.moves.ask", ()).await.unwrap();
    assert!(connect_from(&server, "203.0.113.3").await.is_ok(), "it is free again");
}
