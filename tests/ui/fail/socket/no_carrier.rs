use connector::protocol::framing::LengthDelimited;
use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
