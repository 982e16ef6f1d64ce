use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = u32)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
