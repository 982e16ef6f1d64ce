use connector::{BoxSocket, Peer, Socket};

#[derive(Socket)]
#[socket(peer)]
struct PipeSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
