use connector::protocol::framing::LengthDelimited;
use connector::{Peer, Socket};
use tokio::net::TcpStream;

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
#[socket(framing = LengthDelimited<u16>)]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

fn main() {}
