use connector::protocol::framing::LengthDelimited;
use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    first: TcpStream,
    #[socket(io)]
    second: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
