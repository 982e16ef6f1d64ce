use connector::protocol::framing::LengthDelimited;
use connector::{BoxSocket, Peer, Socket};

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
