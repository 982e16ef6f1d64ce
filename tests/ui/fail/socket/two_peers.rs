use connector::protocol::framing::LengthDelimited;
use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    near: Peer,
    #[socket(peer)]
    far: Peer,
}

fn main() {}
