use connector::protocol::framing::LengthDelimited;
use connector::{Peer, Socket};

struct Pipe;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    io: Pipe,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
