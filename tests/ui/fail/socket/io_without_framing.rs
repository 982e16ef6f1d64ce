use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
