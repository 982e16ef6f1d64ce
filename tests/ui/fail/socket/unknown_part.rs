use connector::{BoxSocket, Peer, Socket};

#[derive(Socket)]
struct PipeSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
    #[socket(limits)]
    limit: usize,
}

fn main() {}
