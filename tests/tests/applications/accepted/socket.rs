//! Every form that a socket can have.

#![allow(dead_code)]

use connector::link::{Batch, Link};
use connector::protocol::framing::{LengthDelimited, Lines};
use connector::{Accept, Bare, BoxSocket, Peer, Pomelo, Socket};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};

#[derive(Socket)]
#[socket(framing = Lines)]
struct Plain {
    #[socket(io)]
    io: DuplexStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>, session = Pomelo, batch = concat)]
struct Full {
    seen: u64,
    #[socket(io)]
    io: DuplexStream,
    names: Vec<String>,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Socket)]
#[socket(session = Bare)]
#[socket(batch = array)]
struct Tuple(#[socket(link)] BoxSocket, #[socket(peer)] Peer, u8);

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct Generic<T, const N: usize = 4>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    #[socket(io)]
    io: T,
    #[socket(peer)]
    peer: Peer,
    tag: std::marker::PhantomData<[u8; N]>,
}

#[derive(Socket)]
struct Around<L: Link + 'static>(#[socket(link)] L, #[socket(peer)] Peer);

#[derive(Socket)]
enum AnySocket<L: Link + 'static> {
    Plain(Plain),
    Full(Full),
    Around(Around<L>),
    Other(BoxSocket),
}

fn accepts<S: Accept<Io>, Io>() {}

#[test]
fn every_form_of_a_socket() {
    accepts::<Plain, DuplexStream>();
    accepts::<Full, DuplexStream>();
    accepts::<Tuple, BoxSocket>();
    accepts::<Generic<DuplexStream>, DuplexStream>();
    accepts::<Around<Plain>, Plain>();

    let peer = || Peer::new("memory", connector::Address::Unnamed);
    let (near, far) = tokio::io::duplex(64);
    let full = Full::accept(near, peer());
    assert_eq!(full.batch(), Batch::Concat);
    assert_eq!(full.peer(), &peer());

    let tuple = Tuple::accept(full.boxed(), peer());
    assert_eq!(tuple.batch(), Batch::Array);

    let around = Around::<Plain>::accept(Plain::accept(far, peer()), peer());
    assert_eq!(AnySocket::Around(around).batch(), Batch::Each);
}
