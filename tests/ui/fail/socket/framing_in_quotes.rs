use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = "Lines")]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
