use connector::{BoxSocket, Peer, Socket};

#[derive(Socket)]
struct PipeSocket<'a> {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
    name: &'a str,
}

fn main() {}
