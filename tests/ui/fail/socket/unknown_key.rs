use connector::{BoxSocket, Peer, Socket};

#[derive(Socket)]
#[socket(frame = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
