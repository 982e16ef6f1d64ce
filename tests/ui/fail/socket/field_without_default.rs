use connector::{BoxSocket, Peer, Socket};

struct Meter(u32);

#[derive(Socket)]
struct PipeSocket {
    #[socket(link)]
    link: BoxSocket,
    #[socket(peer)]
    peer: Peer,
    meter: Meter,
}

fn main() {}
