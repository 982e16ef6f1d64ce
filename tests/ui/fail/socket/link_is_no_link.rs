use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
struct PipeSocket {
    #[socket(link)]
    link: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
