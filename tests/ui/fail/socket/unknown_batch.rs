use connector::{BoxSocket, Peer, Socket};

#[derive(Socket)]
#[socket(batch = join)]
struct PipeSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
