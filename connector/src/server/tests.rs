//! The memory of an open connection.

use super::lifecycle::serve;
use crate::codec::PomeloCodec;
use crate::connection::Encoded;
use crate::connector::Accept;
use crate::{Address, Client, DynHandler, MemorySocket, Peer, Server};

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
    let server = Server::builder().handlers([route]).start().await.unwrap();
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
